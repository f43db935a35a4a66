import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from './harness/app.js';
import { freshDatabaseUrl } from './harness/postgres.js';
import { givenShop } from './harness/shop.js';
import { recordedStatements } from './harness/statements/recorded-statements.js';

const module = new URL('../scripts/distributed/judge.mjs', import.meta.url).href;
type Judge = Record<'statement' | 'script', (sql: string) => Promise<string[]>>;
const { statementJudge } = (await import(module)) as { statementJudge: (client: Client) => Promise<Judge> };
const tables = new URL('../scripts/distributed/tables.mjs', import.meta.url).href;
const { isDistributed } = (await import(tables)) as { isDistributed: (table: string) => boolean };

let client: Client;
let judge: Judge;

beforeAll(async () => {
  client = new Client({ connectionString: await freshDatabaseUrl({}) });
  await client.connect();
  judge = await statementJudge(client);
});
afterAll(() => client.end());

const ITEMS = 'order_items.store_id = orders.store_id AND order_items.order_id = orders.id';
const FENCED = '(SELECT * FROM orders WHERE store_id = $1 ORDER BY id OFFSET 0) AS orders';
const INSERT_TOKEN = 'INSERT INTO customer_tokens (store_id, id, customer_id, mechanism, created_at, expires_at)';

describe('the judge of statements lets pass', () => {
  it.each([
    ['the transaction', 'BEGIN'],
    ['the transaction with its level', 'BEGIN ISOLATION LEVEL READ COMMITTED'],
    ['a level of isolation', 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ'],
    ['no table', 'SELECT 1'],
    ['a global table', 'SELECT * FROM stores ORDER BY created_at'],
    ['a reference table', 'SELECT * FROM oidc_profiles WHERE id = $1 FOR UPDATE'],
    ['one store', 'SELECT name FROM customers WHERE store_id = $1 AND id = $2 FOR UPDATE'],
    ['one store, the other way round', 'SELECT name FROM customers WHERE $1::uuid = store_id'],
    ['a store as text', `SELECT name FROM customers WHERE store_id = '0190c6a5-1111-7000-8000-00000000abcd'`],
    ['a store that is cast', 'SELECT name FROM customers WHERE store_id = ($1::text)::uuid'],
    ['tables held to one another', `SELECT 1 FROM orders JOIN order_items ON ${ITEMS} WHERE orders.store_id = $1`],
    [
      'the optional side of a join',
      `SELECT 1 FROM orders LEFT JOIN order_items ON ${ITEMS} WHERE orders.store_id = $1`,
    ],
    ['a subquery', `SELECT 1 FROM orders WHERE store_id = $1 AND EXISTS (SELECT 1 FROM order_items WHERE ${ITEMS})`],
    ['a fence', `SELECT orders.id FROM ${FENCED} WHERE TRUE AND EXISTS (SELECT 1 FROM order_items WHERE ${ITEMS})`],
    [
      'a reference table between',
      'SELECT 1 FROM oidc_profiles p JOIN sso_flows f USING (store_id) WHERE p.store_id = $1',
    ],
    ['a stable time', 'UPDATE sso_flows SET used_at = statement_timestamp() WHERE store_id = $1 AND state_hash = $2'],
    ['an immutable one', 'UPDATE orders SET version = version + 1 WHERE store_id = $1 AND created_at > $2'],
    ['columns told', 'DELETE FROM addresses WHERE store_id = $1 AND id = $2 RETURNING store_id, id, line_1'],
    ['a test told', 'UPDATE sso_flows SET used_at = $2 WHERE store_id = $1 RETURNING used_at IS NULL AS unused, -1'],
    ['a volatile value to insert', `${INSERT_TOKEN} VALUES ($1, gen_random_uuid(), $2, 'oidc', clock_timestamp(), $3)`],
    ['rows of their own', `${INSERT_TOKEN} VALUES ($1, $2, $3, $4, $5, $6), ($7, $8, $9, $10, $11, $12)`],
    [
      'rows of a store',
      `${INSERT_TOKEN} SELECT c.store_id, $2, c.id, 'oidc', $3, $4 FROM customers c WHERE c.store_id = $1`,
    ],
    [
      'a store for rows',
      `${INSERT_TOKEN} SELECT $1::uuid, id, customer_id, mechanism, created_at, expires_at
       FROM jsonb_populate_recordset(NULL::customer_tokens, $2)`,
    ],
    [
      'a conflict that is left alone',
      'INSERT INTO authentication_users VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING',
    ],
    [
      'a conflict of a store that adds to what is there',
      `INSERT INTO event_positions VALUES ($1, 0) ON CONFLICT (store_id)
       DO UPDATE SET last = event_positions.last + excluded.last`,
    ],
    [
      'a time that is a row',
      `UPDATE sso_flows SET used_at = CASE WHEN expires_at > clock.now THEN clock.now END
       FROM (SELECT statement_timestamp() AS now) clock WHERE store_id = $1`,
    ],
    [
      'a conflict that changes',
      `INSERT INTO client_ids VALUES ($1, $2, $3) ON CONFLICT (client_id)
       DO UPDATE SET key_id = EXCLUDED.key_id`,
    ],
  ])('%s', async (_what, sql) => {
    expect(await judge.statement(sql)).toEqual([]);
  });
});

describe('the judge of statements refuses', () => {
  it.each([
    ['every store', 'SELECT count(*) FROM customers', 'customers is not held to one store'],
    ['a list of stores', 'SELECT 1 FROM customers WHERE store_id IN ($1, $2)', 'customers is not held to one store'],
    ['an array of stores', 'SELECT 1 FROM customers WHERE store_id = ANY($1)', 'customers is not held to one store'],
    ['stores above another', 'SELECT 1 FROM customers WHERE store_id > $1', 'customers is not held to one store'],
    ['one of two', 'SELECT 1 FROM orders WHERE store_id = $1 OR id = $2', 'orders is not held to one store'],
    ['another column', 'SELECT 1 FROM orders WHERE customer_id = $1', 'orders is not held to one store'],
    [
      'one of a join',
      'SELECT 1 FROM orders, order_items i WHERE orders.store_id = $1',
      'order_items is not held to one store',
    ],
    [
      'the condition of an optional side for the other',
      'SELECT 1 FROM orders o LEFT JOIN order_items i ON i.store_id = $1 AND o.store_id = $1',
      'orders is not held to one store',
    ],
    [
      'two stores',
      'SELECT 1 FROM orders o, customers c WHERE o.store_id = $1 AND c.store_id = $2',
      'names more than one store: $1, $2',
    ],
    [
      'a subquery',
      'SELECT (SELECT count(*) FROM orders) FROM customers WHERE store_id = $1',
      'orders is not held to one store',
    ],
    ['an UPDATE of all', 'UPDATE customers SET name = $1 WHERE id = $2', 'customers is not held to one store'],
    ['a DELETE of all', 'DELETE FROM sso_flows WHERE expires_at < $1', 'sso_flows is not held to one store'],
    ['a move', 'UPDATE orders SET store_id = $1 WHERE store_id = $2', 'UPDATE moves rows of orders to another store'],
    [
      'rows of nobody knows whom',
      'INSERT INTO order_items SELECT * FROM jsonb_populate_recordset(NULL::order_items, $1)',
      'INSERT INTO order_items does not say into which store',
    ],
    ['a row of no store', 'INSERT INTO orders (id) VALUES ($1)', 'INSERT INTO orders does not say into which store'],
    [
      'a volatile value in UPDATE',
      'UPDATE customers SET updated_at = clock_timestamp() WHERE store_id = $1',
      'UPDATE calls clock_timestamp(), which is VOLATILE',
    ],
    [
      'one of a reference table',
      'UPDATE application_keys SET id = gen_random_uuid() WHERE store_id = $1',
      'UPDATE calls gen_random_uuid(), which is VOLATILE',
    ],
    [
      'one within others',
      `UPDATE orders SET with_tax = (1 + abs(random()))::bigint WHERE store_id = $1`,
      'UPDATE calls random(), which is VOLATILE',
    ],
    [
      'a volatile condition',
      'DELETE FROM sso_flows WHERE store_id = $1 AND expires_at < clock_timestamp()',
      'DELETE calls clock_timestamp(), which is VOLATILE',
    ],
    [
      'a volatile row that is selected',
      `${INSERT_TOKEN} SELECT c.store_id, gen_random_uuid(), c.id, 'oidc', $2, $3 FROM customers c WHERE c.store_id = $1`,
      'INSERT calls gen_random_uuid(), which is VOLATILE',
    ],
    [
      'a stable function of a column',
      `UPDATE sso_flows SET used_at = $2 WHERE store_id = $1 AND created_at + interval '1 minute' > now()`,
      'UPDATE calls timestamptz_pl_interval(), which is not IMMUTABLE, with a column',
    ],
    [
      'a cast of a column that hangs on settings',
      'UPDATE sso_flows SET storefront_state = created_at::text WHERE store_id = $1',
      'UPDATE calls timestamptz_out(), which is not IMMUTABLE, with a column',
    ],
    [
      'a time in CASE',
      'UPDATE sso_flows SET used_at = CASE WHEN used_at IS NULL THEN now() END WHERE store_id = $1',
      'UPDATE calls now(), which is not IMMUTABLE, in CASE or COALESCE',
    ],
    [
      'a comparison with the time in RETURNING',
      'UPDATE sso_flows SET used_at = $2 WHERE store_id = $1 RETURNING expires_at <= statement_timestamp()',
      'RETURNING calls statement_timestamp(), which is not IMMUTABLE',
    ],
    [
      'the time without parentheses in RETURNING',
      'DELETE FROM sso_flows WHERE store_id = $1 RETURNING CURRENT_TIMESTAMP',
      'RETURNING calls SQLVALUEFUNCTION(), which is not IMMUTABLE',
    ],
    [
      'a cast in RETURNING',
      'DELETE FROM sso_flows WHERE store_id = $1 RETURNING created_at::text',
      'RETURNING calls timestamptz_out(), which is not IMMUTABLE',
    ],
    [
      'a time where rows meet',
      `INSERT INTO client_ids VALUES ($1, $2, $3) ON CONFLICT (client_id) DO UPDATE SET client_id = now()::text`,
      'ON CONFLICT calls now(), which is not IMMUTABLE',
    ],
    [
      'a lock of the session',
      'SELECT pg_advisory_lock(1)',
      'calls pg_advisory_lock(), which works within one session or for all stores',
    ],
  ])('%s', async (_what, sql, fault) => {
    expect(await judge.statement(sql)).toContain(fault);
  });

  it('the cast from a native enumeration, which is why there is none', async () => {
    await client.query(`CREATE TYPE mood AS ENUM ('good', 'bad'); ALTER TABLE addresses ADD COLUMN mood mood`);
    // Functions and tables are looked up once.
    const later = await statementJudge(client);

    expect(await later.statement('DELETE FROM addresses WHERE store_id = $1 RETURNING mood::text')).toEqual([
      'RETURNING calls enum_out(), which is not IMMUTABLE',
    ]);
  });

  it.each([
    ['what is no SQL', 'SELEC 1', 'syntax error'],
    ['what names no table', 'SELECT 1 FROM nowhere', 'relation "nowhere" does not exist'],
    ['a second statement', 'SELECT 1; DELETE FROM orders', 'multiple commands'],
    ['what it cannot analyze', `NOTIFY news`, 'syntax error'],
    ['what sets something', `SET timezone = 'UTC'`, 'syntax error'],
  ])('%s, as it cannot tell', async (_what, sql, reason) => {
    expect(await judge.statement(sql)).toEqual([expect.stringContaining('cannot be analyzed: ')]);
    expect((await judge.statement(sql))[0]).toContain(reason);
  });
});

describe('the judge of migrations', () => {
  it('runs them, and lets statements be about all stores', async () => {
    const script = `ALTER TABLE orders ADD COLUMN note text; UPDATE orders SET note = contact_name; CREATE INDEX ON orders (note)`;

    expect(await judge.script(script)).toEqual([]);
    expect(await judge.statement('SELECT note FROM orders WHERE store_id = $1')).toEqual([]);
  });

  it('refuses what no node may compute for itself, wherever it stands', async () => {
    const script = `SELECT 1; UPDATE orders SET updated_at = clock_timestamp(); ALTER TABLE orders DROP COLUMN IF EXISTS nothing`;

    expect(await judge.script(script)).toEqual(['UPDATE calls clock_timestamp(), which is VOLATILE']);
  });
});

describe('of the service', () => {
  it('what it sends is recorded, by Prisma, by the pool and in transactions, and what a test sends is not', async () => {
    const app = await sharedApp();
    const shop = await givenShop(app);
    const { id } = await shop.customer();
    const service = await shop.service();
    await app.http.get(`/v2/customers?filter=eq(id,${id})`).set(service).expect(200);
    await app.http.delete(`/v2/customers/${id}`).set(service).expect(204);
    const own = 'SELECT count(*) FROM orders';
    await app.database.pool.query(own);

    const texts = [...recordedStatements()];
    const sent = (begin: RegExp) => texts.filter((text) => begin.test(text)).length;
    expect(sent(/^WITH written AS \(INSERT INTO public\.customers/)).toBeGreaterThan(0);
    expect(sent(/^SELECT count\(\*\)::int AS total FROM public\.customers/)).toBeGreaterThan(0);
    expect(sent(/^BEGIN/)).toBeGreaterThan(0);
    expect(
      sent(/SELECT 1 FROM public\.customers WHERE store_id = \$1::uuid AND id = \$2::uuid\s+ORDER BY id FOR UPDATE$/),
    ).toBeGreaterThan(0);
    expect(texts.filter((text) => text.includes(own))).toEqual([]);
  });

  it('asks for no row of a distributed table by findUnique outside of a transaction: Prisma joins what is asked in one moment', () => {
    const schema = readFileSync('prisma/schema.prisma', 'utf8');
    const models = [...schema.matchAll(/^model (\w+) \{[\s\S]*?@@map\("(\w+)"\)/gm)]
      .filter(([, , table = '']) => isDistributed(table))
      .map(([, model = '']) => `${model[0]?.toLowerCase()}${model.slice(1)}`);
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.startsWith('generated'),
    );
    const asked = files.flatMap((file) =>
      [...readFileSync(`src/${file}`, 'utf8').matchAll(/\bread\s*\.(\w+)\s*\.find(?:Unique\w*|\w+)\(/g)].map(
        ([call, model = '']) => ({ file, model, unique: call.includes('findUnique') }),
      ),
    );

    expect(models).toContain('customerToken');
    expect(asked.filter(({ model }) => models.includes(model)).length).toBeGreaterThan(5);
    expect(asked.filter(({ model, unique }) => unique && models.includes(model))).toEqual([]);
  });
});
