import { createHash } from 'node:crypto';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressesOf, addressRules } from '../../src/addresses/addresses.query.js';
import { newId } from '../../src/crypto/identifiers.js';
import { customerRules, customersIn } from '../../src/customers/customers.query.js';
import {
  countStatement,
  type ListRules,
  type ListSource,
  pageStatement,
  readListQuery,
} from '../../src/jsonapi/list-query.js';
import type { Sql } from '../../src/jsonapi/sql.js';
import type { RequestScope } from '../../src/scope/request-scope.js';
import { freshDatabaseUrl } from '../harness/postgres.js';

const ROWS_IN_EACH_STORE = 100_000;
const ADDRESSES_OF_EACH_CUSTOMER = 10;

const scope: RequestScope = { storeId: newId(), credential: 'client_credentials', customer: null };
let pool: Pool;

beforeAll(async () => {
  pool = new Pool({ connectionString: await freshDatabaseUrl(), max: 1 });
  for (const storeId of [scope.storeId, newId()]) await fillStore(storeId);
  await pool.query('ANALYZE');
});

afterAll(async () => {
  await pool.end();
});

async function fillStore(storeId: string): Promise<void> {
  await pool.query(
    `INSERT INTO stores (id, handle, registration, require_current_password, page_length, address_limit, created_at, updated_at)
     VALUES ($1::uuid, $1::text, 'open', false, 25, 25, now(), now())`,
    [storeId],
  );
  await pool.query(
    `INSERT INTO customers (store_id, id, name, name_folded, email, email_canonical, email_domain, login_email, email_verified,
                            external_ref, authentication_mechanism, custom_members, created_at, updated_at)
     SELECT $1::uuid, (lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000000')::uuid, name, lower(name), email, email, domain,
            email, false, CASE WHEN n % 2 = 0 THEN 'ref-' || n END, 'password', '{}',
            timestamptz '2026-01-01' + n * interval '37 seconds', timestamptz '2026-03-01' + n * interval '41 seconds'
       FROM generate_series(1, $2::int) AS n,
            LATERAL (SELECT md5(n::text) || ' Example' AS name, 'shop' || n % 5000 || '.example' AS domain) AS texts,
            LATERAL (SELECT md5(n::text || 'e') || '@' || domain AS email) AS emails`,
    [storeId, ROWS_IN_EACH_STORE],
  );
  await pool.query(
    `INSERT INTO addresses (store_id, id, customer_id, name, first_name, last_name, company_name, phone_number, line_1, line_2,
                            city, county, region, postcode, country, instructions, created_at, updated_at)
     SELECT $1::uuid, gen_random_uuid(), (lpad(to_hex(n / $3::int + 1), 8, '0') || '-0000-4000-8000-000000000000')::uuid,
            'Home', md5(n::text), 'Example', '', '', n || ' Road', '', 'Town', 'Shire', '', 'ZZ' || n % 100, 'GB', '', now(), now()
       FROM generate_series(0, $2::int - 1) AS n`,
    [storeId, ROWS_IN_EACH_STORE, ADDRESSES_OF_EACH_CUSTOMER],
  );
}

/** The nodes of a plan that read a table or an index. */
async function scansOf({ text, values }: Sql): Promise<string[]> {
  return scansIn(await pool.query<PlanLine>(`EXPLAIN ${text}`, [...values]));
}

/** Of the plan that is made once for all values, which a server may come to use for a prepared statement. */
async function genericScansOf({ text }: Sql): Promise<string[]> {
  return scansIn(await pool.query<PlanLine>(`EXPLAIN (GENERIC_PLAN) ${text}`));
}

interface PlanLine {
  'QUERY PLAN': string;
}

function scansIn({ rows }: { rows: PlanLine[] }): string[] {
  return rows.map((row) => row['QUERY PLAN'].trim().replace(/^->\s+/, '')).filter((line) => line.includes('Scan'));
}

async function matchesOf({ text, values }: Sql): Promise<unknown[]> {
  return (await pool.query<Record<string, unknown>>(text, [...values])).rows;
}

function statements(source: ListSource, rules: ListRules, query: Record<string, string>) {
  const asked = readListQuery(query, rules, 25);
  return { page: pageStatement(source, asked), count: countStatement(source, asked) };
}

