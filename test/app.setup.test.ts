import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import supertest from 'supertest';
import { createApp, whenReady } from '../src/app.setup.js';
import { applyMigrations } from '../src/database/migrations.js';
import { registeredRoutes } from '../src/http/route-table.js';
import { LogSink, sharedApp, startApp, testConfig, type TestApp } from './harness/app.js';
import { expectError } from './harness/error-answers.js';
import { emptyDatabaseUrl } from './harness/postgres.js';
import { givenShop } from './harness/shop.js';

/** What describes the interface is the same for everybody. */
const REFERENCE: Readonly<Record<string, { readonly cache: string; readonly type: string }>> = {
  '/openapi.json': { cache: 'public, max-age=300', type: 'application/json; charset=utf-8' },
  '/docs': { cache: 'no-store', type: 'text/html; charset=utf-8' },
  '/docs/start.js': { cache: 'no-cache', type: 'text/javascript; charset=utf-8' },
  '/docs/swagger-ui-bundle.js': {
    cache: 'public, max-age=31536000, immutable',
    type: 'text/javascript; charset=utf-8',
  },
  '/docs/swagger-ui.css': { cache: 'public, max-age=31536000, immutable', type: 'text/css; charset=utf-8' },
  '/docs/favicon-32x32.png': { cache: 'public, max-age=31536000, immutable', type: 'image/png' },
};

const PUBLIC_DOCUMENTS = [
  '/oidc-idp/.well-known/jwks.json',
  '/.well-known/jwks.json',
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
];

describe('the headers of answers', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await sharedApp();
  });

  it('keep every answer but public keys and metadata out of caches', async () => {
    const shop = await givenShop(app);
    const customer = await shop.customer();
    const headers = await shop.as(customer);
    const paths = registeredRoutes(app.nest.getHttpAdapter().getInstance())
      .filter(({ method, url }) => method === 'GET' && url !== '*')
      .map(({ url }) => url.replace(':customerId', customer.id));
    expect(paths).toEqual(expect.arrayContaining([...PUBLIC_DOCUMENTS, `/v2/customers/${customer.id}`]));
    for (const path of [...paths, '/nothing']) {
      const { headers: answered } = await app.http.get(path).set(headers);
      const expected = PUBLIC_DOCUMENTS.includes(path) ? 'public, max-age=60' : (REFERENCE[path]?.cache ?? 'no-store');
      expect([path, answered['cache-control']]).toEqual([path, expected]);
      expect([path, answered['x-content-type-options']]).toEqual([path, 'nosniff']);
      // A browser that comes back with nothing sees a page.
      const type = path.startsWith('/oidc-idp/callback/') ? 'text/html; charset=utf-8' : REFERENCE[path]?.type;
      expect([path, answered['content-type']]).toEqual([path, type ?? 'application/json; charset=utf-8']);
    }
  });

  it('keep tokens out of caches', async () => {
    const shop = await givenShop(app);
    const customer = await shop.customer();
    const access = await app.http
      .post('/oauth/access_token')
      .type('form')
      .send({ grant_type: 'implicit', client_id: shop.key.clientId });
    expect([access.status, access.headers['cache-control']]).toEqual([200, 'no-store']);
    const login = await app.http
      .post('/v2/customers/tokens')
      .set(await shop.implicit())
      .send({ data: { email: customer.email, password: customer.password } });
    expect([login.status, login.headers['cache-control']]).toEqual([200, 'no-store']);
  });

  it('do not tell what the service is made of', async () => {
    for (const path of ['/health/live', '/nothing', '/v2/customers']) {
      const { headers } = await app.http.get(path);
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server']));
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-powered-by']));
    }
  });
});

describe('a service whose database has no schema yet', () => {
  it('answers 503 with Retry-After until it was migrated, lives meanwhile, and then is ready by itself', async () => {
    const databaseUrl = await emptyDatabaseUrl();
    const nest = await createApp({ ...testConfig, databaseUrl }, { logStream: new LogSink() });
    try {
      await nest.listen(0, '127.0.0.1');
      const http = supertest(await nest.getUrl());
      const refused = await http.get('/v2/customers');
      expectError(refused, 'unavailable');
      expect(refused.headers['retry-after']).toBe('1');
      expectError(await http.get('/.well-known/jwks.json'), 'unavailable');
      const token = await http.post('/oauth/access_token').type('form').send({ grant_type: 'implicit' });
      const error_description = 'The service is not ready. Try again shortly.';
      expectError(token, 'unavailable', [{}], { error: 'server_error', error_description });
      const ready = await http.get('/health/ready');
      expectError(ready, 'unavailable', [{ detail: 'Not ready: schema not migrated.' }]);
      expect((await http.get('/health/live')).body).toEqual({ status: 'ok' });

      await applyMigrations(databaseUrl);
      await whenReady(nest);
      expect((await http.get('/health/ready')).body).toEqual({ status: 'ok' });
      expectError(await http.get('/v2/customers'), 'access_token_invalid');
    } finally {
      await nest.close();
    }
  });
});

describe('a service behind a proxy that is trusted', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ trustProxy: true });
  });
  afterAll(() => app.close());

  it('logs the address that the proxy names, and still makes links of the public URL only', async () => {
    const shop = await givenShop(app);
    const answer = await app.http
      .get('/v2/customers')
      .set(await shop.service())
      .set({ 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http' })
      .set('x-request-id', 'behind-a-proxy');
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('evil.test');
    expect(await app.log.ofRequest('behind-a-proxy')).toMatchObject({ address: '203.0.113.9' });
  });
});
