import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { Forge, forgeries, type Forgery } from '../harness/token-forgeries.js';
import { givenShop, type Shop } from '../harness/shop.js';

const CHALLENGE = 'Bearer realm="gatehouse", error="invalid_token"';

/** What only access tokens have. */
const accessForgeries: Forgery[] = [
  ['no client_id', 'claims_invalid', (f) => f.claims({ client_id: undefined })],
  ['client_id of somebody else', 'claims_invalid', (f) => f.claims({ client_id: 'somebody-else' })],
  ['client_id an object', 'claims_invalid', (f) => f.claims({ client_id: { not: '' } })],
  ['sub and client_id of an unknown client', 'key_gone', (f) => f.claims({ sub: 'nobody', client_id: 'nobody' })],
  ['no key_id', 'claims_invalid', (f) => f.claims({ key_id: undefined })],
  ['key_id no UUID', 'claims_invalid', (f) => f.claims({ key_id: '%' })],
  ['key_id of another key', 'key_gone', (f) => f.claims({ key_id: randomUUID() })],
  ['no grant_type', 'claims_invalid', (f) => f.claims({ grant_type: undefined })],
  ['grant_type in a list', 'claims_invalid', (f) => f.claims({ grant_type: ['client_credentials'] })],
  ['a payload that is text', 'issuer_mismatch', (f) => f.payload('"text"')],
  ['a payload that is null', 'issuer_mismatch', (f) => f.payload('null')],
  ['a payload that is no JSON', 'issuer_mismatch', (f) => f.payload('{iss')],
];

describe('a forged access token', () => {
  let app: TestApp;
  let shop: Shop;
  let forge: Forge;

  const ask = (token: string) => app.http.get('/v2/settings/store').set('authorization', `Bearer ${token}`);

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    const stranger = await givenShop(app);
    forge = new Forge(app, 'access', await shop.token('client_credentials'), stranger.storeId);
  });

  it('is told from a true one, put together by the same hands, that opens the route', async () => {
    await ask(forge.token).expect(200);
    await ask(forge.claims({})).expect(200);
    await ask(forge.header({ jku: 'http://127.0.0.1:9/' })).expect(200);
  });

  it.each([...forgeries, ...accessForgeries])('with %s is the one 401 (log: %s)', async (_, reason, forged) => {
    const token = forged(forge);
    const answer = await ask(token);

    expectError(answer, 'access_token_invalid');
    expect(answer.headers['www-authenticate']).toBe(CHALLENGE);
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ status: 401, code: 'access_token_invalid', reason, route: '/v2/settings/store' });
    expect(JSON.stringify(line)).not.toContain(token);
  });

  it('never makes the service fetch a key from where the token says', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.end('{"keys":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    try {
      for (const members of [{ jku: url }, { x5u: url }, { kid: url }, { kid: url, jku: url, x5u: url, iss: url }]) {
        expectError(await ask(forge.header(members, forge.stranger)), 'access_token_invalid');
      }
      expect(requests).toBe(0);
      await fetch(url);
      expect(requests).toBe(1);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('is the one 401 as a customer token, which opens the customer’s own data in its own header only', async () => {
    const ann = await shop.customer();
    const { token } = await shop.login(ann);

    const answer = await app.http.get(`/v2/customers/${ann.id}`).set('authorization', `Bearer ${token}`);

    expectError(answer, 'access_token_invalid');
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ reason: 'key_unknown' });
  });

  it('is answered with the same bytes whatever is wrong with it, but for the request id', async () => {
    const answers = await Promise.all(
      [...forgeries, ...accessForgeries].map(async ([, , forged]) => {
        const answer = await ask(forged(forge));
        return answer.text.replaceAll(String(answer.headers['x-request-id']), 'ID');
      }),
    );

    expect(answers.length).toBeGreaterThanOrEqual(100);
    expect(new Set(answers)).toEqual(
      new Set([
        '{"errors":[{"status":401,"title":"Unable to validate access token",' +
          '"detail":"The access token is missing, unknown or expired.","code":"access_token_invalid","request_id":"ID"}]}',
      ]),
    );
  });
});
