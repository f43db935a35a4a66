import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { addressesOf, addressRules } from '../../src/addresses/addresses.query.js';
import { newId } from '../../src/crypto/identifiers.js';
import { customerRules, customersIn } from '../../src/customers/customers.query.js';
import type { ListRules, ListSource } from '../../src/jsonapi/list-query.js';
import type { DataScope } from '../../src/scope/request-scope.js';
import {
  CUSTOMERS_PER_STORE,
  givenManyCustomers,
  numberedEmail,
  numberedId,
  numberedName,
  numberedTimes,
} from '../harness/many-customers.js';
import { withoutIndexes } from '../harness/many-rows.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { expectIndexes, listStatements, planText, readsOf, rowsOf } from '../harness/query-plans.js';

const ADDRESSES_PER_STORE = CUSTOMERS_PER_STORE;
const ADDRESSES_OF_EACH_CUSTOMER = 10;

let pool: Pool;
let scope: DataScope;
/** Of customer 7, under a customer token. */
let own: DataScope;

beforeAll(async () => {
  pool = new Pool({ connectionString: await freshDatabaseUrl(), options: inject('clientOptions'), max: 1 });
  const stores = await givenManyCustomers(pool);
  await fillAddressBooks(stores);
  await pool.query('ANALYZE');
  const [storeId] = stores;
  scope = { storeId, customer: null };
  const customer = { storeId, customerId: numberedId(7), tokenId: newId(), issuedAt: 0, expiresAt: 1 };
  own = { storeId, customer };
});

afterAll(async () => {
  await pool.end();
});

async function fillAddressBooks(stores: readonly string[]): Promise<void> {
  await withoutIndexes(pool, ['addresses'], async (client) => {
    await client.query(
      `INSERT INTO addresses (store_id, id, customer_id, name, first_name, last_name, company_name, phone_number, line_1, line_2,
                              city, county, region, postcode, country, instructions, created_at, updated_at)
       SELECT store_id::uuid, gen_random_uuid(), (lpad(to_hex(n / $3::int + 1), 8, '0') || '-0000-4000-8000-000000000000')::uuid,
              'Home', md5(n::text), 'Example', '', '', n || ' Road', '', 'Town', 'Shire', '', 'ZZ' || n % 100, 'GB', '', now(), now()
         FROM unnest($1::text[]) AS store_id, generate_series(0, $2::int - 1) AS n`,
      [stores, ADDRESSES_PER_STORE, ADDRESSES_OF_EACH_CUSTOMER],
    );
  });
}

/** Of the customer with this number from the end. */
const lastId = (fromTheEnd: number) => numberedId(CUSTOMERS_PER_STORE - fromTheEnd);
const [last, lastButOne] = [numberedTimes(CUSTOMERS_PER_STORE), numberedTimes(CUSTOMERS_PER_STORE - 1)];

const MANY = CUSTOMERS_PER_STORE.toLocaleString('en');
const name = numberedName(1);
const email = numberedEmail(1);

