import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { Forge, forgeries, type Forgery } from '../harness/token-forgeries.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

/** What only customer tokens have. */
const customerForgeries: Forgery[] = [
  ['no name', 'claims_invalid', (f) => f.claims({ name: undefined })],
  ['name a number', 'claims_invalid', (f) => f.claims({ name: 1 })],
  ['sub no UUID', 'claims_invalid', (f) => f.claims({ sub: 'somebody' })],
  ['sub in braces', 'claims_invalid', (f) => f.claims({ sub: `{${String(f.parts.payload['sub'])}}` })],
  ['sub of an unknown customer', 'customer_gone', (f) => f.claims({ sub: randomUUID() })],
  ['jti of a token that was never issued', 'customer_gone', (f) => f.claims({ jti: randomUUID() })],
  ['a payload that is text', 'issuer_mismatch', (f) => f.payload('"text"')],
  ['a payload that is null', 'claims_invalid', (f) => f.payload('null')],
  ['a payload that is no JSON', 'header_invalid', (f) => f.payload('{iss')],
];

describe('a forged customer token', () => {
  let app: TestApp;
  let shop: Shop;
  let ann: TestCustomer;
  let forge: Forge;
  let implicit: Record<string, string>;

  const ask = (token: string) =>
    app.http.get(`/v2/customers/${ann.id}`).set(implicit).set('x-moltin-customer-token', token);

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    ann = await shop.customer();
    implicit = await shop.implicit();
    const stranger = await givenShop(app);
    forge = new Forge(app, 'customer', (await shop.login(ann)).token, stranger.storeId);
  });

  it('is told from a true one, put together by the same hands, that opens the route', async () => {
    await ask(forge.token).expect(200);
    await ask(forge.claims({})).expect(200);
    await ask(forge.claims({ name: 'Another Name' })).expect(200);
  });

  it.each([...forgeries, ...customerForgeries])('with %s is the one 403 (log: %s)', async (_, reason, forged) => {
    const token = forged(forge);
    const answer = await ask(token);

    expectError(answer, 'customer_token_invalid');
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ status: 403, code: 'customer_token_invalid', reason, store_id: shop.storeId });
    expect(JSON.stringify(line)).not.toContain(token);
  });

  it('is the one 403 as the access token of the same request', async () => {
    const answer = await ask(await shop.token('client_credentials'));

    expectError(answer, 'customer_token_invalid');
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ reason: 'key_unknown' });
  });

  it('is the one 403 as another customer’s token whose sub was changed to this one', async () => {
    const bob = await shop.customer();
    const { token } = await shop.login(bob);
    const forged = new Forge(app, 'customer', token, shop.storeId).claims({ sub: ann.id });

    const answer = await ask(forged);

    expectError(answer, 'customer_token_invalid');
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ reason: 'customer_gone' });
  });

  it('is the one 403 as a true token of another store, and so is a true one beside the other store’s access token', async () => {
    const other = await givenShop(app);
    const bob = await other.customer();
    const { token } = await other.login(bob);

    expectError(await ask(token), 'customer_token_invalid');
    const reverse = await app.http
      .get(`/v2/customers/${ann.id}`)
      .set(await other.implicit())
      .set('x-moltin-customer-token', forge.token);
    expectError(reverse, 'customer_token_invalid');
  });

  it('is refused before the path is looked at: also for another customer, for an unknown one and on a list', async () => {
    for (const path of [`/v2/customers/${randomUUID()}`, '/v2/customers/no-uuid', '/v2/customers']) {
      const answer = await app.http
        .get(path)
        .set(implicit)
        .set('x-moltin-customer-token', forge.header({}, forge.stranger));
      expectError(answer, 'customer_token_invalid');
    }
  });

  it('is answered with the same bytes whatever is wrong with it, but for the request id', async () => {
    const answers = await Promise.all(
      [...forgeries, ...customerForgeries].map(async ([, , forged]) => {
        const answer = await ask(forged(forge));
        return answer.text.replaceAll(String(answer.headers['x-request-id']), 'ID');
      }),
    );

    expect(answers.length).toBeGreaterThanOrEqual(100);
    expect(new Set(answers)).toEqual(
      new Set([
        '{"errors":[{"status":403,"title":"Forbidden",' +
          '"detail":"The customer token supplied is not valid.","code":"customer_token_invalid","request_id":"ID"}]}',
      ]),
    );
  });
});
