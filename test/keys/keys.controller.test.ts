import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyRing } from '../../src/keys/key-ring.js';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { Forge } from '../harness/token-forgeries.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

const ISSUER = 'https://id.shop.example';
const BASE64URL = /^[A-Za-z0-9_-]+$/;

const METADATA = {
  issuer: ISSUER,
  jwks_uri: `${ISSUER}/.well-known/jwks.json`,
  token_endpoint: `${ISSUER}/oauth/access_token`,
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  grant_types_supported: ['client_credentials', 'implicit'],
  response_types_supported: [],
  introspection_endpoint: `${ISSUER}/oauth/introspect`,
  introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
};

describe.each(['RS256', 'ES256'] as const)('the published keys and metadata with %s', (alg) => {
  let app: TestApp;
  let shop: Shop;
  let ann: TestCustomer;

  beforeAll(async () => {
    app = await startApp({ tokenSigningAlg: alg });
    shop = await givenShop(app);
    ann = await shop.customer();
  });

  afterAll(() => app.close());

  it('are the one key of customer tokens, public members only, and never the key of access tokens', async () => {
    const answer = await app.http.get('/.well-known/jwks.json').expect(200);
    const ring = app.nest.get(KeyRing);
    const members =
      alg === 'RS256'
        ? { kty: 'RSA', e: 'AQAB', n: expect.stringMatching(BASE64URL) as string }
        : {
            kty: 'EC',
            crv: 'P-256',
            x: expect.stringMatching(BASE64URL) as string,
            y: expect.stringMatching(BASE64URL) as string,
          };

    expect(answer.body).toEqual({ keys: [{ ...members, kid: ring.signingKey('customer').kid, alg, use: 'sig' }] });
    expect(answer.text).not.toContain(ring.signingKey('access').kid);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
  });

  it('are the documents of RFC 8414 and of OpenID Connect Discovery, exactly', async () => {
    const oauth = await app.http.get('/.well-known/oauth-authorization-server').expect(200);
    const openid = await app.http.get('/.well-known/openid-configuration').expect(200);

    expect(oauth.body).toEqual(METADATA);
    expect(openid.body).toEqual({
      ...METADATA,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [alg],
    });
    for (const answer of [oauth, openid]) expect(answer.headers['cache-control']).toBe('public, max-age=60');
  });

  it('name endpoints that answer, with the methods and ways to authenticate that they claim', async () => {
    const pathOf = (url: string) => url.slice(ISSUER.length);
    const { clientId, clientSecret } = shop.key;
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    await app.http.get(pathOf(METADATA.jwks_uri)).expect(200);
    await app.http.post(pathOf(METADATA.token_endpoint)).type('form').send(form).expect(200);
    await app.http
      .post(pathOf(METADATA.token_endpoint))
      .type('form')
      .auth(clientId, clientSecret)
      .send({ grant_type: 'client_credentials' })
      .expect(200);
    await app.http
      .post(pathOf(METADATA.token_endpoint))
      .type('form')
      .send({ grant_type: 'implicit', client_id: clientId })
      .expect(200);
    const { grant_type: _, ...credentials } = form;
    await app.http
      .post(pathOf(METADATA.introspection_endpoint))
      .type('form')
      .send({ ...credentials, token: 'x' })
      .expect(200, { active: false });
    await app.http
      .post(pathOf(METADATA.introspection_endpoint))
      .type('form')
      .auth(clientId, clientSecret)
      .send({ token: 'x' })
      .expect(200, { active: false });
  });

  it('let another service verify a customer token with a stock library and nothing but the published keys', async () => {
    const { id, token, expires } = await shop.login(ann);
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', app.origin));

    const verified = await jwtVerify(token, keys, {
      issuer: ISSUER,
      audience: shop.storeId,
      algorithms: [alg],
      typ: 'JWT',
      requiredClaims: ['exp', 'iat', 'jti', 'sub', 'name'],
    });

    expect(verified.protectedHeader).toEqual({
      alg,
      typ: 'JWT',
      kid: app.nest.get(KeyRing).signingKey('customer').kid,
    });
    expect(verified.payload).toEqual({
      iss: ISSUER,
      aud: shop.storeId,
      sub: ann.id,
      name: ann.name,
      jti: id,
      iat: expires - 86_400,
      exp: expires,
      token_use: 'customer',
    });
  });

  it('make that library refuse an access token, a forged token, another store and another issuer', async () => {
    const { token } = await shop.login(ann);
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', app.origin));
    const forged = new Forge(app, 'customer', token, shop.storeId).header({}, () => Buffer.alloc(256, 1));

    await expect(jwtVerify(await shop.token('implicit'), keys)).rejects.toThrow(errors.JWKSNoMatchingKey);
    await expect(jwtVerify(forged, keys)).rejects.toThrow(errors.JWSSignatureVerificationFailed);
    await expect(jwtVerify(token, keys, { audience: 'another-store' })).rejects.toThrow(
      errors.JWTClaimValidationFailed,
    );
    await expect(jwtVerify(token, keys, { issuer: app.origin })).rejects.toThrow(errors.JWTClaimValidationFailed);
  });
});

describe('the published keys and metadata', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ publicUrl: 'http://localhost:3000' });
  });

  afterAll(() => app.close());

  const paths = [
    '/.well-known/jwks.json',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
  ];

  it.each(paths)('%s answers anybody, whatever tokens come along, also with a slash behind', async (path) => {
    const { body } = await app.http.get(path).expect(200);
    for (const headers of [{ authorization: 'Bearer undefined' }, { 'x-moltin-customer-token': 'stale' }]) {
      const answer = await app.http.get(`${path}/`).set(headers).expect(200);
      expect(answer.body).toEqual(body);
    }
  });

  it.each(paths)('%s takes GET only', async (path) => {
    for (const method of ['post', 'put', 'delete'] as const) {
      const answer = await app.http[method](path);
      expectError(answer, 'method_not_allowed');
      expect(answer.headers['allow']).toBe('GET, HEAD');
    }
  });

  it('take every URL from PUBLIC_URL and none from the request', async () => {
    const { body } = await app.http
      .get('/.well-known/openid-configuration')
      .set({ host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' })
      .expect(200);

    expect(JSON.stringify(body)).not.toContain('evil');
    expect(body).toMatchObject({
      issuer: 'http://localhost:3000',
      jwks_uri: 'http://localhost:3000/.well-known/jwks.json',
      token_endpoint: 'http://localhost:3000/oauth/access_token',
      introspection_endpoint: 'http://localhost:3000/oauth/introspect',
    });
  });
});