describe(`with default settings of the planner and ${MANY} customers in each of two stores, a list of customers`, () => {
  it.each(Object.keys(customerRules.sorts.columns).flatMap((key) => [key, `-${key}`]))(
    'sorted by %s reads its page from one index, and sorts nothing',
    async (sort) => {
      const { page } = listStatements(customersIn(scope), customerRules, { sort });

      expect(await readsOf(pool, page)).toEqual([expect.stringMatching(/^customers_/)]);
      expect(await planText(pool, page)).not.toContain('Sort');
      expect(await rowsOf(pool, page)).toHaveLength(25);
    },
  );

  it.each([
    ['eq(id,00000007-0000-4000-8000-000000000000)', 1],
    ['in(id,00000007-0000-4000-8000-000000000000,00000008-0000-4000-8000-000000000000)', 2],
    ['lt(id,00000007-0000-4000-8000-000000000000)', 6],
    ['le(id,00000007-0000-4000-8000-000000000000)', 7],
    [`gt(id,${lastId(7)})`, 7],
    [`ge(id,${lastId(7)})`, 8],
    [`eq(name,${name})`, 1],
    [`in(name,${name},nobody)`, 1],
    [`like(name,${name})`, 1],
    [`like(name,${name.slice(0, 8)}*)`, 1],
    [`ilike(name,${name.slice(0, 8).toUpperCase()}*)`, 1],
    [`eq(email,${email})`, 1],
    [`in(email,${email},nobody@shop1.example)`, 1],
    [`like(email,${email})`, 1],
    [`like(email,${email.slice(0, 8)}*)`, 1],
    [`ilike(email,${email.slice(0, 8).toUpperCase()}*)`, 1],
    ['like(email,*@shop7.example)', 20],
    ['ilike(email,*@SHOP7.example)', 20],
    ['eq(external_ref,ref-100)', 1],
    ['in(external_ref,ref-100,ref-102,ref-101)', 2],
    ['eq(created_at,2026-01-01T00:00:37Z)', 1],
    ['in(created_at,2026-01-01T00:00:37Z,2026-01-01T00:01:14Z)', 2],
    ['lt(created_at,2026-01-01T00:01:14Z)', 1],
    ['le(created_at,2026-01-01T00:01:14Z)', 2],
    [`gt(created_at,${lastButOne.createdAt})`, 1],
    [`ge(created_at,${last.createdAt})`, 1],
    ['eq(updated_at,2026-03-01T00:00:41Z)', 1],
    ['in(updated_at,2026-03-01T00:00:41Z,2026-03-01T00:01:22Z)', 2],
    ['lt(updated_at,2026-03-01T00:01:22Z)', 1],
    ['le(updated_at,2026-03-01T00:01:22Z)', 2],
    [`gt(updated_at,${lastButOne.updatedAt})`, 1],
    [`ge(updated_at,${last.updatedAt})`, 1],
    [`(like(name,${name.slice(0, 8)}*)|eq(external_ref,ref-100))`, 2],
    [`like(email,*@shop1.example):like(name,${name.slice(0, 4)}*)`, 1],
  ])('filtered by %s reads and counts by indexes', async (filter, matches) => {
    await expectIndexes(pool, customersIn(scope), customerRules, filter, matches);
  });

  it('filtered by is_null(external_ref), which is half of the store, reads its page from an index', async () => {
    const { page } = listStatements(customersIn(scope), customerRules, { filter: 'is_null(external_ref)' });
    expect(await readsOf(pool, page)).toEqual(['customers_created_at_idx']);
    expect(await rowsOf(pool, page)).toHaveLength(25);
  });
});

describe(`with default settings of the planner and ${MANY} addresses in each of two stores, a list of addresses`, () => {
  const source = () => addressesOf(scope, numberedId(7));

  it.each(Object.keys(addressRules.sorts.columns).flatMap((key) => [key, `-${key}`]))(
    'sorted by %s reads those of the customer by an index',
    async (sort) => {
      const { page } = listStatements(source(), addressRules, { sort });

      expect(await readsOf(pool, page)).toEqual(['addresses_customer_idx']);
      expect(await rowsOf(pool, page)).toHaveLength(ADDRESSES_OF_EACH_CUSTOMER);
    },
  );

  const texts = Object.entries(addressRules.filters).filter(([, field]) => 'ilike' in field);

  it.each(texts.map(([attribute]) => attribute))(
    'filtered by %s with eq, in, like or ilike reads and counts by indexes',
    async (attribute) => {
      await expectIndexes(pool, source(), addressRules, `eq(${attribute},"no such text")`, 0);
      await expectIndexes(pool, source(), addressRules, `in(${attribute},"no such text",none)`, 0);
      await expectIndexes(pool, source(), addressRules, `like(${attribute},no such*)`, 0);
      await expectIndexes(pool, source(), addressRules, `like(${attribute},*)`, ADDRESSES_OF_EACH_CUSTOMER);
      await expectIndexes(pool, source(), addressRules, `ilike(${attribute},*such text*)`, 0);
    },
  );

  it.each([
    ['created_at', '2026-01-01'],
    ['updated_at', '2026-01-01'],
    ['id', '00000007-0000-4000-8000-000000000000'],
  ])('filtered by %s with a comparison reads and counts by indexes', async (attribute, value) => {
    await expectIndexes(pool, source(), addressRules, `eq(${attribute},${value})`, 0);
    await expectIndexes(pool, source(), addressRules, `in(${attribute},${value})`, 0);
    await expectIndexes(pool, source(), addressRules, `gt(${attribute},${value})`, ADDRESSES_OF_EACH_CUSTOMER);
    await expectIndexes(pool, source(), addressRules, `ge(${attribute},${value})`, ADDRESSES_OF_EACH_CUSTOMER);
    await expectIndexes(pool, source(), addressRules, `lt(${attribute},${value})`, 0);
    await expectIndexes(pool, source(), addressRules, `le(${attribute},${value})`, 0);
  });
});

