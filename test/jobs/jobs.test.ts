import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WriteTransaction } from '../../src/database/write-transaction.js';
import { Jobs } from '../../src/jobs/jobs.js';
import { startApp, type TestApp } from '../harness/app.js';
import { declareJob, doJob, makeDue, recordOf } from '../harness/background-jobs.js';
import { DatabaseGate } from '../harness/database-gate.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { ofATest } from '../harness/statements/recorded-statements.js';
import { until } from '../harness/service-process.js';

let app: TestApp;
let twin: TestApp;
let names = 0;

beforeAll(async () => {
  app = await startApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  await app.database.pool.query('CREATE TABLE written (job text, by text)');
});

afterAll(async () => {
  await twin.close();
  await app.close();
});

const newName = () => `test-${(names += 1)}`;

/** What a batch does in these tests, so that it can be seen whether it was kept. */
function write(tx: WriteTransaction, name: string, by: TestApp): Promise<number> {
  return tx.$executeRawUnsafe(ofATest('INSERT INTO written (job, by) VALUES ($1, $2)'), name, holderOf(by));
}

async function written(name: string): Promise<number> {
  const { rows } = await app.database.pool.query('SELECT FROM written WHERE job = $1', [name]);
  return rows.length;
}

function holderOf(at: TestApp): string {
  return at.nest.get(Jobs).holder;
}

async function giveLeaseTo(name: string, holder: string, seconds: number): Promise<void> {
  await app.database.pool.query(
    `INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, statement_timestamp() + make_interval(secs => $3))
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at`,
    [name, holder, seconds],
  );
}

describe('a job', () => {
  it('is done batch by batch until there is no more, and what it did is recorded', async () => {
    const name = newName();
    const left = [3, 2, 0];
    declareJob(app, name, () => async (tx) => {
      await write(tx, name, app);
      return { rows: left.shift() ?? 0, more: left.length > 0 };
    });

    const record = await doJob(app, name);

    expect(await written(name)).toBe(3);
    expect(record).toMatchObject({ rows: 5, failure: null, failures: 0, holder: holderOf(app) });
    expect(record.succeededAt).toEqual(record.endedAt);
    expect(record.beganAt?.getTime()).toBeLessThanOrEqual(record.endedAt?.getTime() ?? 0);
    expect(record.dueAt.getTime() - (record.endedAt?.getTime() ?? 0)).toBe(86_400_000);
    const { rows } = await app.database.pool.query(
      'SELECT expires_at <= statement_timestamp() AS free FROM leases WHERE name = $1',
      [name],
    );
    expect(rows).toEqual([{ free: true }]);
    await app.nest.get(Jobs).runDue();
    expect(await written(name)).toBe(3);
  });

  it('begins anew with each run', async () => {
    const name = newName();
    let begun = 0;
    declareJob(app, name, () => {
      begun += 1;
      return () => Promise.resolve({ rows: 0, more: false });
    });
    await doJob(app, name);
    await doJob(app, name);
    expect(begun).toBe(2);
  });

  it('has a name of its own', () => {
    const name = newName();
    const begin = () => () => Promise.resolve({ rows: 0, more: false });
    declareJob(app, name, begin);
    expect(() => declareJob(app, name, begin)).toThrow(`there is a job ${name} already`);
  });

  it('is done by one of two processes at a time, also when both look for it at once', async () => {
    const name = newName();
    let active = 0;
    let together = 0;
    for (const at of [app, twin]) {
      declareJob(at, name, () => {
        let batches = 0;
        return async (tx) => {
          active += 1;
          together = Math.max(together, active);
          await write(tx, name, at);
          active -= 1;
          return { rows: 1, more: (batches += 1) < 3 };
        };
      });
    }
    for (let round = 0; round < 10; round += 1) {
      await makeDue(app, name);
      await Promise.all([app, twin].map((at) => at.nest.get(Jobs).runDue()));
    }
    expect(together).toBe(1);
    expect(await written(name)).toBe(30);
    const { rows } = await app.database.pool.query('SELECT by, count(*)::int FROM written WHERE job = $1 GROUP BY by', [
      name,
    ]);
    for (const { count } of rows as { count: number }[]) expect(count % 3).toBe(0);
  });

  it('is left to whoever holds its lease, and taken over when the time of the lease is over', async () => {
    const name = newName();
    declareJob(app, name, () => async (tx) => ({ rows: await write(tx, name, app), more: false }));
    await giveLeaseTo(name, 'a process that died', 15);

    expect((await doJob(app, name)).beganAt).toBeNull();
    expect(await written(name)).toBe(0);

    await giveLeaseTo(name, 'a process that died', 0);
    expect(await doJob(app, name)).toMatchObject({ rows: 1, holder: holderOf(app) });
    expect(await written(name)).toBe(1);
  });

  it('writes nothing more and records nothing once its lease was taken away', async () => {
    const name = newName();
    let batches = 0;
    let taken: Promise<void> | undefined;
    declareJob(app, name, () => async (tx) => {
      batches += 1;
      const rows = await write(tx, name, app);
      // Waits for the end of this batch, and comes before one of the next.
      taken ??= giveLeaseTo(name, 'another process', 3_600);
      return { rows, more: batches < 1_000 };
    });

    expect(await doJob(app, name)).toMatchObject({ rows: 0, endedAt: null, succeededAt: null, failure: null });

    await taken;
    expect(batches).toBeLessThan(1_000);
    expect(await written(name)).toBe(batches);
    expect(app.log.entries()).toContainEqual(
      expect.objectContaining({ job: name, level: 40, msg: 'job was taken over by another process' }),
    );
  });
});

