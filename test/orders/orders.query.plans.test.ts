import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { orderRules, ordersIn } from '../../src/orders/orders.query.js';
import type { DataScope } from '../../src/scope/request-scope.js';
import { startApp, type TestApp } from '../harness/app.js';
import { withClient } from '../harness/postgres.js';
import { listStatements, planText, readsOf, rowsOf, wholeTables } from '../harness/query-plans.js';
import { givenShop } from '../harness/shop.js';
import { givenManyOrders, ORDERS_OF_THE_REGULAR, ORDERS_PER_STORE } from './many-orders.js';

let app: TestApp;
let pool: Pool;
let service: DataScope;
/** A customer with very many orders, under a customer token. */
let regular: DataScope;

beforeAll(async () => {
  app = await startApp();
  pool = app.database.pool;
  const [other, shop] = [await givenShop(app), await givenShop(app)];
  const [, customerId = ''] = await givenManyOrders(app, [other, shop]);
  await withClient(app.config.databaseUrl, (client) => client.query('ANALYZE'));
  const { storeId } = shop;
  service = { storeId, customer: null };
  const customer = { storeId, customerId, tokenId: newId(), issuedAt: 0, expiresAt: 1 };
  regular = { storeId, customer };
}, 120_000);
afterAll(() => app.close());

function statements(scope: DataScope, query: Record<string, string>) {
  return listStatements(ordersIn(scope), orderRules(scope), query);
}

async function wholeTablesOf(query: Record<string, string>): Promise<Record<'page' | 'count', string[]>> {
  const { page, count } = statements(service, query);
  return { page: wholeTables(await readsOf(pool, page)), count: wholeTables(await readsOf(pool, count)) };
}

const MANY = ORDERS_PER_STORE.toLocaleString('en');

/** Each of few orders of the store. */
const SELECTIVE_FILTERS = [
  'eq(id,7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11)',
  'in(id,7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11,7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c12)',
  'eq(currency,CHF)',
  'eq(product_id,p-7)',
  'in(product_id,p-7,p-8)',
  'eq(product_sku,sku-7)',
  'in(product_sku,sku-7,sku-8)',
  'eq(name,Person 7)',
  'in(name,Person 7,Person 8)',
  'like(name,Person 7)',
  'like(name,Person 77*)',
  'eq(email,7@shop7.example)',
  'in(email,7@shop7.example,8@shop8.example)',
  'like(email,7@shop7.example)',
  'like(email,77*)',
  'like(email,*@shop7.example)',
  'eq(customer_id,7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11)',
  'in(customer_id,7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11)',
  'like(customer_id,7d3f*)',
  'eq(account_id,acc-7)',
  'in(account_id,acc-7,acc-8)',
  'like(account_id,acc-77*)',
  'eq(account_member_id,mem-7)',
  'in(account_member_id,mem-7,mem-8)',
  'like(account_member_id,mem-77*)',
  'eq(contact.name,Contact 7)',
  'in(contact.name,Contact 7,Contact 8)',
  'like(contact.name,Contact 77*)',
  'eq(contact.email,c7@firm7.example)',
  'in(contact.email,c7@firm7.example,c8@firm8.example)',
  'like(contact.email,c77*)',
  'like(contact.email,*@firm7.example)',
  'eq(shipping_postcode,S7)',
  'in(shipping_postcode,S7,S8)',
  'like(shipping_postcode,S77*)',
  'eq(billing_postcode,B7)',
  'in(billing_postcode,B7,B8)',
  'like(billing_postcode,B77*)',
  'eq(shipping_name,Ship 7)',
  'in(shipping_name,Ship 7,Ship 8)',
  'like(shipping_name,Ship 77*)',
  'eq(billing_name,Bill 7)',
  'in(billing_name,Bill 7,Bill 8)',
  'like(billing_name,Bill 77*)',
  'eq(external_ref,erp-7)',
  'in(external_ref,erp-7,erp-8)',
  'like(external_ref,erp-7)',
  'like(external_ref,erp-77*)',
  'eq(order_number,N7)',
  'in(order_number,N7,N8)',
  'like(order_number,N77*)',
  `gt(with_tax,${ORDERS_PER_STORE * 0.99})`,
  'eq(created_at,2025-02-01)',
  'ge(updated_at,2025-04-09)',
  'is_null(customer_id)',
  'is_null(account_id)',
  'is_null(account_member_id)',
  'is_null(contact.name)',
  'is_null(contact.email)',
  'is_null(external_ref)',
  'is_null(order_number)',
  'eq(order_number,N7):eq(status,complete)',
  'like(email,*@shop7.example):eq(status,complete)',
  '(like(email,*@shop7.example)|eq(order_number,N7))',
];

