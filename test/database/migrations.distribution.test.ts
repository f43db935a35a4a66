import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { emptyDatabaseUrl, freshDatabaseUrl, withClient } from '../harness/postgres.js';

const scripts = new URL('../../scripts/distributed/', import.meta.url);
const { GLOBAL_TABLES, REFERENCE_TABLES, isDistributed } = (await import(new URL('tables.mjs', scripts).href)) as {
  GLOBAL_TABLES: readonly string[];
  REFERENCE_TABLES: readonly string[];
  isDistributed: (table: string) => boolean;
};
const { statementJudge } = (await import(new URL('judge.mjs', scripts).href)) as {
  statementJudge: (client: Client) => Promise<{ script: (sql: string) => Promise<string[]> }>;
};

const FOLDERS = readdirSync('prisma/migrations', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

const TABLES = `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`;

/** Primary keys and what else is unique, with the first column. */
const UNIQUE_INDEXES = `
  SELECT indrelid::regclass::text AS table, indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid, 1, true) AS first
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
   WHERE relnamespace = 'public'::regnamespace AND indisunique`;

const FOREIGN_KEYS = `
  SELECT conrelid::regclass::text AS table, confrelid::regclass::text AS target, conname AS name, own.attname AS first,
         theirs.attname AS "firstOfTarget"
    FROM pg_constraint
    JOIN pg_attribute own ON own.attrelid = conrelid AND own.attnum = conkey[1]
    JOIN pg_attribute theirs ON theirs.attrelid = confrelid AND theirs.attnum = confkey[1]
   WHERE contype = 'f' AND connamespace = 'public'::regnamespace`;

/** What a distributed database does not have, or has once for each node. */
const UNWANTED = `
  SELECT 'type ' || typname AS found FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype NOT IN ('b', 'c')
  UNION ALL SELECT 'sequence ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
  UNION ALL SELECT 'generated ' || attname FROM pg_attribute WHERE attidentity <> '' AND attnum > 0
  UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'rule ' || rulename FROM pg_rules WHERE schemaname = 'public'
  UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'view ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
  UNION ALL SELECT 'default ' || pg_get_expr(adbin, adrelid) || ' of ' || adrelid::regclass || '.' || attname
    FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    -- What the schema engine notes of itself stays on one node.
   WHERE pg_get_expr(adbin, adrelid) LIKE '%(%' AND adrelid <> '_prisma_migrations'::regclass
     AND pg_get_expr(adbin, adrelid) !~ '^\\(ARRAY\\[\\]::'`;

let url: string;

beforeAll(async () => {
  url = await freshDatabaseUrl();
});

async function rows<Row extends object>(sql: string): Promise<Row[]> {
  return withClient(url, async (client) => (await client.query(sql)).rows as Row[]);
}

/** Where the id of the store stands in a table. */
function storeColumn(table: string): string {
  return table === 'stores' ? 'id' : 'store_id';
}

describe('the migrated tables can be distributed by store', () => {
  it('and every table is known to be of the deployment, on every node, or distributed', async () => {
    const tables = (await rows<{ name: string }>(TABLES)).map(({ name }) => name);
    expect(tables).toEqual(expect.arrayContaining([...GLOBAL_TABLES, ...REFERENCE_TABLES]));
    expect(tables.filter(isDistributed).toSorted()).toEqual([
      'addresses',
      'authentication_users',
      'authorization_codes',
      'customer_tokens',
      'customers',
      'event_positions',
      'events',
      'identities',
      'order_items',
      'orders',
      'refusal_counts',
      'sso_flows',
    ]);
  });

  it('as each of a store has its id first in its primary key and in everything that is unique', async () => {
    const indexes = await rows<{ table: string; name: string; first: string }>(UNIQUE_INDEXES);
    const ofStores = indexes.filter(({ table }) => !GLOBAL_TABLES.includes(table));

    expect(ofStores.length).toBeGreaterThan(10);
    expect(ofStores.filter(({ first }) => first !== 'store_id')).toEqual([]);
    const keyed = new Set(indexes.filter(({ name }) => name.endsWith('_pkey')).map(({ table }) => table));
    expect((await rows<{ name: string }>(TABLES)).filter(({ name }) => !keyed.has(name))).toEqual([]);
  });

  it('as each reference holds the store of the one to that of the other, and none leads from every node to one', async () => {
    const keys = await rows<Record<'table' | 'target' | 'name' | 'first' | 'firstOfTarget', string>>(FOREIGN_KEYS);

    expect(keys.length).toBeGreaterThan(10);
    const loose = keys.filter((key) => key.first !== 'store_id' || key.firstOfTarget !== storeColumn(key.target));
    expect(loose).toEqual([]);
    expect(keys.filter(({ table, target }) => !isDistributed(table) && isDistributed(target))).toEqual([]);
  });

  it('as there is no enumeration, sequence, trigger, rule, function or view, and no default that is computed', async () => {
    expect(await rows(UNWANTED)).toEqual([]);
  });

  it.each([
    ['an enumeration', `CREATE TYPE mood AS ENUM ('good')`, 'type mood'],
    ['a sequence', 'CREATE SEQUENCE numbers', 'sequence numbers'],
    ['a column that counts', 'ALTER TABLE orders ADD COLUMN n int GENERATED ALWAYS AS IDENTITY', 'generated n'],
    [
      'a trigger',
      'CREATE TRIGGER t BEFORE UPDATE ON orders EXECUTE FUNCTION suppress_redundant_updates_trigger()',
      'trigger t',
    ],
    [
      'a computed default',
      'ALTER TABLE orders ALTER COLUMN id SET DEFAULT gen_random_uuid()',
      'default gen_random_uuid() of orders.id',
    ],
  ])('and %s would be found', async (_what, change, found) => {
    const seen = await withClient(await freshDatabaseUrl(), async (client) => {
      await client.query(change);
      return (await client.query<{ found: string }>(UNWANTED)).rows;
    });
    expect(seen).toContainEqual({ found });
  });

  it('and no migration changes rows by what each node would compute for itself', async () => {
    const faults = await withClient(await emptyDatabaseUrl(), async (client) => {
      const judge = await statementJudge(client);
      const found = [];
      for (const folder of FOLDERS) {
        const sql = readFileSync(`prisma/migrations/${folder}/migration.sql`, 'utf8');
        found.push(...(await judge.script(sql)).map((fault) => `${folder}: ${fault}`));
      }
      return found;
    });
    expect(faults).toEqual([]);
  });
});
