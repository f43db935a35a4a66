import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { Jobs } from '../../src/jobs/jobs.js';
import { storeSweep } from '../../src/jobs/store-sweep.js';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob } from '../harness/background-jobs.js';

const STORES = 120;

let app: TestApp;
let storeIds: string[];

beforeAll(async () => {
  app = await startApp();
  const now = new Date();
  await app.database.prisma.store.createMany({
    data: Array.from({ length: STORES }, (_, index) => ({
      id: newId(),
      handle: `sweep-${index}`,
      registration: 'open' as const,
      requireCurrentPassword: false,
      pageLength: 25,
      addressLimit: 25,
      createdAt: now,
      updatedAt: now,
    })),
  });
  const stores = await app.database.prisma.store.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
  storeIds = stores.map(({ id }) => id);
});

afterAll(() => app.close());

describe('a sweep by store', () => {
  it('goes through every store once, and stays at one as long as a batch does not empty it', async () => {
    const left = new Map(storeIds.map((id, index) => [id, index === 7 ? 1_200 : index % 3]));
    const total = [...left.values()].reduce((sum, rows) => sum + rows, 0);
    const asked: string[] = [];
    app.nest.get(Jobs).declare(
      storeSweep({
        name: 'by-store',
        everySeconds: 60,
        sweep: (_, storeId, rowsMax) => {
          expect(rowsMax).toBeGreaterThan(0);
          expect(rowsMax).toBeLessThanOrEqual(500);
          if (asked.at(-1) !== storeId) asked.push(storeId);
          const rows = Math.min(left.get(storeId) ?? 0, rowsMax);
          left.set(storeId, (left.get(storeId) ?? 0) - rows);
          return Promise.resolve(rows);
        },
      }),
    );

    expect(await doJob(app, 'by-store')).toMatchObject({ rows: total, failure: null });

    expect(asked).toEqual(storeIds);
    expect([...left.values()].filter((rows) => rows > 0)).toEqual([]);
  });
});
