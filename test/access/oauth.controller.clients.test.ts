import { beforeAll, describe, expect, it } from 'vitest';
import type { RefusalReason } from '../../src/errors/app-error.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';

const PATH = '/oauth/access_token';
const DETAIL = 'The client is unknown or its secret is not right.';

type Refusal = [
  title: string,
  reason: RefusalReason,
  send: (shop: Shop) => { body: string | Record<string, unknown>; type?: string },
];

function proven(shop: Shop, change: Record<string, unknown> = {}): Record<string, unknown> {
  const { clientId, clientSecret } = shop.key;
  return { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, ...change };
}

function implicit(shop: Shop, change: Record<string, unknown> = {}): Record<string, unknown> {
  return { grant_type: 'implicit', client_id: shop.key.clientId, ...change };
}

const clients: Refusal[] = [
  ['an unknown client, implicit', 'key_unknown', (s) => ({ body: implicit(s, { client_id: 'nobody' }) })],
  ['an unknown client with a secret', 'key_unknown', (s) => ({ body: proven(s, { client_id: 'nobody' }) })],
  [
    'a client id in another case',
    'key_unknown',
    (s) => ({ body: implicit(s, { client_id: swapCase(s.key.clientId) }) }),
  ],
  ['a client id of SQL', 'key_unknown', (s) => ({ body: implicit(s, { client_id: "' OR '1'='1" }) })],
  ['a client id of a wildcard', 'key_unknown', (s) => ({ body: implicit(s, { client_id: '%' }) })],
  ['a client id of 65 letters', 'key_unknown', (s) => ({ body: implicit(s, { client_id: 'x'.repeat(65) }) })],
  ['a client id of 50,000 letters', 'key_unknown', (s) => ({ body: implicit(s, { client_id: 'x'.repeat(50_000) }) })],
  ['a client id of bytes that are no UTF-8', 'key_unknown', () => ({ body: 'grant_type=implicit&client_id=%ff%fe' })],
  ['no secret', 'secret_missing', (s) => ({ body: implicit(s, { grant_type: 'client_credentials' }) })],
  ['an empty secret', 'secret_missing', (s) => ({ body: proven(s, { client_secret: '' }) })],
  ['secret null', 'secret_missing', (s) => ({ type: 'json', body: proven(s, { client_secret: null }) })],
  ['a wrong secret', 'secret_wrong', (s) => ({ body: proven(s, { client_secret: 'wrong' }) })],
  ['a wrong secret where none is needed', 'secret_wrong', (s) => ({ body: implicit(s, { client_secret: 'wrong' }) })],
  [
    'a secret cut short',
    'secret_wrong',
    (s) => ({ body: proven(s, { client_secret: s.key.clientSecret.slice(0, -1) }) }),
  ],
  [
    'a secret with a space behind',
    'secret_wrong',
    (s) => ({ body: proven(s, { client_secret: `${s.key.clientSecret} ` }) }),
  ],
  [
    'a secret in another case',
    'secret_wrong',
    (s) => ({ body: proven(s, { client_secret: swapCase(s.key.clientSecret) }) }),
  ],
  ['a secret of 50,000 letters', 'secret_wrong', (s) => ({ body: proven(s, { client_secret: 'x'.repeat(50_000) }) })],
];

function swapCase(text: string): string {
  return Array.from(text)
    .map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');
}

describe('POST /oauth/access_token refuses', () => {
  let app: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
  });

  it.each(clients)('%s as invalid_client (log: %s)', async (_, reason, send) => {
    const { body, type } = send(shop);
    const answer = await app.http
      .post(PATH)
      .type(type ?? 'form')
      .send(body);

    expectError(answer, 'oauth_client_invalid', [{}], { error: 'invalid_client', error_description: DETAIL });
    // RFC 6749 section 5.2 asks for a challenge only where the client tried a scheme; browsers would prompt.
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ route: PATH, status: 401, code: 'oauth_client_invalid', reason });
    expect(line['key_id']).toBe(reason === 'key_unknown' ? undefined : shop.key.keyId);
  });

  it('an unknown client and a wrong secret with the same bytes, but for the request id', async () => {
    const texts = await Promise.all(
      clients.map(async ([, , send]) => {
        const { body, type } = send(shop);
        const answer = await app.http
          .post(PATH)
          .type(type ?? 'form')
          .send(body);
        return answer.text.replaceAll(String(answer.headers['x-request-id']), 'ID');
      }),
    );
    expect(new Set(texts).size).toBe(1);
  });

  it.each([
    ['client_credentials', ['implicit']],
    ['implicit', ['client_credentials']],
    ['client_credentials', []],
    ['implicit', []],
  ] as const)('%s to a key whose grants are %j as unauthorized_client, and logs why', async (grant, grants) => {
    const key = await shop.otherKey({ grants: [...grants] });
    const answer = await app.http
      .post(PATH)
      .type('form')
      .send({ grant_type: grant, client_id: key.clientId, client_secret: key.clientSecret });

    const beside = { error: 'unauthorized_client', error_description: 'This client may not use that grant type.' };
    expectError(answer, 'oauth_client_unauthorized', [{}], beside);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      key_id: key.keyId,
      store_id: shop.storeId,
      code: 'oauth_client_unauthorized',
      reason: 'grant_lost',
    });
  });
});
