import { verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyRing, type RingKey } from '../../src/keys/key-ring.js';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { takeApart } from '../harness/forged-tokens.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function isSignedBy(key: RingKey, token: string): boolean {
  const [input, signature] = [token.slice(0, token.lastIndexOf('.')), token.slice(token.lastIndexOf('.') + 1)];
  const publicKey = { key: key.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  return verify('sha256', Buffer.from(input), publicKey, Buffer.from(signature, 'base64url'));
}

describe('the tokens of the service', () => {
  let app: TestApp;
  let shop: Shop;
  let ann: TestCustomer;
  let ring: KeyRing;

  beforeAll(async () => {
    app = await startApp();
    shop = await givenShop(app);
    ann = await shop.customer();
    ring = app.nest.get(KeyRing);
  });

  afterAll(() => app.close());

  it.each(['implicit', 'client_credentials'] as const)(
    'an access token by %s is an ES256 at+jwt of the access key with exactly the documented claims',
    async (grant) => {
      const token = await shop.token(grant);
      const { header, payload } = takeApart(token);
      const key = ring.signingKey('access');

      expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: key.kid });
      expect(payload).toEqual({
        iss: 'https://id.shop.example',
        aud: shop.storeId,
        sub: shop.key.clientId,
        client_id: shop.key.clientId,
        key_id: shop.key.keyId,
        grant_type: grant,
        jti: expect.stringMatching(UUID_V4) as string,
        iat: expect.any(Number) as number,
        exp: Number(payload['iat']) + 3_600,
        token_use: 'access',
      });
      expect(key).toMatchObject({ purpose: 'access', alg: 'ES256' });
      expect(isSignedBy(key, token)).toBe(true);
    },
  );

  it('a customer token is an RS256 JWT of the customer key with exactly the documented claims', async () => {
    const { id, token, expires } = await shop.login(ann);
    const { header, payload } = takeApart(token);
    const key = ring.signingKey('customer');

    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: key.kid });
    expect(payload).toEqual({
      iss: 'https://id.shop.example',
      aud: shop.storeId,
      sub: ann.id,
      name: ann.name,
      jti: id,
      iat: expires - 86_400,
      exp: expires,
      token_use: 'customer',
    });
    expect(id).toMatch(UUID_V4);
    expect(key).toMatchObject({ purpose: 'customer', alg: 'RS256' });
    expect(isSignedBy(key, token)).toBe(true);
    expect(isSignedBy(ring.signingKey('access'), token)).toBe(false);
  });

  it('no two tokens share an id', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => shop.token('implicit')));
    expect(new Set(tokens.map((token) => takeApart(token).payload['jti'])).size).toBe(20);
  });

  it('an access token is good in its last second and refused from the second of its exp on', async () => {
    const token = await shop.token('client_credentials');
    const exp = Number(takeApart(token).payload['exp']);
    const ask = () => app.http.get('/v2/settings/store').set('authorization', `Bearer ${token}`);
    try {
      app.clock.stopAt(exp - 0.001);
      await ask().expect(200);
      app.clock.stopAt(exp);
      expectError(await ask(), 'access_token_invalid');
      app.clock.stopAt(exp + 1);
      expectError(await ask(), 'access_token_invalid');
    } finally {
      app.clock.goOn();
    }
  });

  it('a customer token is good in its last second and refused from the second of its exp on', async () => {
    const { token, expires } = await shop.login(ann);
    const ask = async () =>
      app.http
        .get(`/v2/customers/${ann.id}`)
        .set(await shop.implicit())
        .set('x-moltin-customer-token', token);
    try {
      app.clock.stopAt(expires - 0.001);
      expect((await ask()).status).toBe(200);
      app.clock.stopAt(expires);
      expectError(await ask(), 'customer_token_invalid');
      app.clock.stopAt(expires + 86_400);
      expectError(await ask(), 'customer_token_invalid');
    } finally {
      app.clock.goOn();
    }
  });

  it('a token that was never used before is refused after its exp as well', async () => {
    const access = await shop.token('client_credentials');
    const { token, expires } = await shop.login(ann);
    try {
      app.clock.stopAt(Number(takeApart(access).payload['exp']));
      const answer = await app.http.get('/v2/settings/store').set('authorization', `Bearer ${access}`);
      expectError(answer, 'access_token_invalid');
      app.clock.stopAt(expires);
      const implicit = await shop.implicit();
      const own = await app.http.get('/v2/customers').set(implicit).set('x-moltin-customer-token', token);
      expectError(own, 'customer_token_invalid');
    } finally {
      app.clock.goOn();
    }
  });

  it('a token of a replica whose clock is up to a minute ahead is accepted, one of further ahead is not', async () => {
    const iat = app.clock.nowSeconds();
    const ask = (token: string) => app.http.get('/v2/settings/store').set('authorization', `Bearer ${token}`);
    try {
      app.clock.stopAt(iat);
      const [first, second] = [await shop.token('client_credentials'), await shop.token('client_credentials')];
      app.clock.stopAt(iat - 60);
      await ask(first).expect(200);
      app.clock.stopAt(iat - 61);
      expectError(await ask(second), 'access_token_invalid');
    } finally {
      app.clock.goOn();
    }
  });
});

describe('the tokens of a service with other settings', () => {
  let app: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await startApp({
      publicUrl: 'https://accounts.example/id',
      tokenSigningAlg: 'ES256',
      accessTokenLifetimeSeconds: 60,
      customerTokenLifetimeSeconds: 120,
    });
    shop = await givenShop(app);
  });

  afterAll(() => app.close());

  it('carry its public URL, its algorithm and its lifetimes', async () => {
    const ann = await shop.customer();
    const { token, expires } = await shop.login(ann);
    const access = takeApart(await shop.token('implicit'));
    const customer = takeApart(token);
    const ring = app.nest.get(KeyRing);

    expect(customer.header).toEqual({ alg: 'ES256', typ: 'JWT', kid: ring.signingKey('customer').kid });
    expect(customer.payload).toMatchObject({ iss: 'https://accounts.example/id', exp: expires, iat: expires - 120 });
    expect(access.header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: ring.signingKey('access').kid });
    expect(access.payload).toMatchObject({
      iss: 'https://accounts.example/id',
      exp: Number(access.payload['iat']) + 60,
    });
    expect(ring.signingKey('customer').kid).not.toBe(ring.signingKey('access').kid);
  });

  it('are not accepted by a service with another public URL on the same database', async () => {
    const token = await shop.token('client_credentials');
    const other = await startApp({ databaseUrl: app.config.databaseUrl, publicUrl: 'https://accounts.example' });
    try {
      const answer = await other.http.get('/v2/settings/store').set('authorization', `Bearer ${token}`);
      expectError(answer, 'access_token_invalid');
    } finally {
      await other.close();
    }
  });
});