describe('under a customer token, whatever the filter names among all rows,', () => {
  async function readsOfOwn(source: ListSource, rules: ListRules, filter: string): Promise<string[]> {
    const { page, count } = listStatements(source, rules, { filter });
    return [...new Set([...(await readsOf(pool, page)), ...(await readsOf(pool, count))])];
  }

  const customerFilters = [
    `eq(id,${numberedId(8)})`,
    `in(id,${numberedId(7)},${numberedId(8)})`,
    `ge(id,${lastId(1)})`,
    `eq(name,${name})`,
    `like(name,${name.slice(0, 8)}*)`,
    `eq(email,${email})`,
    `like(email,${email.slice(0, 8)}*)`,
    'like(email,*@shop1.example)',
    'eq(external_ref,ref-100)',
    'is_null(external_ref)',
    'eq(created_at,2026-01-01T00:00:37Z)',
    'lt(updated_at,2026-03-01T00:01:22Z)',
  ];

  it.each(customerFilters)('a list of customers filtered by %s reads one row by its key', async (filter) => {
    expect(await readsOfOwn(customersIn(own), customerRules, filter)).toEqual(['customers_pkey']);
  });

  it.each(Object.keys(addressRules.filters))(
    'a list of addresses filtered by %s reads the own ones',
    async (attribute) => {
      const operators = Object.keys(addressRules.filters[attribute] ?? {});
      const value = { id: numberedId(7), created_at: '2026-01-01', updated_at: '2026-01-01' }[attribute] ?? 'ZZ7';
      expect(operators.length).toBeGreaterThanOrEqual(4);
      for (const operator of operators) {
        const filter = `${operator}(${attribute},${value})`;
        const reads = await readsOfOwn(addressesOf(own, numberedId(7)), addressRules, filter);
        expect([filter, reads]).toEqual([filter, ['addresses_customer_idx']]);
      }
    },
  );

  it('filters by every attribute of customers are among these', () => {
    const tried = customerFilters.map((filter) => /[(](\w+)/.exec(filter)?.[1]);
    expect(Object.keys(customerRules.filters).filter((attribute) => !tried.includes(attribute))).toEqual([]);
  });
});

describe(`with default settings of the planner and ${MANY} customers in each of two stores, vacuumed,`, () => {
  beforeAll(() => pool.query('VACUUM (ANALYZE) customers'));

  // As for orders: see there why a vacuum comes before.
  it.each<Record<string, string>>([{}, ...Object.keys(customerRules.sorts.columns).map((sort) => ({ sort }))])(
    'the number of all is counted by an index for the list %j',
    async (query) => {
      const { count } = listStatements(customersIn(scope), customerRules, query);
      expect(await readsOf(pool, count)).toEqual([expect.stringMatching(/^customers_/)]);
      expect(await rowsOf(pool, count)).toEqual([{ total: CUSTOMERS_PER_STORE }]);
    },
  );
});
