import { afterEach, beforeAll, describe, expect, it, type MockInstance, vi } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { aSecondLater } from '../harness/process-time.js';
import { until } from '../harness/service-process.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

type Headers = Record<string, string>;
/** One of the ways to call `query`. */
type Query = (...args: unknown[]) => Promise<unknown>;

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function read({ id }: TestCustomer, headers: Headers) {
  return app.http.get(`/v2/customers/${id}`).set(headers);
}

/** Watches the statement that looks a token up; it can be held back after the database has answered. */
function watchChecks() {
  const watch = { count: 0, answered: 0, hold: Promise.resolve() };
  const { pool } = app.database;
  const query = pool.query.bind(pool) as Query;
  const watched = async (...args: unknown[]) => {
    const [statement] = args as [{ name?: string } | string];
    if (typeof statement !== 'object' || statement.name !== 'customer-token-check') return query(...args);
    watch.count += 1;
    const { hold } = watch;
    const result = await query(...args);
    watch.answered += 1;
    await hold;
    return result;
  };
  (vi.spyOn(pool, 'query') as unknown as MockInstance<Query>).mockImplementation(watched);
  return watch;
}

describe('the memory of customer tokens', () => {
  it('spares the database a look at a token that was just seen, for less than a second', async () => {
    const ann = await shop.customer();
    const own = await shop.as(ann);
    const watch = watchChecks();

    for (let times = 0; times < 5; times += 1) expect((await read(ann, own)).status).toBe(200);
    expect(watch.count).toBe(1);

    expect((await aSecondLater(() => read(ann, own))).status).toBe(200);
    expect(watch.count).toBe(2);
  });

  it('keeps no refusal, so that a token is looked up each time until it is good', async () => {
    const ann = await shop.customer();
    const { id, token } = await shop.login(ann);
    const own = { ...(await shop.implicit()), 'x-moltin-customer-token': token };
    const revoke = (at: string) =>
      app.database.pool.query(`UPDATE customer_tokens SET revoked_at = ${at} WHERE store_id = $1 AND id = $2`, [
        shop.storeId,
        id,
      ]);
    await revoke('now()');
    expectError(await read(ann, own), 'customer_token_invalid');
    expectError(await read(ann, own), 'customer_token_invalid');

    await revoke('NULL');
    expect((await read(ann, own)).status).toBe(200);
  });

  it('belongs to the store that the token came with: no other store profits from it', async () => {
    const elsewhere = await givenShop(app);
    const ann = await shop.customer();
    const own = await shop.as(ann);
    expect((await read(ann, own)).status).toBe(200);

    const foreign = { ...own, ...(await elsewhere.implicit()) };
    expectError(await read(ann, foreign), 'customer_token_invalid');
    expectError(await app.http.get('/v2/customers').set(foreign), 'customer_token_invalid');
  });

  it('belongs to the whole token: another signature under the same claims is not known', async () => {
    const ann = await shop.customer();
    const own = await shop.as(ann);
    expect((await read(ann, own)).status).toBe(200);
    const [header = '', payload = '', signature = ''] = (own['x-moltin-customer-token'] ?? '').split('.');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;

    for (const forged of [`${header}.${payload}.${flipped}`, `${header}.${payload}.`, `${header}.${payload}`]) {
      const answer = await read(ann, { ...own, 'x-moltin-customer-token': forged });
      expectError(answer, 'customer_token_invalid');
    }
  });

  it('does not outlive the token: what was remembered a moment before it expires is refused in the second it does', async () => {
    const ann = await shop.customer();
    const { token, expires } = await shop.login(ann);
    const own = { ...(await shop.implicit()), 'x-moltin-customer-token': token };
    expect((await read(ann, own)).status).toBe(200);
    const watch = watchChecks();
    const nowSeconds = vi.spyOn(app.clock, 'nowSeconds');

    nowSeconds.mockReturnValue(expires - 1);
    const before = await app.http.get('/v2/customers').set({ ...own, ...(await shop.implicit()) });
    nowSeconds.mockReturnValue(expires);
    const after = await app.http.get('/v2/customers').set({ ...own, ...(await shop.implicit()) });

    expect(before.status).toBe(200);
    expectError(after, 'customer_token_invalid');
    expect(watch.count).toBeLessThanOrEqual(1);
  });

  it.each([
    [
      'changes the password',
      (ann: TestCustomer, service: Headers) =>
        app.http
          .put(`/v2/customers/${ann.id}`)
          .set(service)
          .send({ data: { password: 'another horse' } }),
    ],
    [
      'deletes the customer',
      (ann: TestCustomer, service: Headers) => app.http.delete(`/v2/customers/${ann.id}`).set(service),
    ],
  ])('keeps nothing of a check that was in flight while a request %s', async (_, end) => {
    const ann = await shop.customer();
    const own = await shop.as(ann);
    const service = await shop.service();
    const watch = watchChecks();
    let release = () => {};
    watch.hold = new Promise<void>((resolve) => (release = resolve));

    const inFlight = read(ann, own);
    await until(() => (watch.answered === 1 ? true : null));
    watch.hold = Promise.resolve();
    expect([200, 204]).toContain((await end(ann, service)).status);
    release();
    // It had seen a good token before the change; whether its customer is still there is another matter.
    expect([200, 404]).toContain((await inFlight).status);

    expectError(await read(ann, own), 'customer_token_invalid');
    expect(watch.count).toBe(2);
  });
});
