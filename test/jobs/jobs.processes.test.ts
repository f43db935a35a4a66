import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, newTokenId } from '../../src/crypto/identifiers.js';
import { Jobs } from '../../src/jobs/jobs.js';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob, makeDue, recordOf } from '../harness/background-jobs.js';
import { withClient } from '../harness/postgres.js';
import { followSecondProcess } from '../harness/second-process.js';
import { endAll, until } from '../harness/service-process.js';
import { givenShop, type Shop } from '../harness/shop.js';

const JOB = 'expired-customer-tokens';
const ROWS = 1_100;

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await startApp();
  shop = await givenShop(app);
});

afterAll(async () => {
  await endAll();
  await app.close();
});

async function givenExpiredTokens(): Promise<void> {
  const { id } = await shop.customer();
  const day = new Date(Date.now() - 2 * 86_400_000);
  await app.database.prisma.customerToken.createMany({
    data: Array.from({ length: ROWS }, () => ({
      storeId: shop.storeId,
      id: newTokenId(),
      customerId: id,
      mechanism: 'password' as const,
      createdAt: day,
      expiresAt: day,
    })),
  });
}

const left = () => app.database.prisma.customerToken.count({ where: { storeId: shop.storeId } });

/** Keeps whoever removes tokens in the middle of a batch until the test lets go. */
async function whileRemovalsWait(work: () => Promise<void>): Promise<void> {
  await withClient(app.config.databaseUrl, async (client) => {
    await client.query(`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(2.5); RETURN OLD; END $$`);
    await client.query(
      'CREATE TRIGGER wait BEFORE DELETE ON customer_tokens FOR EACH STATEMENT EXECUTE FUNCTION wait()',
    );
    try {
      await work();
    } finally {
      await client.query('DROP FUNCTION wait() CASCADE');
    }
  });
}

/** On a busy machine a process takes its time to start; what is asserted does not depend on it. */
const PATIENCE_MS = 120_000;

describe('a process that is killed in the middle of a batch', { timeout: PATIENCE_MS }, () => {
  it('leaves nothing half done, and another process takes its job over when the lease is over', async () => {
    await givenExpiredTokens();
    const { process } = await followSecondProcess(app);
    // It has done everything once and rests.
    await until(async () => ((await recordOf(app, JOB).catch(() => null))?.succeededAt ? true : null));
    await givenExpiredTokens();
    await whileRemovalsWait(async () => {
      await makeDue(app, JOB);
      await until(async () => ((await leaseOf(JOB))?.running ? true : null));
      process.child.kill('SIGKILL');
      await process.ended;
    });
    const dead = await leaseOf(JOB);
    expect(dead?.holder).not.toBe(app.nest.get(Jobs).holder);
    expect(await left()).toBe(ROWS);
    const { succeededAt } = await recordOf(app, JOB);

    // Within its time nobody else does it, however slow the machine is.
    await moveEndOfLease("interval '1 hour'");
    await doJob(app, JOB);
    expect(await left()).toBe(ROWS);
    expect(await recordOf(app, JOB)).toMatchObject({ succeededAt, holder: dead?.holder });

    await moveEndOfLease("interval '0'");
    expect(await doJob(app, JOB)).toMatchObject({ rows: ROWS, failure: null, holder: app.nest.get(Jobs).holder });
    expect(await left()).toBe(0);
  });

  it('held the lease for at most 15 seconds after the beginning of its last batch, and others look every 5', async () => {
    const name = `lease-${newId()}`;
    let seconds = Number.NaN;
    app.nest.get(Jobs).declare({
      name,
      everySeconds: 60,
      begin: () => async (tx) => {
        const rows = await tx.$queryRaw<{ seconds: number }[]>`
          SELECT extract(epoch FROM expires_at - transaction_timestamp())::float AS seconds FROM leases WHERE name = ${name}`;
        seconds = rows[0]?.seconds ?? Number.NaN;
        return { rows: 0, more: false };
      },
    });
    await doJob(app, name);
    expect(seconds).toBeGreaterThan(14);
    expect(seconds).toBeLessThan(20);
  });
});

/** @param fromNow as SQL */
async function moveEndOfLease(fromNow: string): Promise<void> {
  await app.database.pool.query(`UPDATE leases SET expires_at = statement_timestamp() + ${fromNow} WHERE name = $1`, [
    JOB,
  ]);
}

async function leaseOf(name: string): Promise<{ holder: string; running: boolean } | null> {
  const { rows } = await app.database.pool.query<{ holder: string; running: boolean }>(
    'SELECT holder, expires_at > statement_timestamp() AS running FROM leases WHERE name = $1',
    [name],
  );
  return rows[0] ?? null;
}
