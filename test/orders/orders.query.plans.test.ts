import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { countStatement, pageStatement, readListQuery } from '../../src/jsonapi/list-query.js';
import type { Sql } from '../../src/jsonapi/sql.js';
import { orderRules, ordersIn } from '../../src/orders/orders.query.js';
import type { CustomerSession } from '../../src/sessions/customer-tokens.js';
import { startApp, type TestApp } from '../harness/app.js';
import { withClient } from '../harness/postgres.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { givenOrder } from './given-order.js';

const ORDERS_PER_STORE = 100_000;
const CUSTOMERS_PER_STORE = 2_000;

let app: TestApp;
let shop: Shop;
let customerId: string;

beforeAll(async () => {
  app = await startApp();
  shop = await givenShop(app);
  const other = await givenShop(app);
  await withClient(app.config.databaseUrl, async (client) => {
    await withoutIndexes(client, async () => {
      for (const each of [other, shop]) customerId = await fill(client, each);
    });
    // What the database does by itself after so many new rows.
    await client.query('VACUUM (ANALYZE) orders, order_items, customers');
  });
}, 120_000);
afterAll(() => app.close());

/** Makes the indexes anew afterwards, as they were: filling them row by row takes several times as long. */
async function withoutIndexes(client: Client, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
       FROM pg_index WHERE indrelid IN ('orders'::regclass, 'order_items'::regclass) AND NOT indisprimary`,
  );
  expect(rows.length).toBeGreaterThan(15);
  await client.query('SET session_replication_role = replica');
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  await work();
  for (const { definition } of rows) await client.query(definition);
}

/** What copy number `n` of an order holds instead of what the copied one does. The prices are left out, as they make long rows. */
const ORDER_VALUES: Readonly<Record<string, string>> = {
  id: 'made_order',
  customer_id: 'owner',
  order_number: `'N' || n`,
  external_ref: `'erp-' || n`,
  external_ref_start: `'erp-' || n`,
  customer_name: `'Person ' || n`,
  customer_email: `n || '@example.test'`,
  account_id: `'acc-' || n % 5000`,
  account_member_id: `'mem-' || n`,
  contact_name: `'Contact ' || n`,
  contact_email: `'c' || n || '@example.test'`,
  shipping_postcode: `'S' || n % 9000`,
  billing_postcode: `'B' || n % 9000`,
  shipping_name: `'Ship ' || n`,
  billing_name: `'Bill ' || n`,
  with_tax: 'n',
  without_tax: 'n',
  given_prices: `'{}'`,
  computed_prices: `'{}'`,
  currency: `(ARRAY['USD', 'EUR'])[1 + n % 2]`,
  status: `(enum_range(NULL::order_status))[1 + n % 4]`,
  payment: `(enum_range(NULL::order_payment))[1 + n % 6]`,
  shipping: `(enum_range(NULL::order_shipping))[1 + n % 2]`,
  created_at: `timestamptz '2025-01-01Z' + n * interval '1 minute'`,
  updated_at: `timestamptz '2025-02-01Z' + n * interval '1 minute'`,
};

const ITEM_VALUES: Readonly<Record<string, string>> = {
  id: 'made_item',
  order_id: 'made_order',
  product_id: `'p-' || n % 2000`,
  sku: `'sku-' || n % 2000`,
  given_prices: `'{}'`,
  computed_prices: `'{}'`,
};

/** Copies the one order of the store many times. @returns the id of a customer of the store */
async function fill(client: Client, each: Shop): Promise<string> {
  await givenOrder(each);
  const customer = await each.customer();
  await client.query(
    `INSERT INTO customers
     SELECT (jsonb_populate_record(customers, jsonb_build_object('id', gen_random_uuid(), 'login_email', NULL))).*
       FROM customers, generate_series(1, $2) WHERE store_id = $1`,
    [each.storeId, CUSTOMERS_PER_STORE],
  );
  await client.query(
    `CREATE TEMPORARY TABLE copies ON COMMIT PRESERVE ROWS AS
     SELECT n, gen_random_uuid() AS made_order, gen_random_uuid() AS made_item, ids[1 + n % cardinality(ids)] AS owner
       FROM generate_series(1, ${ORDERS_PER_STORE - 1}) AS n,
            (SELECT array_agg(id) AS ids FROM customers WHERE store_id = '${each.storeId}') AS people`,
  );
  for (const [table, values] of Object.entries({ orders: ORDER_VALUES, order_items: ITEM_VALUES })) {
    const { rows } = await client.query<{ name: string }>(
      'SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped',
      [table],
    );
    const names = rows.map(({ name }) => name);
    const selected = names.map((name) => values[name] ?? `${table}.${name}`);
    await client.query(
      `INSERT INTO ${table} (${names.join()}) SELECT ${selected.join()} FROM ${table}, copies WHERE store_id = $1`,
      [each.storeId],
    );
  }
  await client.query('DROP TABLE copies');
  return customer.id;
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

/** The tables that the statement would read from one end to the other. */
async function scannedBy({ text, values }: Sql): Promise<string[]> {
  const { rows } = await app.database.pool.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`EXPLAIN (FORMAT JSON) ${text}`, [
    ...values,
  ]);
  const scans = (plan: Plan): string[] => [
    ...(plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : []),
    ...(plan.Plans ?? []).flatMap(scans),
  ];
  return rows.flatMap((row) => row['QUERY PLAN'].flatMap((entry) => scans(entry.Plan)));
}

async function scanned(query: Record<string, string>, asCustomer = false): Promise<Record<string, string[]>> {
  const { storeId } = shop;
  const session: CustomerSession = { storeId, customerId, tokenId: newId(), issuedAt: 0, expiresAt: 1 };
  const source = ordersIn({ storeId, credential: 'client_credentials', customer: asCustomer ? session : null });
  const asked = readListQuery(query, orderRules, 25);
  return {
    page: await scannedBy(pageStatement(source, asked)),
    count: await scannedBy(countStatement(source, asked)),
  };
}

const NOTHING = { page: [], count: [] };

describe('with 100,000 orders in each of two stores, no table is read from one end to the other', () => {
  it.each([
    'eq(id,7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11)',
    'eq(status,complete)',
    'in(status,complete,cancelled)',
    'eq(payment,paid)',
    'eq(shipping,fulfilled)',
    'eq(currency,EUR)',
    'eq(currency,CHF)',
    'eq(product_id,p-7)',
    'in(product_id,p-7,p-8)',
    'eq(product_sku,sku-7)',
    'eq(name,Person 7)',
    'like(name,Person 77*)',
    'eq(email,7@example.test)',
    'like(email,77*)',
    'eq(customer_id,7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11)',
    'like(customer_id,7d3f*)',
    'eq(account_id,acc-7)',
    'like(account_id,acc-77*)',
    'eq(account_member_id,mem-7)',
    'like(account_member_id,mem-77*)',
    'eq(contact.name,Contact 7)',
    'like(contact.name,Contact 77*)',
    'eq(contact.email,c7@example.test)',
    'like(contact.email,c77*)',
    'eq(shipping_postcode,S7)',
    'like(shipping_postcode,S77*)',
    'eq(billing_postcode,B7)',
    'like(billing_postcode,B77*)',
    'eq(shipping_name,Ship 7)',
    'like(shipping_name,Ship 77*)',
    'eq(billing_name,Bill 7)',
    'like(billing_name,Bill 77*)',
    'eq(external_ref,erp-7)',
    'in(external_ref,erp-7,erp-8)',
    'like(external_ref,erp-77*)',
    'eq(order_number,N7)',
    'in(order_number,N7,N8)',
    'like(order_number,N77*)',
    'gt(with_tax,99000)',
    'eq(created_at,2025-02-01)',
    'ge(updated_at,2025-03-30)',
    'eq(order_number,N7):eq(status,complete)',
    'eq(manual,true)',
  ])('for %s', async (filter) => {
    expect(await scanned({ filter })).toEqual(NOTHING);
  });

  it.each(['created_at', 'payment', 'shipping', 'status', 'with_tax', 'updated_at'])(
    'for the sort by %s',
    async (sort) => {
      expect(await scanned({ sort })).toEqual(NOTHING);
      expect(await scanned({ sort: `-${sort}` })).toEqual(NOTHING);
    },
  );

  it.each<Record<string, string>>([
    {},
    { sort: 'with_tax' },
    { filter: 'eq(status,complete)' },
    { filter: 'ilike(name,*person*)' },
    { filter: 'eq(product_id,p-7)' },
  ])('for a customer who asks %j', async (query) => {
    expect(await scanned(query, true)).toEqual(NOTHING);
  });
});
