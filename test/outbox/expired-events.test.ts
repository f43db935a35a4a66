import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob } from '../harness/background-jobs.js';
import { givenShop } from '../harness/shop.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ eventRetentionDays: 30 });
});

afterAll(() => app.close());

describe('the sweep of events', () => {
  it('removes those that are older than the retention and have been shown, and keeps all others', async () => {
    const shop = await givenShop(app);
    const [old, young, waiting] = [await shop.customer(), await shop.customer(), await shop.customer()];
    const age = (subjectId: string, days: number, position: number | null) =>
      app.database.pool.query(
        `UPDATE events SET occurred_at = now() - make_interval(days => $2), position = $3 WHERE subject_id = $1`,
        [subjectId, days, position],
      );
    await age(old.id, 31, 1);
    await age(young.id, 29, 2);
    await age(waiting.id, 31, null);

    expect(await doJob(app, 'expired-events')).toMatchObject({ rows: 1, failure: null });

    const left = await app.database.prisma.event.findMany({ where: { storeId: shop.storeId } });
    expect(new Set(left.map(({ subjectId }) => subjectId))).toEqual(new Set([young.id, waiting.id]));
    expect(await app.database.prisma.customer.count({ where: { storeId: shop.storeId } })).toBe(3);
  });
});