/** Each of a good part of the store. */
const BROAD_FILTERS = [
  'eq(status,complete)',
  'in(status,complete,cancelled)',
  'neq(status,complete)',
  'eq(payment,paid)',
  'eq(shipping,fulfilled)',
  'eq(currency,EUR)',
  'eq(manual,true)',
];

/** What no index of all orders serves. */
const OTHER_FILTERS = [
  `gt(without_tax,${ORDERS_PER_STORE * 0.99})`,
  'like(name,*77*)',
  'ilike(email,77*)',
  'ilike(external_ref,*77)',
];

const FILTERS = [...SELECTIVE_FILTERS, ...BROAD_FILTERS, ...OTHER_FILTERS];

const SORTS = ['created_at', 'payment', 'shipping', 'status', 'with_tax', 'updated_at'].flatMap((key) => [
  key,
  `-${key}`,
]);

const NOTHING = { page: [], count: [] };

describe(`with ${MANY} orders in each of two stores, analyzed, no table is read from one end to the other`, () => {
  it.each(SELECTIVE_FILTERS)('for page and number of what %s finds', async (filter) => {
    expect(await wholeTablesOf({ filter })).toEqual(NOTHING);
  });

  it.each(BROAD_FILTERS)('for a page of what %s finds', async (filter) => {
    const { page } = statements(service, { filter });
    expect(wholeTables(await readsOf(pool, page))).toEqual([]);
  });

  it.each(SORTS)('for a page sorted by %s, which an index has in that order', async (sort) => {
    const { page } = statements(service, { sort });
    expect(await readsOf(pool, page)).toEqual([`orders_${sort.replace('-', '')}_idx`]);
    expect(await planText(pool, page)).not.toContain('Sort');
  });
});

describe('under a customer token, of all orders only those of the customer are read', () => {
  const items = ['product_id', 'product_sku'];

  /** By what page and number of the customer's list are read: for one who has very many orders, and for one who has few. */
  async function readsOfOwn(query: Record<string, string>): Promise<string[]> {
    const { storeId } = regular;
    const occasional = {
      ...regular,
      customer: { storeId, customerId: newId(), tokenId: newId(), issuedAt: 0, expiresAt: 1 },
    };
    const asked = [regular, occasional].map((scope) => statements(scope, query));
    const reads = await Promise.all(asked.flatMap(({ page, count }) => [readsOf(pool, page), readsOf(pool, count)]));
    return [...new Set(reads.flat())].toSorted();
  }

  it('with filters by every attribute, as the tests below have them', () => {
    const tried = FILTERS.map((filter) => /[(]([^,()]+)/.exec(filter)?.[1]);
    expect(Object.keys(orderRules(regular).filters).filter((attribute) => !tried.includes(attribute))).toEqual([]);
  });

  it.each(FILTERS)('filtered by %s', async (filter) => {
    const reads = await readsOfOwn({ filter });
    const isAboutItems = items.some((attribute) => filter.includes(attribute));
    expect(reads).toEqual(isAboutItems ? ['order_items_order_idx', 'orders_customer_idx'] : ['orders_customer_idx']);
  });

  it.each(SORTS)('sorted by %s', async (sort) => {
    expect(await readsOfOwn({ sort })).toEqual(['orders_customer_idx']);
  });

  it('and the newest of very many without a look at the rest', async () => {
    const { page, count } = statements(regular, {});

    expect(await planText(pool, page)).not.toContain('Sort');
    expect(await rowsOf(pool, count)).toEqual([{ total: ORDERS_OF_THE_REGULAR - 1 }]);
  });
});

/**
 * To count all that a store has, or half of it, is to read as many entries of an index. That is less work than to read the table
 * only where the rows themselves need not be looked at, and which ones need not the database notes when it vacuums: by itself, as
 * soon as that many rows are new. No other index changes that.
 */
describe(`with ${MANY} orders in each of two stores, analyzed and vacuumed, no table is read from one end to the other`, () => {
  beforeAll(async () => {
    await withClient(app.config.databaseUrl, (client) => client.query('VACUUM (ANALYZE) orders'));
  });

  it.each(BROAD_FILTERS)('for the number of what %s finds', async (filter) => {
    expect(await wholeTablesOf({ filter })).toEqual(NOTHING);
  });

  it('for the number of all', async () => {
    expect(await wholeTablesOf({})).toEqual(NOTHING);
    const { count } = statements(service, {});
    expect(await rowsOf(pool, count)).toEqual([{ total: ORDERS_PER_STORE }]);
  });
});
