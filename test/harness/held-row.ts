import type { Client } from 'pg';
import { withClient } from './postgres.js';
import { until } from './service-process.js';
import type { Shop } from './shop.js';

/**
 * Makes a race come out one way: holds the customer's row, lets a request run until it waits for that row, changes the row, and
 * lets the request go on.
 *
 * @param change runs in the transaction that holds the row
 */
export async function changeMeanwhile<Answer>(
  { app, storeId }: Shop,
  customerId: string,
  request: () => Promise<Answer>,
  change: (client: Client) => Promise<unknown>,
): Promise<Answer> {
  return withClient(app.config.databaseUrl, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM customers WHERE store_id = $1 AND id = $2 FOR UPDATE', [storeId, customerId]);
    const answer = request();
    await until(async () => ((await waitersFor(client)) > 0 ? true : null));
    await change(client);
    await client.query('COMMIT');
    return answer;
  });
}

/**
 * How many connections wait for what this one holds in its transaction. The locks are asked: what pg_stat_activity shows stays the same
 * for a whole transaction, and connections that are made later are never in it.
 */
export async function waitersFor(client: Client): Promise<number> {
  const { rows } = await client.query<{ waiting: number }>(
    'SELECT count(DISTINCT pid)::int AS waiting FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))',
  );
  return rows[0]?.waiting ?? 0;
}
