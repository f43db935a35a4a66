import { type ClientBase, Pool } from 'pg';
import { inject } from 'vitest';
import { OrderPayment, OrderShipping, OrderStatus } from '../../src/database/enumerations.js';
import type { TestApp } from '../harness/app.js';
import { withoutIndexes } from '../harness/many-rows.js';
import type { Shop } from '../harness/shop.js';
import { sized } from '../harness/tier/sizes.js';
import { givenOrder } from './given-order.js';

export const ORDERS_PER_STORE = sized('orders in each of two stores, for plans', { test: 10_000, thorough: 100_000 });
export const ORDERS_OF_THE_REGULAR = ORDERS_PER_STORE / 50;
const CUSTOMERS_PER_STORE = ORDERS_PER_STORE / 50;
const PRODUCTS = ORDERS_PER_STORE / 50;
/** Of customers, of firms, and of accounts. */
const DOMAINS = ORDERS_PER_STORE / 20;
const POSTCODES = (ORDERS_PER_STORE * 9) / 100;
/** The same days for few orders as for many. */
const SECONDS_APART = 6_000_000 / ORDERS_PER_STORE;

/** Of the words each in its turn. */
function oneOf(words: Readonly<Record<string, string>>): string {
  const list = Object.values(words).map((word) => `'${word}'`);
  return `(ARRAY[${list.join()}])[1 + n % ${list.length}]`;
}

/** What copy number `n` of an order holds instead of what the copied one does. The prices are left out, as they make long rows. */
const ORDER_VALUES: Readonly<Record<string, string>> = {
  id: 'made_order',
  customer_id: 'owner',
  order_number: `'N' || n`,
  external_ref: `'erp-' || n`,
  external_ref_start: `'erp-' || n`,
  customer_name: `'Person ' || n`,
  customer_email: `n || '@shop' || n % ${DOMAINS} || '.example'`,
  customer_email_domain: `'shop' || n % ${DOMAINS} || '.example'`,
  account_id: `'acc-' || n % ${DOMAINS}`,
  account_member_id: `'mem-' || n`,
  contact_name: `'Contact ' || n`,
  contact_email: `'c' || n || '@firm' || n % ${DOMAINS} || '.example'`,
  contact_email_domain: `'firm' || n % ${DOMAINS} || '.example'`,
  shipping_postcode: `'S' || n % ${POSTCODES}`,
  billing_postcode: `'B' || n % ${POSTCODES}`,
  shipping_name: `'Ship ' || n`,
  billing_name: `'Bill ' || n`,
  with_tax: 'n',
  without_tax: 'n',
  given_prices: `'{}'`,
  computed_prices: `'{}'`,
  currency: `(ARRAY['USD', 'EUR'])[1 + n % 2]`,
  status: oneOf(OrderStatus),
  payment: oneOf(OrderPayment),
  shipping: oneOf(OrderShipping),
  created_at: `timestamptz '2025-01-01Z' + n * interval '${SECONDS_APART} seconds'`,
  updated_at: `timestamptz '2025-02-01Z' + n * interval '${SECONDS_APART} seconds'`,
};

const ITEM_VALUES: Readonly<Record<string, string>> = {
  id: 'made_item',
  order_id: 'made_order',
  product_id: `'p-' || n % ${PRODUCTS}`,
  sku: `'sku-' || n % ${PRODUCTS}`,
  given_prices: `'{}'`,
  computed_prices: `'{}'`,
};

/**
 * Fills each store with orders of many customers, of whom one has very many.
 *
 * @returns the ids of the customers with very many orders, in the order of the stores
 */
export async function givenManyOrders(app: TestApp, shops: readonly Shop[]): Promise<string[]> {
  const pool = new Pool({ connectionString: app.config.databaseUrl, options: inject('clientOptions'), max: 1 });
  try {
    const regulars: string[] = [];
    await withoutIndexes(pool, ['orders', 'order_items'], async (client) => {
      for (const shop of shops) regulars.push(await fill(client, shop));
    });
    return regulars;
  } finally {
    await pool.end();
  }
}

/** Copies the one order of the store many times. @returns the id of the customer who has very many of them */
async function fill(client: ClientBase, shop: Shop): Promise<string> {
  await givenOrder(shop);
  const { id } = await shop.customer();
  await client.query(
    `INSERT INTO customers
     SELECT (jsonb_populate_record(customers, jsonb_build_object('id', gen_random_uuid(), 'login_email', NULL))).*
       FROM customers, generate_series(1, $2) WHERE store_id = $1`,
    [shop.storeId, CUSTOMERS_PER_STORE],
  );
  const step = ORDERS_PER_STORE / ORDERS_OF_THE_REGULAR;
  await client.query(
    `CREATE TEMPORARY TABLE copies ON COMMIT PRESERVE ROWS AS
     SELECT n, gen_random_uuid() AS made_order, gen_random_uuid() AS made_item,
            CASE WHEN n % ${step} = 0 THEN '${id}' ELSE ids[1 + n % cardinality(ids)] END AS owner
       FROM generate_series(1, ${ORDERS_PER_STORE - 1}) AS n,
            (SELECT array_agg(id) AS ids FROM customers WHERE store_id = '${shop.storeId}' AND id <> '${id}') AS people`,
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
      [shop.storeId],
    );
  }
  await client.query('DROP TABLE copies');
  return id;
}
