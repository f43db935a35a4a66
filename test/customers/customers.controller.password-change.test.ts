import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { storedCustomer } from '../harness/stored-rows.js';

let app: TestApp;
let shop: Shop;
let implicit: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  implicit = await shop.implicit();
});

function withToken(token: string): Record<string, string> {
  return { ...implicit, 'x-moltin-customer-token': token };
}

async function read({ id }: { id: string }, token: string) {
  return app.http.get(`/v2/customers/${id}`).set(withToken(token));
}

async function put({ id }: { id: string }, data: object, headers: Record<string, string>) {
  return app.http.put(`/v2/customers/${id}`).set(headers).send({ data });
}

/** Three tokens of the customer, each used once, so that the service remembers them. */
async function threeTokens(customer: TestCustomer): Promise<[string, string, string]> {
  const tokens: [string, string, string] = [
    (await shop.login(customer)).token,
    (await shop.login(customer)).token,
    (await shop.login(customer)).token,
  ];
  for (const token of tokens) expect((await read(customer, token)).status).toBe(200);
  return tokens;
}

async function expectRevoked(customer: TestCustomer, token: string): Promise<void> {
  const answer = await read(customer, token);
  expectError(answer, 'customer_token_invalid');
  const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
  expect(line).toMatchObject({ code: 'customer_token_invalid', reason: 'revoked' });
}

describe('a change of the password', () => {
  it('ends all other tokens of the customer at once and not the one that acts, when the customer makes it', async () => {
    const ann = await shop.customer();
    const bob = await shop.customer();
    const bobs = (await shop.login(bob)).token;
    const [acting, second, third] = await threeTokens(ann);

    const answer = await put(ann, { password: 'a new password' }, withToken(acting));

    expect(answer.status).toBe(200);
    expect((await read(ann, acting)).status).toBe(200);
    await expectRevoked(ann, second);
    await expectRevoked(ann, third);
    expect((await read(bob, bobs)).status).toBe(200);
    const { rows } = await app.database.pool.query(
      `SELECT count(*)::int AS live FROM customer_tokens WHERE store_id = $1 AND customer_id = $2 AND revoked_at IS NULL`,
      [shop.storeId, ann.id],
    );
    expect(rows).toEqual([{ live: 1 }]);
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line['events']).toEqual(['customer_password_changed', 'customer_tokens_revoked']);
  });

  it('ends all tokens of the customer at once, when it is made with client credentials', async () => {
    const ann = await shop.customer();
    const tokens = await threeTokens(ann);

    expect((await put(ann, { password: 'a new password' }, await shop.service())).status).toBe(200);

    for (const token of tokens) await expectRevoked(ann, token);
  });

  it('ends all but the acting token, when a customer token narrows client credentials', async () => {
    const ann = await shop.customer();
    const [acting, second] = await threeTokens(ann);
    const headers = { ...withToken(acting), ...(await shop.service()) };

    expect((await put(ann, { password: 'a new password' }, headers)).status).toBe(200);

    expect((await read(ann, acting)).status).toBe(200);
    await expectRevoked(ann, second);
  });

  it('replaces the password for the next login, and a token from that login works', async () => {
    const ann = await shop.customer();
    const { password_hash: before } = await storedCustomer(shop, ann.id);

    expect((await put(ann, { password: 'a new password' }, await shop.service())).status).toBe(200);

    const old = await app.http
      .post('/v2/customers/tokens')
      .set(implicit)
      .send({ data: { email: ann.email, password: ann.password } });
    expectError(old, 'credentials_invalid');
    const { token } = await shop.login({ email: ann.email, password: 'a new password' });
    expect((await read(ann, token)).status).toBe(200);
    expect((await storedCustomer(shop, ann.id)).password_hash).not.toBe(before);
  });

  it('ends the other tokens also, when the new password is the old one: that is how people end what they fear', async () => {
    const ann = await shop.customer();
    const [acting, second] = await threeTokens(ann);
    const { password_hash: before } = await storedCustomer(shop, ann.id);

    expect((await put(ann, { password: ann.password }, withToken(acting))).status).toBe(200);

    await expectRevoked(ann, second);
    expect((await storedCustomer(shop, ann.id)).password_hash).not.toBe(before);
  });

  it('ends no token and tells no event, when the write is refused or changes something else', async () => {
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const tokens = await threeTokens(ann);
    const [acting] = tokens;

    const refused = [
      await put(ann, { password: 'short' }, withToken(acting)),
      await put(ann, { password: 'a new password', current_password: 'wrong' }, withToken(acting)),
      await put(ann, { password: 'a new password', email: bob.email }, withToken(acting)),
    ];
    expect(refused.map(({ status }) => status)).toEqual([422, 403, 409]);
    expect((await put(ann, { name: 'Ann', email: uniqueEmail() }, withToken(acting))).status).toBe(200);

    for (const token of tokens) expect((await read(ann, token)).status).toBe(200);
    const lines = refused.map((answer) => app.log.ofRequest(String(answer.headers['x-request-id'])));
    const events = (await Promise.all(lines)).map((line) => line['events']);
    expect(events).toEqual([undefined, ['current_password_refused'], undefined]);
  });
});

describe('a customer without a password', () => {
  it('gets one with client credentials, which sets the stored answer and lets them log in', async () => {
    const ann = await shop.customer({ password: null });
    const login = () =>
      app.http
        .post('/v2/customers/tokens')
        .set(implicit)
        .send({ data: { email: ann.email, password: 'first password' } });
    expectError(await login(), 'credentials_invalid');

    const answer = await put(ann, { password: 'first password' }, await shop.service());

    expect(answer.body).toMatchObject({ data: { password: true } });
    expect((await login()).status).toBe(200);
  });
});
