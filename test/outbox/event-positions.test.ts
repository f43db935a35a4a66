import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemOf } from '../../src/database/authority.js';
import { newId } from '../../src/crypto/identifiers.js';
import { EventPositions } from '../../src/outbox/event-positions.js';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob } from '../harness/background-jobs.js';
import { givenShop, type Shop } from '../harness/shop.js';

let app: TestApp;
let twin: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await startApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  shop = await givenShop(app);
});

afterAll(async () => {
  await twin.close();
  await app.close();
});

/** As a reader sees them: by their positions. */
async function seen({ storeId }: Shop): Promise<{ position: number; subjectId: string | null }[]> {
  const rows = await app.database.prisma.event.findMany({
    where: { storeId, position: { not: null } },
    orderBy: { position: 'asc' },
  });
  return rows.map(({ position, subjectId }) => ({ position: Number(position), subjectId }));
}

function record(at: TestApp, storeId: string, subjectId: string, before: () => Promise<void> = async () => undefined) {
  return at.database.write(systemOf(storeId), async (tx) => {
    tx.record({ type: 'customer_changed', subjectId });
    await tx.$executeRaw`SELECT 1`;
    await before();
  });
}

/** A transaction that began, and that ends when it is told to. */
function held(at: TestApp, storeId: string, subjectId: string) {
  let release = (): void => undefined;
  let begun = (): void => undefined;
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    release = resolve;
  });
  const committed = record(at, storeId, subjectId, async () => {
    begun();
    await ended;
  });
  return { hasBegun, commit: () => (release(), committed) };
}

describe('the positions of events', () => {
  it('never put an event before one that was shown, when transactions are committed in the reverse of their order', async () => {
    const { storeId } = await givenShop(app);
    const place = { storeId } as Shop;
    const ids = [newId(), newId(), newId()];
    const transactions = [];
    for (const id of ids) {
      const transaction = held(app, storeId, id);
      await transaction.hasBegun;
      transactions.push(transaction);
    }
    const shown: (string | null)[] = [];
    for (const transaction of transactions.toReversed()) {
      await transaction.commit();
      await app.nest.get(EventPositions).numberNow(storeId, 100);
      const now = (await seen(place)).map(({ subjectId }) => subjectId);
      expect(now.slice(0, shown.length)).toEqual(shown);
      shown.splice(0, shown.length, ...now);
    }

    expect(await seen(place)).toEqual(ids.toReversed().map((subjectId, index) => ({ position: index + 1, subjectId })));
  });

  it('have no gap and no double, when two processes number what many write at once', async () => {
    const { storeId } = await givenShop(app);
    const place = { storeId } as Shop;
    const writing = Promise.all(
      Array.from({ length: 60 }, (_, index) => record(index % 2 === 0 ? app : twin, storeId, newId())),
    );
    const state = { done: false };
    const finish = async () => {
      await writing;
      state.done = true;
    };
    const number = async (at: TestApp) => {
      while (!state.done) await at.nest.get(EventPositions).numberNow(storeId, 7);
    };
    await Promise.all([number(app), number(twin), finish()]);
    while ((await app.nest.get(EventPositions).numberNow(storeId, 7)) > 0);

    const positions = (await seen(place)).map(({ position }) => position);
    expect(positions).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  it('are given by the job to the events of every store, oldest first, and begin at 1 in each', async () => {
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const other = await givenShop(app);
    const eve = await other.customer();

    expect(await doJob(app, 'event-positions')).toMatchObject({ failure: null });

    expect(await seen(shop)).toEqual([
      { position: 1, subjectId: ann.id },
      { position: 2, subjectId: bob.id },
    ]);
    expect(await seen(other)).toEqual([{ position: 1, subjectId: eve.id }]);
    expect((await app.database.pool.query('SELECT FROM events WHERE position IS NULL')).rowCount).toBe(0);
  });
});
