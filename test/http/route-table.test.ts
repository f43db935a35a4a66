import { beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes, type RegisteredRoute } from '../../src/http/route-table.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';

let app: TestApp;
let shop: Shop;
let service: Record<string, string>;
let routes: readonly RegisteredRoute[];

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  service = await shop.service();
  routes = registeredRoutes(app.nest.getHttpAdapter().getInstance()).filter(({ url }) => url !== '*');
});

const UNKNOWN_ID = '0190a5d4-0000-7000-8000-000000000000';

/** A path of this route; ids in it are unknown, so that no request changes anything. */
function pathOf(url: string): string {
  return url.replaceAll(/:\w+/g, UNKNOWN_ID);
}

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof methods)[number];

async function answerTo(method: Method, url: string, id: string) {
  const request = app.http[method](url).set(service).set('x-request-id', id);
  const answer = await (method === 'post' || method === 'put' ? request.send({ data: {} }) : request);
  const { status, headers, text } = answer;
  const { date: _date, ...stable } = headers as Record<string, string>;
  return { status, headers: stable, text };
}

/** Times and tokens differ from one answer to the next. */
function withoutMoments(text: string | undefined): string | undefined {
  return text?.replaceAll(/"access_token":"[^"]+"|"expires":\d+/g, '');
}

describe('the table of routes', () => {
  it('holds what the router holds', () => {
    const known = routes.map(({ method, url }) => `${method} ${url}`);
    expect(known).toContain('GET /v2/customers/:customerId');
    expect(known).toContain('HEAD /v2/customers/:customerId');
    expect(known).toContain('POST /v2/customers/tokens');
    expect(known.length).toBeGreaterThan(30);
    expect(new Set(known).size).toBe(known.length);
    const fastify = app.nest.getHttpAdapter().getInstance();
    for (const { method, url } of routes) {
      expect(fastify.hasRoute({ method, url })).toBe(true);
    }
  });
});

describe('every route', () => {
  it.each(['/', '?', '/?', '?&', '/?&'])('answers the same with %s behind its path as without', async (tail) => {
    for (const { method, url } of routes) {
      const verb = method.toLowerCase() as Method;
      const plain = await answerTo(verb, pathOf(url), 'same-answer');
      const other = await answerTo(verb, `${pathOf(url)}${tail}`, 'same-answer');
      expect([method, url, other.status, withoutMoments(other.text)]).toEqual([
        method,
        url,
        plain.status,
        withoutMoments(plain.text),
      ]);
      expect(other.headers).toEqual(plain.headers);
    }
  });

  it('answers every other method 405 with the methods that it takes', async () => {
    for (const url of new Set(routes.map((route) => route.url))) {
      const path = pathOf(url);
      // A fixed path hides behind the one with a parameter that it would fit: both answer there.
      const fitting = routes.filter((route) => fits(route.url, path));
      const allowed = [...new Set(fitting.map(({ method }) => method))].sort();
      for (const method of methods.filter((name) => !allowed.includes(name.toUpperCase()))) {
        for (const spelled of [path, `${path}/`, `${path}?a=1`]) {
          const answer = await app.http[method](spelled).set(service);
          expect([method, url, answer.status, answer.headers['allow']]).toEqual([method, url, 405, allowed.join(', ')]);
          if (method === 'head') continue;
          const description = 'This route does not take that method.';
          const beside = url.startsWith('/oauth/')
            ? { error: 'invalid_request', error_description: description }
            : undefined;
          expectError(answer, 'method_not_allowed', [{}], beside);
        }
      }
    }
  });

  it('tells the methods to callers without a token too, since the documentation does', async () => {
    const answer = await app.http.patch('/v2/customers');
    expectError(answer, 'method_not_allowed');
    expect(answer.headers['allow']).toBe('GET, HEAD, POST');
  });

  it('answers HEAD as GET, without the body, but for the two where a look would begin or end a sign-in', async () => {
    const once = /^\/oidc-idp\/(login|callback)\//;
    const looked = routes.filter(({ method, url }) => method === 'GET' && !once.test(url));
    for (const { url } of routes.filter((route) => route.method === 'GET' && !looked.includes(route))) {
      const head = await answerTo('head', pathOf(url), 'same-answer');
      expect([url, head.status, head.headers['allow']]).toEqual([url, 405, 'GET']);
    }
    for (const { url } of looked) {
      const get = await answerTo('get', pathOf(url), 'same-answer');
      const head = await answerTo('head', pathOf(url), 'same-answer');
      expect([url, head.status, head.text]).toEqual([url, get.status, undefined]);
      expect(head.headers).toEqual(get.headers);
    }
  });
});

/** Written once more, apart from what is tested. */
function fits(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`).test(path);
}
