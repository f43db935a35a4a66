import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob } from '../harness/background-jobs.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

const JOB = 'expired-customer-tokens';
const HOUR = 3_600;

let app: TestApp;
let shops: Shop[];

beforeAll(async () => {
  app = await startApp({ tokenSigningAlg: 'ES256' });
  shops = [await givenShop(app), await givenShop(app)];
});

afterAll(() => app.close());

/** A login of the customer whose token has ended so many seconds ago by the database's time; negative: it has not yet. */
async function tokenThatEnded(shop: Shop, { email, password }: TestCustomer, secondsAgo: number): Promise<string> {
  const answer = await app.http
    .post('/v2/customers/tokens')
    .set(await shop.implicit())
    .send({ data: { email, password } })
    .expect(200);
  const { id } = (answer.body as { data: { id: string } }).data;
  await app.database.pool.query(
    `UPDATE customer_tokens SET expires_at = now() - make_interval(secs => $3) WHERE store_id = $1 AND id = $2`,
    [shop.storeId, id, secondsAgo],
  );
  return id;
}

async function kept(): Promise<string[]> {
  const { rows } = await app.database.pool.query<{ id: string }>('SELECT id FROM customer_tokens');
  return rows.map(({ id }) => id).toSorted();
}

describe('the sweep of customer tokens', () => {
  it('removes those of every store an hour after their end, revoked or not, and leaves all others and the customers', async () => {
    const staying: string[] = [];
    for (const shop of shops) {
      const ann = await shop.customer();
      for (const secondsAgo of [HOUR + 60, 30 * 86_400]) await tokenThatEnded(shop, ann, secondsAgo);
      const revoked = await tokenThatEnded(shop, ann, HOUR + 60);
      const where = { storeId_id: { storeId: shop.storeId, id: revoked } };
      await app.database.prisma.customerToken.update({ where, data: { revokedAt: new Date() } });
      for (const secondsAgo of [-86_400, -60, 60, HOUR - 60]) staying.push(await tokenThatEnded(shop, ann, secondsAgo));
    }

    expect(await doJob(app, JOB)).toMatchObject({ rows: 6, failure: null });

    expect(await kept()).toEqual(staying.toSorted());
    expect((await app.database.pool.query('SELECT FROM customers')).rowCount).toBe(2);
    expect(await doJob(app, JOB)).toMatchObject({ rows: 0, failure: null });
  });

  it('leaves the token of a customer who is logged in good', async () => {
    const [shop] = shops;
    if (shop === undefined) throw new Error('no shop');
    const ann = await shop.customer();
    const headers = await shop.as(ann);

    await doJob(app, JOB);

    await app.http.get(`/v2/customers/${ann.id}`).set(headers).expect(200);
  });
});
