import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

interface TokenAnswer {
  readonly data: {
    readonly type: string;
    readonly id: string;
    readonly customer_id: string;
    readonly token: string;
    readonly expires: number;
  };
}

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

async function login(data: object, headers?: Record<string, string>) {
  return app.http
    .post('/v2/customers/tokens')
    .set(headers ?? (await shop.implicit()))
    .send({ data });
}

function decode(part: string | undefined): unknown {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
}

describe('POST /v2/customers/tokens', () => {
  it('answers 200 with the whole token, stores its row and logs the login, when email and password are right', async () => {
    const ann = await shop.customer({ name: 'Zoë Ｅxample 🦄' });
    const before = Math.floor(Date.now() / 1000);

    const answer = await login({
      type: 'token',
      authentication_mechanism: 'password',
      email: ann.email,
      password: ann.password,
    });

    const after = Math.floor(Date.now() / 1000);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      data: {
        type: 'token',
        id: expect.stringMatching(ID),
        customer_id: ann.id,
        token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        expires: expect.any(Number),
      },
    });
    const { id, token, expires } = (answer.body as TokenAnswer).data;
    const [header, payload] = token.split('.').map((part, index) => (index < 2 ? decode(part) : part));
    const { iat } = payload as { iat: number };
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.stringMatching(/^[\w-]{1,64}$/) });
    expect(payload).toEqual({
      iss: app.config.publicUrl,
      aud: shop.storeId,
      sub: ann.id,
      name: 'Zoë Ｅxample 🦄',
      jti: id,
      iat,
      exp: expires,
      token_use: 'customer',
    });
    expect(Number.isInteger(expires)).toBe(true);
    expect(expires).toBeLessThan(2 ** 31);
    expect(expires - iat).toBe(86_400);
    expect(iat).toBeGreaterThanOrEqual(before);
    expect(iat).toBeLessThanOrEqual(after);
    const { rows } = await app.database.pool.query('SELECT * FROM customer_tokens WHERE store_id = $1', [shop.storeId]);
    expect(rows).toEqual([
      {
        store_id: shop.storeId,
        id,
        customer_id: ann.id,
        mechanism: 'password',
        identity_id: null,
        created_at: new Date(iat * 1000),
        expires_at: new Date(expires * 1000),
        revoked_at: null,
      },
    ]);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toEqual({
      level: 30,
      time: expect.any(String),
      service: 'gatehouse',
      request_id: answer.headers['x-request-id'],
      method: 'POST',
      route: '/v2/customers/tokens',
      status: 200,
      ms: expect.any(Number),
      address: '127.0.0.1',
      key_id: shop.key.keyId,
      store_id: shop.storeId,
      customer_id: ann.id,
      email: 'a***@example.test',
      events: ['login_succeeded'],
      msg: 'request',
    });
  });

  it('signs a token that the published key verifies, and stock tools at that', async () => {
    const ann = await shop.customer();
    const { token } = await shop.login(ann);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const { kid } = decode(header) as { kid: string };

    const { body } = await app.http.get('/.well-known/jwks.json');

    const jwk = (body as { keys: ({ kid: string } & JsonWebKey)[] }).keys.find((key) => key.kid === kid);
    const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
    const forged = Buffer.from(`${header}.${payload.slice(0, -2)}AA`);
    expect(verify('sha256', forged, key, Buffer.from(signature, 'base64url'))).toBe(false);
  });

  it('leaves earlier tokens good, and gives each login a token of its own', async () => {
    const ann = await shop.customer();
    const [first, second] = [await shop.login(ann), await shop.login(ann)];

    expect(first.id).not.toBe(second.id);
    for (const { token } of [first, second]) {
      const headers = { ...(await shop.implicit()), 'x-moltin-customer-token': token };
      expect((await app.http.get(`/v2/customers/${ann.id}`).set(headers)).status).toBe(200);
    }
  });

  it.each([
    ['left out', {}],
    ['password', { authentication_mechanism: 'password' }],
    ['null', { authentication_mechanism: null }],
  ])('logs in by password, when the mechanism is %s', async (_, mechanism) => {
    const ann = await shop.customer();

    const answer = await login({ type: 'token', email: ann.email, password: ann.password, ...mechanism });

    expect(answer.status).toBe(200);
    expect((answer.body as TokenAnswer).data.customer_id).toBe(ann.id);
  });

  it.each([
    ['left out', {}],
    ['token', { type: 'token' }],
    ['empty', { type: '' }],
    ['null', { type: null }],
  ])('takes a body whose type is %s', async (_, type) => {
    const ann = await shop.customer();

    expect((await login({ email: ann.email, password: ann.password, ...type })).status).toBe(200);
  });

  it('logs in with a storefront’s token, with client credentials and with a customer token beside either', async () => {
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const bobs = (await shop.login(bob)).token;
    for (const credentials of [await shop.implicit(), await shop.service()]) {
      for (const token of [undefined, bobs]) {
        const headers = { ...credentials, ...(token === undefined ? {} : { 'x-moltin-customer-token': token }) };
        const answer = await login({ email: ann.email, password: ann.password }, headers);
        expect(answer.status).toBe(200);
        expect((answer.body as TokenAnswer).data.customer_id).toBe(ann.id);
      }
    }
  });

  it('never looks at the customer token, so that a stale one does not block a new login', async () => {
    const ann = await shop.customer();
    const { token: revoked } = await shop.login(ann);
    await app.database.pool.query('UPDATE customer_tokens SET revoked_at = now() WHERE store_id = $1', [shop.storeId]);
    for (const token of ['', 'undefined', 'null', 'stale', 'a.b.c', revoked, 'x'.repeat(5_000)]) {
      for (const credentials of [await shop.implicit(), await shop.service()]) {
        const headers = { ...credentials, 'x-moltin-customer-token': token };
        expect((await login({ email: ann.email, password: ann.password }, headers)).status).toBe(200);
      }
    }
  });

  it('logs in to the store of the access token only, when two stores know the same email', async () => {
    const elsewhere = await givenShop(app);
    const email = uniqueEmail();
    const ann = await shop.customer({ email, password: 'password here' });
    const twin = await elsewhere.customer({ email, password: 'password there' });

    const here = await login({ email, password: 'password here' });
    const there = await login({ email, password: 'password there' }, await elsewhere.implicit());
    const crossed = await login({ email, password: 'password there' });

    expect((here.body as TokenAnswer).data.customer_id).toBe(ann.id);
    expect((there.body as TokenAnswer).data.customer_id).toBe(twin.id);
    expect(crossed.status).toBe(404);
  });

  it('ignores members that it does not know, a customer id above all', async () => {
    const [ann, bob] = [await shop.customer(), await shop.customer()];

    const answer = await login({
      type: 'token',
      email: ann.email,
      password: ann.password,
      id: bob.id,
      customer_id: bob.id,
      store_id: bob.id,
      expires: 4_102_444_800,
      token: 'mine',
      __proto__: { admin: true },
    });

    expect(answer.status).toBe(200);
    const { customer_id: customerId, id, expires } = (answer.body as TokenAnswer).data;
    expect(customerId).toBe(ann.id);
    expect(id).not.toBe(bob.id);
    expect(expires).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + 86_400);
  });

  it('gives tokens the life and the algorithm that the operator sets', async () => {
    const other = await startApp({
      databaseUrl: app.config.databaseUrl,
      customerTokenLifetimeSeconds: 600,
      tokenSigningAlg: 'ES256',
    });
    try {
      const ann = await shop.customer();
      const answer = await other.http
        .post('/v2/customers/tokens')
        .set(await shop.implicit())
        .send({ data: { email: ann.email, password: ann.password } });
      const { token, expires } = (answer.body as TokenAnswer).data;
      const [header, payload] = token.split('.').slice(0, 2).map(decode);
      expect(header).toMatchObject({ alg: 'ES256', typ: 'JWT' });
      const { iat, exp } = payload as { iat: number; exp: number };
      expect(exp - iat).toBe(600);
      expect(expires).toBe(exp);
    } finally {
      await other.close();
    }
  });
});