async function expectIndexes(source: ListSource, rules: ListRules, filter: string, matches: number): Promise<void> {
  const { page, count } = statements(source, rules, { filter });
  for (const statement of [page, count]) {
    for (const scans of [await scansOf(statement), await genericScansOf(statement)]) {
      expect(scans.filter((line) => line.includes('Seq Scan'))).toEqual([]);
      expect(scans.length).toBeGreaterThanOrEqual(1);
    }
  }
  expect(await matchesOf(count)).toEqual([{ total: matches }]);
  expect(await matchesOf(page)).toHaveLength(Math.min(matches, 25));
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const name = `${md5('1')} Example`;
const email = `${md5('1e')}@shop1.example`;

describe('with default settings of the planner and 100,000 customers in each of two stores, a list of customers', () => {
  it.each(Object.keys(customerRules.sorts.columns).flatMap((key) => [key, `-${key}`]))(
    'sorted by %s reads its page from one index, and sorts nothing',
    async (sort) => {
      const { page } = statements(customersIn(scope), customerRules, { sort });
      const { rows } = await pool.query<PlanLine>(`EXPLAIN ${page.text}`, [...page.values]);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');

      expect(scansIn({ rows })).toEqual([
        expect.stringMatching(/^Index (?:Only )?Scan (?:Backward )?using customers_\w+ on customers /),
      ]);
      expect(plan).not.toContain('Sort');
      expect(await matchesOf(page)).toHaveLength(25);
    },
  );

  it.each([
    ['eq(id,00000007-0000-4000-8000-000000000000)', 1],
    ['in(id,00000007-0000-4000-8000-000000000000,00000008-0000-4000-8000-000000000000)', 2],
    ['lt(id,00000007-0000-4000-8000-000000000000)', 6],
    ['le(id,00000007-0000-4000-8000-000000000000)', 7],
    ['gt(id,00018699-0000-4000-8000-000000000000)', 7],
    ['ge(id,00018699-0000-4000-8000-000000000000)', 8],
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
    ['gt(created_at,2026-02-12T19:46:03Z)', 1],
    ['ge(created_at,2026-02-12T19:46:40Z)', 1],
    ['eq(updated_at,2026-03-01T00:00:41Z)', 1],
    ['in(updated_at,2026-03-01T00:00:41Z,2026-03-01T00:01:22Z)', 2],
    ['lt(updated_at,2026-03-01T00:01:22Z)', 1],
    ['le(updated_at,2026-03-01T00:01:22Z)', 2],
    ['gt(updated_at,2026-04-17T10:52:39Z)', 1],
    ['ge(updated_at,2026-04-17T10:53:20Z)', 1],
    [`(like(name,${name.slice(0, 8)}*)|eq(external_ref,ref-100))`, 2],
    [`like(email,*@shop1.example):like(name,${name.slice(0, 4)}*)`, 1],
  ])('filtered by %s reads and counts by indexes', async (filter, matches) => {
    await expectIndexes(customersIn(scope), customerRules, filter, matches);
  });

  it('filtered by is_null(external_ref), which is half of the store, reads its page from an index', async () => {
    const { page } = statements(customersIn(scope), customerRules, { filter: 'is_null(external_ref)' });
    expect(await scansOf(page)).toEqual([
      expect.stringMatching(/^Index Scan using customers_created_at_idx on customers /),
    ]);
    expect(await matchesOf(page)).toHaveLength(25);
  });
});

describe('with default settings of the planner and 100,000 addresses in each of two stores, a list of addresses', () => {
  const source = addressesOf(scope, '00000007-0000-4000-8000-000000000000');

  it.each(Object.keys(addressRules.sorts.columns).flatMap((key) => [key, `-${key}`]))(
    'sorted by %s reads those of the customer by an index',
    async (sort) => {
      const { page } = statements(source, addressRules, { sort });
      const scans = await scansOf(page);

      expect(scans.length).toBeGreaterThanOrEqual(1);
      expect(scans.filter((line) => line.includes('Seq Scan'))).toEqual([]);
      expect(await matchesOf(page)).toHaveLength(ADDRESSES_OF_EACH_CUSTOMER);
    },
  );

  const texts = Object.entries(addressRules.filters).filter(([, field]) => 'ilike' in field);

  it.each(texts.map(([attribute]) => attribute))(
    'filtered by %s with eq, in, like or ilike reads and counts by indexes',
    async (attribute) => {
      await expectIndexes(source, addressRules, `eq(${attribute},"no such text")`, 0);
      await expectIndexes(source, addressRules, `in(${attribute},"no such text",none)`, 0);
      await expectIndexes(source, addressRules, `like(${attribute},no such*)`, 0);
      await expectIndexes(source, addressRules, `like(${attribute},*)`, ADDRESSES_OF_EACH_CUSTOMER);
      await expectIndexes(source, addressRules, `ilike(${attribute},*such text*)`, 0);
    },
  );

  it.each([
    ['created_at', '2026-01-01'],
    ['updated_at', '2026-01-01'],
    ['id', '00000007-0000-4000-8000-000000000000'],
  ])('filtered by %s with a comparison reads and counts by indexes', async (attribute, value) => {
    await expectIndexes(source, addressRules, `eq(${attribute},${value})`, 0);
    await expectIndexes(source, addressRules, `in(${attribute},${value})`, 0);
    await expectIndexes(source, addressRules, `gt(${attribute},${value})`, ADDRESSES_OF_EACH_CUSTOMER);
    await expectIndexes(source, addressRules, `ge(${attribute},${value})`, ADDRESSES_OF_EACH_CUSTOMER);
    await expectIndexes(source, addressRules, `lt(${attribute},${value})`, 0);
    await expectIndexes(source, addressRules, `le(${attribute},${value})`, 0);
  });
});
