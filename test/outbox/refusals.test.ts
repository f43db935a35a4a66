import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusals } from '../../src/outbox/refusals.js';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob } from '../harness/background-jobs.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

async function counts({ storeId }: Shop) {
  await app.nest.get(Refusals).flush();
  const rows = await app.database.prisma.refusalCount.findMany({
    where: { storeId },
    orderBy: [{ accountId: 'asc' }, { reason: 'asc' }],
  });
  return rows.map(({ minute: _, storeId: __, ...row }) => row);
}

async function tryToLogIn(shop: Shop, email: string, password: string): Promise<void> {
  const answer = await app.http
    .post('/v2/customers/tokens')
    .set(await shop.implicit())
    .send({ data: { type: 'token', email, password } })
    .expect(404);
  // The line is written when the answer has left, and the count is made of it.
  await app.log.ofRequest(String(answer.headers['x-request-id']));
}

describe('refused logins', () => {
  it('are counted per account, address and minute, however many there are', async () => {
    const shop = await givenShop(app);
    const ann = await shop.customer();
    for (let attempt = 0; attempt < 5; attempt += 1) await tryToLogIn(shop, ann.email, `wrong ${attempt}`);

    expect(await counts(shop)).toEqual([
      { type: 'login_failed', reason: 'password_wrong', accountId: ann.id, clientAddress: '127.0.0.1', occurrences: 5 },
    ]);
    await tryToLogIn(shop, ann.email, 'wrong again');
    expect((await counts(shop))[0]?.occurrences).toBe(6);
  });

  it('of an email that nobody has are counted without it', async () => {
    const shop = await givenShop(app);
    const email = uniqueEmail();
    for (const typed of [email, uniqueEmail()]) await tryToLogIn(shop, typed, 'any password');

    expect(await counts(shop)).toEqual([
      { type: 'login_failed', reason: 'email_unknown', accountId: '', clientAddress: '127.0.0.1', occurrences: 2 },
    ]);
  });

  it('become one event each when their minute is over, and not before', async () => {
    const shop = await givenShop(app);
    const ann = await shop.customer();
    for (let attempt = 0; attempt < 3; attempt += 1) await tryToLogIn(shop, ann.email, 'wrong');
    await counts(shop);
    const { storeId } = shop;
    const refused = () => app.database.prisma.event.findMany({ where: { storeId, outcome: 'refused' } });
    expect(await doJob(app, 'refusal-events')).toMatchObject({ failure: null });
    expect(await refused()).toEqual([]);

    await app.database.pool.query(
      `UPDATE refusal_counts SET minute = minute - interval '3 minutes' WHERE store_id = $1`,
      [storeId],
    );
    expect(await doJob(app, 'refusal-events')).toMatchObject({ failure: null });

    expect(await counts(shop)).toEqual([]);
    expect(await refused()).toEqual([
      expect.objectContaining({
        type: 'login_failed',
        reason: 'password_wrong',
        subjectType: 'customer',
        subjectId: ann.id,
        actorType: 'unknown',
        actorId: null,
        occurrences: 3,
        personal: { salt: expect.any(String), members: { client_address: '127.0.0.1' } },
      }),
    ]);
  });

  it('of one store and minute fill so many rows and no more, whoever guesses', async () => {
    const shop = await givenShop(app);
    const refusals = app.nest.get(Refusals);
    await refusals.flush();
    const guess = (index: number) => ({
      storeId: shop.storeId,
      type: 'login_failed' as const,
      reason: 'email_unknown',
      accountId: null,
      clientAddress: `2001:db8::${index.toString(16)}`,
    });
    app.clock.stopAt(Math.floor(Date.now() / 60_000) * 60);
    for (let index = 0; index < 5_000; index += 1) {
      refusals.count(guess(index));
      if (index % 1_000 === 500) await refusals.flush();
    }

    const rows = await counts(shop);
    app.clock.goOn();

    expect(rows.length).toBeLessThanOrEqual(1_001);
    expect(rows.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(5_000);
  });

  it('are all counted when a write fails, also those for which there is no room, and hold up no other store', async () => {
    const [shop, other] = [await givenShop(app), await givenShop(app)];
    const refusals = app.nest.get(Refusals);
    await refusals.flush();
    const guess = ({ storeId }: Shop, index: number) =>
      refusals.count({
        storeId,
        type: 'login_failed',
        reason: 'email_unknown',
        accountId: null,
        clientAddress: `2001:db8::${index.toString(16)}`,
      });
    const { storeId } = shop;
    await app.database.pool.query(
      `ALTER TABLE refusal_counts ADD CONSTRAINT refusal_counts_away CHECK (store_id <> '${storeId}')`,
    );
    try {
      for (let index = 0; index < 1_500; index += 1) guess(shop, index);
      guess(other, 0);
      await refusals.flush();
      expect(await counts(other)).toMatchObject([{ occurrences: 1 }]);
      for (let index = 1_000; index < 2_500; index += 1) guess(shop, index);
    } finally {
      await app.database.pool.query('ALTER TABLE refusal_counts DROP CONSTRAINT refusal_counts_away');
    }

    const rows = await counts(shop);
    expect(rows.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(3_000);
  });

  it('are counted on when the database was away', async () => {
    const shop = await givenShop(app);
    const ann = await shop.customer();
    await app.database.pool.query('ALTER TABLE refusal_counts RENAME TO refusal_counts_away');
    try {
      await tryToLogIn(shop, ann.email, 'wrong');
      await app.nest.get(Refusals).flush();
    } finally {
      await app.database.pool.query('ALTER TABLE refusal_counts_away RENAME TO refusal_counts');
    }

    expect(await counts(shop)).toMatchObject([{ accountId: ann.id, occurrences: 1 }]);
  });
});