describe('a job that fails', () => {
  it('leaves nothing of the batch that failed, is logged and recorded without details, and tried again ever later', async () => {
    const name = newName();
    let batches = 0;
    let fails = true;
    declareJob(app, name, () => async (tx) => {
      batches += 1;
      await write(tx, name, app);
      if (fails && batches % 2 === 0) await tx.$queryRaw`SELECT 1 / (length('canary') - 6)`;
      return { rows: 1, more: batches % 2 === 1 };
    });
    const delays: unknown[] = [];
    for (let run = 1; run <= 4; run += 1) {
      const { dueAt, endedAt, ...record } = await doJob(app, name);
      expect(record).toMatchObject({ rows: 1, failures: run, succeededAt: null });
      expect(record.failure).toMatch(/^\w+ 22012$/);
      delays.push(dueAt.getTime() - (endedAt?.getTime() ?? 0));
    }
    expect(delays).toEqual([10_000, 20_000, 40_000, 80_000]);
    expect(await written(name)).toBe(4);
    const lines = app.log.entries().filter(({ job }) => job === name);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual(
      Array.from({ length: 4 }, () => [50, 'job failed and will be tried again']),
    );
    expect(app.log.lines.join('')).not.toContain('canary');

    fails = false;
    expect(await doJob(app, name)).toMatchObject({ rows: 2, failure: null, failures: 0 });
  });

  it('is tried at least once an hour', async () => {
    const name = newName();
    declareJob(app, name, () => () => Promise.reject(new Error('broken for a test')));
    await makeDue(app, name);
    await app.database.pool.query('UPDATE jobs SET failures = 1000000 WHERE name = $1', [name]);
    const { dueAt, endedAt, failure } = await doJob(app, name);
    expect(dueAt.getTime() - (endedAt?.getTime() ?? 0)).toBe(3_600_000);
    expect(failure).toBe('Error');
  });

  it('keeps no other job from being done', async () => {
    const [broken, whole] = [newName(), newName()];
    declareJob(app, broken, () => {
      throw new TypeError('broken for a test');
    });
    declareJob(app, whole, () => async (tx) => ({ rows: await write(tx, whole, app), more: false }));
    for (const name of [broken, whole]) await makeDue(app, name);
    await app.nest.get(Jobs).runDue();
    expect(await recordOf(app, broken)).toMatchObject({ failure: 'TypeError', failures: 1 });
    expect(await recordOf(app, whole)).toMatchObject({ rows: 1, failure: null });
  });
});

describe('a process that shuts down', () => {
  it('ends a job with its batch and gives the lease back, so that another goes on at once', async () => {
    const name = newName();
    const ending = await startApp({ databaseUrl: app.config.databaseUrl }, { runs: true, lookSeconds: 0.02 });
    let batches = 0;
    const batch = (at: TestApp, more: boolean) => async (tx: WriteTransaction) => {
      batches += 1;
      return { rows: await write(tx, name, at), more };
    };
    declareJob(ending, name, () => batch(ending, true));
    await makeDue(ending, name);
    await until(() => (batches >= 3 ? true : null));
    const holder = holderOf(ending);

    await ending.close();

    expect(await written(name)).toBe(batches);
    const record = await recordOf(app, name);
    expect(record).toMatchObject({ rows: batches, succeededAt: null, failure: null, holder });
    expect(record.endedAt).not.toBeNull();
    declareJob(app, name, () => batch(app, false));
    await app.nest.get(Jobs).runDue();
    expect(await recordOf(app, name)).toMatchObject({ rows: 1, failure: null, holder: holderOf(app) });
  });
});

describe('a process without its database', () => {
  it('says so, and goes on by itself when the database is back', async () => {
    const gate = await DatabaseGate.before(await freshDatabaseUrl());
    const cut = await startApp({ databaseUrl: gate.url }, { runs: true, lookSeconds: 0.02 });
    let batches = 0;
    cut.nest.get(Jobs).declare({
      name: 'often',
      everySeconds: 0.02,
      begin: () => () => Promise.resolve({ rows: (batches += 1), more: false }),
    });
    await until(() => (batches > 1 ? true : null));

    await gate.shut();
    const warning = 'work in the background cannot be looked for';
    await until(() => (cut.log.entries().some(({ msg, level }) => msg === warning && level === 40) ? true : null));
    await gate.open();

    const before = batches;
    await until(() => (batches > before + 1 ? true : null));
    expect(cut.log.entries().filter(({ level }) => level === 60)).toEqual([]);
    await cut.close();
    await gate.close();
  });
});
