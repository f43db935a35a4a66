import { beforeAll, describe, expect, it } from 'vitest';
import { permissions } from '../../src/access/permissions.js';
import type { RefusalReason } from '../../src/errors/app-error.js';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';

const PATH = '/oauth/introspect';
const CLIENT_INVALID = {
  error: 'invalid_client',
  error_description: 'The client is unknown or its secret is not right.',
};

describe('POST /oauth/introspect refuses', () => {
  let app: TestApp;
  let shop: Shop;
  let token: string;
  let credentials: { client_id: string; client_secret: string };

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    token = (await shop.login(await shop.customer())).token;
    credentials = { client_id: shop.key.clientId, client_secret: shop.key.clientSecret };
  });

  const post = (body: object | string | undefined, type = 'form') => app.http.post(PATH).type(type).send(body);

  it.each([
    ['no body', () => undefined, 'The body must be a form.'],
    ['no token', () => ({ ...credentials }), 'token is missing.'],
    ['an empty token', () => ({ ...credentials, token: '' }), 'token is missing.'],
    ['no client', () => ({ token }), 'client_id is missing.'],
    [
      'a token twice',
      () => `${new URLSearchParams({ ...credentials, token }).toString()}&token=x`,
      'token is given twice.',
    ],
  ])('%s as invalid_request', async (_, body, detail) => {
    const answer = await post(body());
    expectError(answer, 'oauth_request_invalid', [{ detail }], { error: 'invalid_request', error_description: detail });
  });

  it.each([5, true, ['a'], { a: 1 }, null])('the token %j as invalid_request', async (value) => {
    const answer = await post({ ...credentials, token: value }, 'json');
    const detail = 'token is missing.';
    expectError(answer, 'oauth_request_invalid', [{ detail }], { error: 'invalid_request', error_description: detail });
  });

  const strangers: [title: string, reason: RefusalReason, change: object][] = [
    ['no secret', 'secret_missing', { client_secret: undefined }],
    ['an empty secret', 'secret_missing', { client_secret: '' }],
    ['a wrong secret', 'secret_wrong', { client_secret: 'wrong' }],
    ['an unknown client', 'key_unknown', { client_id: 'nobody' }],
  ];

  it.each(strangers)('%s as invalid_client (log: %s), with a good and a bad token alike', async (_, reason, change) => {
    for (const text of [token, 'bad']) {
      const answer = await post({ ...credentials, ...change, token: text }, 'json');

      expectError(answer, 'oauth_client_invalid', [{}], CLIENT_INVALID);
      expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ reason });
    }
  });

  it('HTTP Basic with a wrong secret as invalid_client with the challenge', async () => {
    const answer = await app.http.post(PATH).type('form').auth(shop.key.clientId, 'wrong').send({ token });

    expectError(answer, 'oauth_client_invalid', [{}], CLIENT_INVALID);
    expect(answer.headers['www-authenticate']).toBe('Basic realm="gatehouse", charset="UTF-8"');
  });

  it('an access token in place of the client’s secret: a browser that has one could ask about every token it finds', async () => {
    const answer = await app.http
      .post(PATH)
      .type('form')
      .set(await shop.service())
      .send({ token });
    const detail = 'client_id is missing.';
    expectError(answer, 'oauth_request_invalid', [{ detail }], { error: 'invalid_request', error_description: detail });
  });

  it.each([
    ['without the permission', { permissions: permissions.filter((name) => name !== 'tokens:introspect') }],
    ['without any permission', { permissions: [] }],
    ['with the implicit grant only', { grants: ['implicit'] }],
    ['without a grant', { grants: [] }],
  ])('a key %s as access_denied, with a good and a bad token alike', async (_, rights) => {
    const key = await shop.otherKey(rights);
    for (const text of [token, 'bad']) {
      const answer = await post({ client_id: key.clientId, client_secret: key.clientSecret, token: text });

      const detail = 'This client may not introspect tokens.';
      expectError(answer, 'oauth_client_forbidden', [{}], { error: 'access_denied', error_description: detail });
      expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
        reason: 'permission_missing',
        key_id: key.keyId,
      });
    }
  });

  it('every other method with 405', async () => {
    for (const method of ['get', 'put', 'delete'] as const) {
      const answer = await app.http[method](`${PATH}?token=${token}`);
      const beside = { error: 'invalid_request', error_description: 'This route does not take that method.' };
      expectError(answer, 'method_not_allowed', [{}], beside);
      expect(answer.headers['allow']).toBe('POST');
    }
  });

  it('to call a token inactive while the database is away: that is 503, as the token may be good', async () => {
    const own = await startApp({ tokenSigningAlg: 'ES256' });
    try {
      const store = await givenShop(own);
      const { token: good } = await store.login(await store.customer());
      const body = { client_id: store.key.clientId, client_secret: store.key.clientSecret, token: good };
      await own.database.pool.query('ALTER TABLE customer_tokens RENAME TO hidden');
      await own.http.post(PATH).type('form').send(body).expect(500);
      await own.database.pool.query('ALTER TABLE hidden RENAME TO customer_tokens');
      const end = own.database.pool.end();
      const answer = await own.http.post(PATH).type('form').send(body);
      await end;

      const beside = { error: 'server_error', error_description: 'The service is not ready. Try again shortly.' };
      expectError(answer, 'unavailable', [{}], beside);
      expect(answer.headers['retry-after']).toBe('1');
    } finally {
      await own.nest.close().catch(() => undefined);
    }
  });
});
