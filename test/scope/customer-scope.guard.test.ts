import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../../src/http/route-table.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

const HEADER = 'x-moltin-customer-token';
const EMPTY = ['', ' ', 'undefined', 'null'];

/** These never look at the header: a stale token must not block a new login or registration. */
const BLIND_ROUTES = [
  'DELETE /v2/authentication-realms/:realmId/oidc-profiles/:profileId',
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
  'GET /v2/authentication-realms',
  'GET /v2/authentication-realms/:realmId',
  'GET /v2/authentication-realms/:realmId/oidc-profiles',
  'GET /v2/authentication-realms/:realmId/oidc-profiles/:profileId',
  'GET /v2/settings/customer-authentication',
  'GET /v2/settings/store',
  'POST /oauth/access_token',
  'POST /oauth/introspect',
  'POST /v2/authentication-realms/:realmId/oidc-profiles',
  'POST /v2/customers',
  'POST /v2/customers/tokens',
  'PUT /v2/authentication-realms/:realmId',
  'PUT /v2/authentication-realms/:realmId/oidc-profiles/:profileId',
  'PUT /v2/settings/store',
];

describe('the customer-scope guard', () => {
  let app: TestApp;
  let shop: Shop;
  let ann: TestCustomer;
  let annsToken: string;
  let implicit: Record<string, string>;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    ann = await shop.customer();
    annsToken = (await shop.login(ann)).token;
    implicit = await shop.implicit();
    service = await shop.service();
  });

  function withoutId(answer: { text: string; headers: Record<string, string> }): string {
    return answer.text.replaceAll(String(answer.headers['x-request-id']), 'ID');
  }

  it.each(EMPTY)(
    'takes the header %j under an implicit token for absent, which opens nothing personal',
    async (value) => {
      for (const path of [
        `/v2/customers/${ann.id}`,
        '/v2/customers',
        `/v2/customers/${ann.id}/addresses`,
        '/v2/orders',
      ]) {
        const without = await app.http.get(path).set(implicit);
        const answer = await app.http.get(path).set(implicit).set(HEADER, value);

        expectError(answer, 'forbidden');
        expect(withoutId(answer)).toBe(withoutId(without));
      }
    },
  );

  it.each(EMPTY)('refuses the header %j under client credentials, where absent would mean everybody', async (value) => {
    for (const path of [
      `/v2/customers/${ann.id}`,
      '/v2/customers',
      `/v2/customers/${ann.id}/addresses`,
      '/v2/orders',
    ]) {
      await app.http.get(path).set(service).expect(200);
      const answer = await app.http.get(path).set(service).set(HEADER, value);

      expectError(answer, 'customer_token_invalid');
      expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ reason: 'missing' });
    }
  });

  it.each(['Undefined', 'NULL', '0', 'false', '{}', '[object Object]', 'undefined,undefined', 'Bearer x', 'a.b.c'])(
    'takes the header %j for a bad token under both grants',
    async (value) => {
      for (const headers of [implicit, service]) {
        const answer = await app.http.get(`/v2/customers/${ann.id}`).set(headers).set(HEADER, value);
        expectError(answer, 'customer_token_invalid');
      }
    },
  );

  it('wants the token bare: a scheme in front of it makes it a bad one', async () => {
    const answer = await app.http.get('/v2/customers').set(implicit).set(HEADER, `Bearer ${annsToken}`);
    expectError(answer, 'customer_token_invalid');
  });

  it('takes the header in any case and the token with space around', async () => {
    for (const name of ['X-Moltin-Customer-Token', 'X-MOLTIN-CUSTOMER-TOKEN', HEADER]) {
      await app.http.get(`/v2/customers/${ann.id}`).set(implicit).set(name, ` ${annsToken} `).expect(200);
    }
  });

  it('never stands in for the access token: a customer token alone is 401', async () => {
    const answer = await app.http.get(`/v2/customers/${ann.id}`).set(HEADER, annsToken);

    expectError(answer, 'access_token_invalid');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
  });

  it('looks at the access token first: with both bad the answer is 401', async () => {
    const answer = await app.http.get('/v2/customers').set('authorization', 'Bearer bad').set(HEADER, 'bad');
    expectError(answer, 'access_token_invalid');
  });

  it('looks at the header before anything else on every route but those that never look at it', async () => {
    const routes = registeredRoutes(app.nest.getHttpAdapter().getInstance()).filter(
      ({ method, url }) => !['HEAD', 'OPTIONS'].includes(method) && !url.includes('*'),
    );
    const blind: string[] = [];
    for (const { method, url } of routes) {
      const path = `${url.replaceAll(/:\w+/g, 'no-id')}?filter=eq(a,b)&sort=x&page[limit]=0`;
      const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
      const answer = await app.http[verb](path).set(service).set(HEADER, 'stale').type('json').send('{}');
      const { errors } = answer.body as { errors?: { code: string }[] };
      if (errors?.[0]?.code !== 'customer_token_invalid') blind.push(`${method} ${url}`);
    }

    expect([...new Set(blind)].sort()).toEqual(BLIND_ROUTES);
  });

  it.each([...EMPTY, 'stale', 'of another customer'])(
    'lets a customer register and log in with the header %j left over from before',
    async (leftover) => {
      const value = leftover === 'of another customer' ? annsToken : leftover;
      const email = `${randomUUID()}@example.test`;
      const data = { type: 'customer', name: 'Bob', email, password: 'correct horse battery' };
      for (const headers of [implicit, service]) {
        const created = await app.http
          .post('/v2/customers')
          .set(headers)
          .set(HEADER, value)
          .send({ data: { ...data, email: `${headers === service ? 's' : 'i'}.${email}` } });
        expect(created.status).toBe(201);
        const login = await app.http
          .post('/v2/customers/tokens')
          .set(headers)
          .set(HEADER, value)
          .send({
            data: { type: 'token', email: `${headers === service ? 's' : 'i'}.${email}`, password: data.password },
          });
        expect(login.status).toBe(200);
        expect(login.body).toMatchObject({ data: { customer_id: (created.body as { data: { id: string } }).data.id } });
      }
    },
  );

  it('narrows client credentials to the one customer: their list is the one record, orders and settings stay theirs', async () => {
    await shop.customer();
    const list = await app.http.get('/v2/customers').set(service).set(HEADER, annsToken).expect(200);
    const { data, meta } = list.body as { data: { id: string }[]; meta: unknown };

    expect(data.map(({ id }) => id)).toEqual([ann.id]);
    expect(meta).toEqual({ page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 1 } });
    const order = await app.http.post('/v2/orders').set(service).set(HEADER, annsToken).send({ data: {} });
    expectError(order, 'forbidden');
  });

  it.each(['implicit', 'client credentials'])(
    'under %s refuses every path below another customer, known, unknown or no id at all, with the same bytes',
    async (grant) => {
      const bob = await shop.customer();
      const { customer: stranger } = await givenShop(app).then(async (other) => ({ customer: await other.customer() }));
      const headers = { ...(grant === 'implicit' ? implicit : service), [HEADER]: annsToken };
      const texts = new Set<string>();
      for (const id of [bob.id, stranger.id, randomUUID(), 'no-uuid', `${ann.id}x`, '%27', `{${ann.id}}`]) {
        const paths = [
          `/v2/customers/${id}`,
          `/v2/customers/${id}/addresses`,
          `/v2/customers/${id}/addresses/${randomUUID()}`,
        ];
        for (const path of paths) {
          const answers = [
            await app.http.get(path).set(headers),
            await app.http
              .put(path)
              .set(headers)
              .send({ data: { name: 5 } }),
            await app.http.delete(path).set(headers),
          ].filter(({ status }) => status !== 405);
          expect(answers.length).toBeGreaterThan(0);
          for (const answer of answers) {
            expectError(answer, 'customer_forbidden');
            texts.add(withoutId(answer));
          }
        }
      }

      expect(texts.size).toBe(1);
      await app.http.get(`/v2/customers/${bob.id}`).set(service).expect(200);
    },
  );

  it('takes the own id in capital letters for the own id', async () => {
    await app.http.get(`/v2/customers/${ann.id.toUpperCase()}`).set(implicit).set(HEADER, annsToken).expect(200);
  });

  it('leaves store and customer in the log line, and never the token', async () => {
    const answer = await app.http.get(`/v2/customers/${ann.id}`).set(implicit).set(HEADER, annsToken).expect(200);
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));

    expect(line).toMatchObject({ store_id: shop.storeId, customer_id: ann.id, key_id: shop.key.keyId, status: 200 });
    expect(app.log.lines.join('\n')).not.toContain(annsToken);
  });
});
