import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { userRules, usersOf } from '../../src/identities/user-authentication-info.query.js';
import type { ListSource } from '../../src/jsonapi/list-query.js';
import {
  CUSTOMERS_PER_STORE,
  givenManyCustomers,
  numberedEmail,
  numberedName,
  numberedTimes,
} from '../harness/many-customers.js';
import { withoutIndexes } from '../harness/many-rows.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { expectIndexes, listStatements, planText, readsOf, rowsOf, wholeTables } from '../harness/query-plans.js';

let pool: Pool;
let users: ListSource;

beforeAll(async () => {
  pool = new Pool({ connectionString: await freshDatabaseUrl(), options: inject('clientOptions'), max: 1 });
  const stores = await givenManyCustomers(pool);
  const realmId = newId();
  await withoutIndexes(pool, ['authentication_users'], async (client) => {
    await client.query(
      `INSERT INTO authentication_realms (store_id, id, name, created_at, updated_at)
       SELECT id, $1, 'Buyer Organization', now(), now() FROM stores`,
      [realmId],
    );
    await client.query(
      `INSERT INTO authentication_users (store_id, realm_id, customer_id, given_name, created_at, updated_at)
       SELECT store_id, $1, id, CASE WHEN external_ref IS NOT NULL THEN 'Ann' END, created_at, updated_at FROM customers`,
      [realmId],
    );
  });
  await pool.query('ANALYZE');
  users = usersOf({ storeId: stores[0], customer: null }, realmId);
});

afterAll(async () => {
  await pool.end();
});

const MANY = CUSTOMERS_PER_STORE.toLocaleString('en');
const name = numberedName(1);
const email = numberedEmail(1);

describe(`with default settings of the planner and ${MANY} users in each of two stores, a list of users`, () => {
  it.each([
    [`eq(name,${name})`, 1],
    [`in(name,${name},nobody)`, 1],
    [`like(name,${name})`, 1],
    [`like(name,${name.slice(0, 8)}*)`, 1],
    [`like(name,${name.slice(0, 8).toUpperCase()}*)`, 0],
    [`ilike(name,${name.slice(0, 8).toUpperCase()}*)`, 1],
    [`eq(email,${email})`, 1],
    [`in(email,${email},nobody@shop1.example)`, 1],
    [`like(email,${email})`, 1],
    [`like(email,${email.slice(0, 8)}*)`, 1],
    [`like(email,${email.slice(0, 36)}*)`, 1],
    [`ilike(email,${email.slice(0, 8).toUpperCase()}*)`, 1],
    ['like(email,*@shop7.example)', 20],
    ['like(email,*@SHOP7.example)', 0],
    ['ilike(email,*@SHOP7.example)', 20],
    ['eq(created_at,2026-01-01T00:00:37Z)', 1],
    ['in(created_at,2026-01-01T00:00:37Z,2026-01-01T00:01:14Z)', 2],
    ['lt(created_at,2026-01-01T00:01:14Z)', 1],
    [`ge(created_at,${numberedTimes(CUSTOMERS_PER_STORE).createdAt})`, 1],
    ['eq(updated_at,2026-03-01T00:00:41Z)', 1],
    [`gt(updated_at,${numberedTimes(CUSTOMERS_PER_STORE - 1).updatedAt})`, 1],
    [`(like(name,${name.slice(0, 8)}*)|eq(email,${numberedEmail(2)}))`, 2],
    [`like(email,*@shop1.example):like(name,${name.slice(0, 4)}*)`, 1],
    [`like(email,*@shop1.example):is_null(given_name)`, 20],
  ])('filtered by %s reads and counts by indexes', async (filter, matches) => {
    await expectIndexes(pool, users, userRules, filter, matches);
  });

  it.each(Object.keys(userRules.sorts.columns).flatMap((key) => [key, `-${key}`]))(
    'sorted by %s reads its page from one index of the users alone, and sorts nothing',
    async (sort) => {
      const { page } = listStatements(users, userRules, { sort });

      expect(await readsOf(pool, page)).toEqual([expect.stringMatching(/^authentication_users_/)]);
      expect(await planText(pool, page)).not.toContain('Sort');
      expect(await rowsOf(pool, page)).toHaveLength(25);
    },
  );

  it('filtered by is_null(given_name), which is half of the store, reads its page from an index', async () => {
    const { page } = listStatements(users, userRules, { filter: 'is_null(given_name)' });

    expect(wholeTables(await readsOf(pool, page))).toEqual([]);
    expect(await rowsOf(pool, page)).toHaveLength(25);
  });

  // An index holds nearly as much as such a row does, so for half of them the table is as good as any.
  it('counts all of them without a look at the customers', async () => {
    const { count } = listStatements(users, userRules, {});

    expect((await readsOf(pool, count)).filter((read) => read.includes('customers'))).toEqual([]);
    expect(await rowsOf(pool, count)).toEqual([{ total: CUSTOMERS_PER_STORE }]);
  });
});
