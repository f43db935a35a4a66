import { Controller, Get, Module } from '@nestjs/common';
import { MetadataScanner, ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissions, REQUIRED_PERMISSION } from '../../src/access/permissions.js';
import { AppModule } from '../../src/app.module.js';
import { Startup } from '../../src/health/startup.js';
import { createLogger } from '../../src/http/logger.js';
import { OPEN_TO_ALL } from '../../src/http/open-to-all.js';
import { logRequests } from '../../src/http/request-log.js';
import { registeredRoutes } from '../../src/http/route-table.js';
import { LogSink, sharedApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';

/** Without an access token, each with its reason in the source. */
const OPEN_ROUTES = [
  'GET /.well-known/jwks.json',
  'GET /.well-known/oauth-authorization-server',
  'GET /.well-known/openid-configuration',
  'GET /docs',
  'GET /docs/favicon-32x32.png',
  'GET /docs/start.js',
  'GET /docs/swagger-ui-bundle.js',
  'GET /docs/swagger-ui.css',
  'GET /health/live',
  'GET /health/ready',
  'GET /oidc-idp/.well-known/jwks.json',
  'GET /oidc-idp/callback/stores/:storeId/authentication-realms/:realmId/oidc-profiles/:profileId',
  'GET /oidc-idp/login/stores/:storeId/authentication-realms/:realmId',
  'GET /oidc-idp/stores/:storeId/authentication-realms/:realmId/.well-known/openid-configuration',
  'GET /openapi.json',
  'POST /oauth/access_token',
  'POST /oauth/introspect',
];

interface Handler {
  readonly name: string;
  readonly openToAll: unknown;
  readonly permission: unknown;
}

/** Every method of a controller that answers a route, with what it or its class declares. */
function handlersOf(app: NestFastifyApplication): Handler[] {
  const scanner = new MetadataScanner();
  return [...app.get(ModulesContainer).values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, object>;
      return scanner.getAllMethodNames(prototype).flatMap((name): Handler[] => {
        const method = prototype[name];
        if (method === undefined || Reflect.getMetadata('path', method) === undefined) return [];
        const declared = (key: string): unknown =>
          Reflect.getMetadata(key, method) ?? Reflect.getMetadata(key, metatype);
        return [
          {
            name: `${metatype.name}.${name}`,
            openToAll: declared(OPEN_TO_ALL),
            permission: declared(REQUIRED_PERMISSION),
          },
        ];
      });
    });
}

describe('the declarations of the routes', () => {
  let app: TestApp;
  let routes: { method: string; url: string }[];

  beforeAll(async () => {
    app = await sharedApp();
    routes = registeredRoutes(app.nest.getHttpAdapter().getInstance()).filter(
      ({ method, url }) => !['HEAD', 'OPTIONS'].includes(method) && !url.includes('*'),
    );
  });

  it('are one for each: a permission that exists, or openness to all with a reason, never both and never none', () => {
    const handlers = handlersOf(app.nest);
    const faulty = handlers.filter(({ openToAll, permission }) => {
      const open = typeof openToAll === 'string' && openToAll.length > 0;
      const closed = (permissions as unknown[]).includes(permission);
      return open === closed;
    });

    expect(faulty).toEqual([]);
    expect(handlers).toHaveLength(routes.length);
  });

  it('open no route without an access token but the ones listed here', async () => {
    const open: string[] = [];
    for (const { method, url } of routes) {
      const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
      const { status } = await app.http[verb](url.replaceAll(/:\w+/g, 'x')).set('authorization', '');
      const challenged = status === 401 && !url.startsWith('/oauth/');
      if (!challenged) open.push(`${method} ${url}`);
    }
    expect([...new Set(open)].sort()).toEqual(OPEN_ROUTES);
  });

  it('name every permission at some route, but the one that introspection checks by itself', () => {
    const declared = new Set(handlersOf(app.nest).map(({ permission }) => permission));
    expect(permissions.filter((permission) => !declared.has(permission))).toEqual(['tokens:introspect']);
  });
});

@Controller('undeclared')
class UndeclaredController {
  @Get()
  get() {
    return { data: 'open by mistake' };
  }
}

describe('a route that declares nothing', () => {
  let nest: NestFastifyApplication;
  let origin: string;
  let shop: Shop;

  beforeAll(async () => {
    const { config, clock, ...app } = await sharedApp();
    shop = await givenShop({ ...app, config, clock });

    @Module({
      imports: [AppModule.for(config, createLogger(config, new LogSink()), clock)],
      controllers: [UndeclaredController],
    })
    class ServiceWithMistake {}

    nest = await NestFactory.create<NestFastifyApplication>(ServiceWithMistake, new FastifyAdapter(), {
      logger: false,
    });
    logRequests(nest.getHttpAdapter().getInstance());
    await nest.init();
    await nest.get(Startup).begin();
    await nest.listen(0, '127.0.0.1');
    origin = await nest.getUrl();
  });

  afterAll(() => nest.close());

  it('is closed to everybody, and told from a route that declares a permission', async () => {
    const http = supertest(origin);
    const ann = await shop.customer();
    const codes = async (path: string) => {
      const answers = [
        await http.get(path),
        await http.get(path).set(await shop.implicit()),
        await http.get(path).set(await shop.as(ann)),
        await http.get(path).set(await shop.service()),
      ];
      return answers.map(({ status }) => status);
    };

    expect(await codes('/undeclared')).toEqual([401, 403, 403, 403]);
    expect(await codes('/v2/settings/store')).toEqual([401, 403, 403, 200]);
    const answer = await http.get('/undeclared').set(await shop.service());
    expect(answer.body).toEqual({
      errors: [
        {
          status: 403,
          title: 'Forbidden',
          detail: 'This token does not allow the requested operation.',
          code: 'forbidden',
          request_id: answer.headers['x-request-id'],
        },
      ],
    });
  });
});
