import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionPool } from '../../src/database/connection-pool.js';
import { freshDatabaseUrl } from '../harness/postgres.js';

let pool: ConnectionPool;
let made = 0;

beforeAll(async () => {
  pool = new ConnectionPool(await freshDatabaseUrl({}), {
    max: 2,
    connectionTimeoutMillis: 2_000,
    application_name: 'tests of the pool',
  });
  pool.on('connect', () => {
    made += 1;
  });
  pool.on('error', () => {});
  await pool.query('CREATE TABLE seats (id int CONSTRAINT seats_pkey PRIMARY KEY)');
});

afterAll(() => pool.end());

async function madeWhile(work: () => Promise<unknown>): Promise<number> {
  const before = made;
  await work();
  return made - before;
}

describe('the pool of connections', () => {
  it('keeps its connections through a hundred duplicates at once, each of which is refused', async () => {
    await Promise.all([pool.query('SELECT pg_sleep(0)'), pool.query('SELECT pg_sleep(0)')]);
    await pool.query('INSERT INTO seats VALUES (1)');

    const states: unknown[] = [];
    const opened = await madeWhile(() =>
      Promise.all(
        Array.from({ length: 100 }, () =>
          pool.query('INSERT INTO seats VALUES (1)').catch((error: unknown) => {
            states.push((error as { code?: unknown }).code);
          }),
        ),
      ),
    );

    expect(states).toEqual(Array.from({ length: 100 }, () => '23505'));
    expect(opened).toBeLessThanOrEqual(1);
    expect((await pool.query('SELECT id FROM seats')).rows).toEqual([{ id: 1 }]);
  });

  it('replaces a connection that the server ended, and serves the next statement', async () => {
    const ended = pool.query('SELECT pg_terminate_backend(pg_backend_pid())');
    await expect(ended).rejects.toMatchObject({ code: '57P01' });

    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('replaces a connection whose statement was cancelled by the time limit', async () => {
    const slow = async () => {
      await expect(
        pool.query(`SET statement_timeout = 1; SELECT count(*) FROM generate_series(1, 100000000)`),
      ).rejects.toMatchObject({ code: '57014' });
    };
    await slow();

    expect((await pool.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
  });
});
