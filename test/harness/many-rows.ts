import type { ClientBase, Pool } from 'pg';
import { expect } from 'vitest';

/**
 * Runs work that fills the tables with very many rows. Their indexes are made anew afterwards, as they were, and foreign keys are
 * not looked at: row by row both take several times as long.
 */
export async function withoutIndexes(
  pool: Pool,
  tables: readonly string[],
  work: (client: ClientBase) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ name: string; definition: string }>(
      `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
         FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid
        WHERE indrelid = ANY ($1::text[]::regclass[]) AND conindid IS NULL`,
      [tables],
    );
    expect(rows.length).toBeGreaterThanOrEqual(tables.length);
    await client.query('SET session_replication_role = replica');
    for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
    await work(client);
    for (const { definition } of rows) await client.query(definition);
    await client.query('RESET session_replication_role');
  } finally {
    client.release();
  }
}
