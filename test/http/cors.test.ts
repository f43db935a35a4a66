import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../../src/http/route-table.js';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop } from '../harness/shop.js';

/** Every header that the clients of this interface send from a browser. */
const CLIENT_HEADERS = [
  'authorization',
  'content-type',
  'x-moltin-customer-token',
  'x-moltin-sdk-language',
  'x-moltin-sdk-version',
  'x-moltin-application',
  'x-moltin-currency',
  'x-moltin-language',
  'ep-channel',
  'ep-context-tag',
  'ep-beta-features',
  'x-request-id',
];

const PREFLIGHT_LIFETIME_SECONDS = '600';

function preflight(app: TestApp, origin: string, path = '/v2/customers', method = 'POST') {
  return app.http
    .options(path)
    .set('origin', origin)
    .set('access-control-request-method', method)
    .set('access-control-request-headers', CLIENT_HEADERS.join(','));
}

async function expectNoGrant(app: TestApp, origin: string): Promise<void> {
  const asked = await preflight(app, origin);
  expect([origin, asked.headers['access-control-allow-origin']]).toEqual([origin, undefined]);
  const read = await app.http.get('/health/live').set('origin', origin);
  expect(read.status).toBe(200);
  expect([origin, read.headers['access-control-allow-origin']]).toEqual([origin, undefined]);
  expect(read.headers['access-control-allow-credentials']).toBeUndefined();
}

async function expectGrant(app: TestApp, origin: string): Promise<void> {
  const asked = await preflight(app, origin);
  expect([origin, asked.status, asked.headers['access-control-allow-origin']]).toEqual([origin, 204, origin]);
  const read = await app.http.get('/health/live').set('origin', origin);
  expect(read.headers['access-control-allow-origin']).toBe(origin);
}

describe('in development', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await sharedApp();
  });

  it('a preflight of a page on this machine allows every method and every header of the clients', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const answer = await preflight(app, 'http://localhost:8080', '/v2/customers/x/addresses/y', method);
      expect(answer.status).toBe(204);
      expect(answer.text).toBe('');
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': 'http://localhost:8080',
        'access-control-allow-methods': 'GET, POST, PUT, DELETE',
        'access-control-allow-headers': CLIENT_HEADERS.join(','),
        'access-control-max-age': PREFLIGHT_LIFETIME_SECONDS,
        vary: 'Origin, Access-Control-Request-Headers',
      });
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  it('a preflight is answered for every route that scripts call, without a token', async () => {
    const navigation = /^\/oidc-idp\/(login|callback)\//;
    for (const { method, url } of registeredRoutes(app.nest.getHttpAdapter().getInstance())) {
      if (url === '*') continue;
      const answer = await preflight(app, 'http://localhost:8080', url, method);
      const granted = navigation.test(url) ? undefined : 'http://localhost:8080';
      expect([url, answer.headers['access-control-allow-origin']]).toEqual([url, granted]);
      if (granted !== undefined) expect([url, answer.status]).toEqual([url, 204]);
    }
  });

  it.each([
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:8443',
    'http://127.0.0.1:5173',
    'http://[::1]:5173',
  ])('the loopback origin %s is granted', async (origin) => {
    await expectGrant(app, origin);
  });

  it.each([
    'http://evil.test',
    'null',
    'http://localhost.evil.test',
    'http://localhost:3000.evil.test',
    'http://evillocalhost:3000',
    'http://evil.test/http://localhost',
    'http://localhost@evil.test',
    'http://127.0.0.1.nip.io',
    'http://127.0.0.11:80',
    'http://[::1].evil.test',
    'http://[::11]',
    'ftp://localhost',
    'file://',
    'HTTP://LOCALHOST',
    'http://localhost:3000/',
    'http://localhost:3000 http://evil.test',
    'undefined',
  ])('the origin %s is not', async (origin) => {
    await expectNoGrant(app, origin);
  });

  it('a page may read the request id and when to try again, of answers and of errors alike', async () => {
    const answer = await app.http.get('/v2/customers').set('origin', 'http://localhost:8080');
    expectError(answer, 'access_token_invalid');
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'http://localhost:8080',
      'access-control-expose-headers': 'X-Request-Id, Retry-After, ETag',
      vary: 'Origin',
    });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('caches are told that answers differ by origin also where none was sent', async () => {
    const answer = await app.http.get('/.well-known/jwks.json');
    expect(answer.headers['vary']).toBe('Origin');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('without any origin configured, as in production', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ corsOrigins: [] });
  });
  afterAll(() => app.close());

  it('nobody is granted, and OPTIONS is a method that the route does not take', async () => {
    for (const origin of ['http://localhost:3000', 'https://shop.example', 'null', 'https://id.shop.example']) {
      await expectNoGrant(app, origin);
    }
    const answer = await preflight(app, 'https://shop.example');
    expectError(answer, 'method_not_allowed');
    expect(answer.headers['allow']).toBe('GET, HEAD, POST');
    expectError(await preflight(app, 'https://shop.example', '/nothing'), 'route_not_found');
  });

  it('servers, which send no origin, are answered as ever', async () => {
    const shop = await givenShop(app);
    const answer = await app.http.get('/v2/customers').set(await shop.service());
    expect(answer.status).toBe(200);
  });
});

describe('with a list of origins', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ corsOrigins: ['https://shop.example', 'http://shop.example:8080'] });
  });
  afterAll(() => app.close());

  it('exactly those are granted', async () => {
    await expectGrant(app, 'https://shop.example');
    await expectGrant(app, 'http://shop.example:8080');
  });

  it.each([
    'https://shop.example.evil.test',
    'https://evil-shop.example',
    'https://evil.test/https://shop.example',
    'http://shop.example',
    'https://shop.example:8080',
    'https://shop.example:443',
    'https://shop.example/',
    'https://SHOP.example',
    'https://sub.shop.example',
    'https://shop.example, https://evil.test',
    'http://localhost:3000',
    'null',
    '*',
  ])('the origin %s is not', async (origin) => {
    await expectNoGrant(app, origin);
  });
});
