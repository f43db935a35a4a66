import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Jobs } from '../../src/jobs/jobs.js';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob } from '../harness/background-jobs.js';
import { LinkingWorld } from '../harness/linking-world.js';
import { readsOf } from '../harness/query-plans.js';
import { uniqueEmail } from '../harness/shop.js';
import { sized } from '../harness/tier/sizes.js';

const ROWS = sized('rows of each table that is swept, for plans', { test: 5_000, thorough: 20_000 });
/** One row in so many is over. */
const ONE_IN = 100;

let app: TestApp;
let world: LinkingWorld;

beforeAll(async () => {
  app = await startApp();
  world = await LinkingWorld.open(app, { policy: 'allowed', unproven: 'refuse', trust: 'claim' });
  const email = uniqueEmail();
  const { id } = await world.door.customerOf(await world.door.enter({ sub: email, email, email_verified: true }));
  const { storeId, key } = world.shop;
  const { realmId, profileId } = world.door.signIn;
  const identity = await app.database.prisma.identity.findFirstOrThrow({ where: { storeId, customerId: id } });
  const end = `now() + CASE WHEN n % ${ONE_IN} = 0 THEN -2 ELSE 2 END * interval '1 day'`;
  const many = `FROM generate_series(1, ${ROWS}) n`;
  const { pool } = app.database;
  await pool.query(
    `INSERT INTO customer_tokens (store_id, id, customer_id, mechanism, created_at, expires_at)
     SELECT $1, gen_random_uuid(), $2, 'password', now(), ${end} ${many}`,
    [storeId, id],
  );
  await pool.query(
    `INSERT INTO application_key_secrets (store_id, id, key_id, secret_hash, created_at, retired_at)
     SELECT $1, gen_random_uuid(), $2, sha256(n::text::bytea), now(), ${end} ${many}`,
    [storeId, key.keyId],
  );
  await pool.query(
    `INSERT INTO sso_flows (store_id, state_hash, realm_id, profile_id, browser_hash, sealed_secrets, redirect_uri,
       storefront_state, code_challenge, report_callback_replay, created_at, expires_at)
     SELECT $1, sha256(n::text::bytea), $2, $3, '\\x00', '\\x00', 'https://x.test', 's', 'c', false, now(), ${end} ${many}`,
    [storeId, realmId, profileId],
  );
  await pool.query(
    `INSERT INTO authorization_codes (store_id, code_hash, identity_id, redirect_uri, code_challenge, created_at, expires_at)
     SELECT $1, sha256(n::text::bytea), $2, 'https://x.test', 'c', now(), ${end} ${many}`,
    [storeId, identity.id],
  );
  await pool.query('ANALYZE');
});

afterAll(async () => {
  await world.close();
  await app.close();
});

/** The statement by which a job has removed rows, as the connections of the app have prepared it. */
async function statementOf(job: string, table: string): Promise<string> {
  expect(await doJob(app, job)).toMatchObject({ rows: ROWS / ONE_IN, failure: null });
  const { pool } = app.database;
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()));
  try {
    for (const client of clients) {
      const { rows } = await client.query<{ statement: string }>('SELECT statement FROM pg_prepared_statements');
      const found = rows.find(({ statement }) => statement.includes(`DELETE FROM public.${table}`));
      if (found !== undefined) return found.statement;
    }
  } finally {
    for (const client of clients) client.release();
  }
  throw new Error(`no connection has a statement for ${table}`);
}

const TABLES = [
  ['expired-customer-tokens', 'customer_tokens'],
  ['expired-sign-ins', 'sso_flows'],
  ['expired-authorization-codes', 'authorization_codes'],
  ['retired-application-key-secrets', 'application_key_secrets'],
] as const;

describe(`a sweep of a table with ${ROWS} rows`, () => {
  it.each(TABLES)('finds the rows of %s in %s by indexes, and names one store', async (job, table) => {
    const text = await statementOf(job, table);
    const { storeId } = world.shop;
    const time = table === 'application_key_secrets' ? 'retired_at' : 'expires_at';
    const reads = await readsOf(app.database.pool, { text, values: [storeId, 500] });
    expect(reads.toSorted()).toEqual([`${table}_${time}_idx`, `${table}_pkey`].toSorted());
    expect(text.match(/store_id = \$1::uuid/g)).toHaveLength(2);
  });

  it('is tried for every job of the service', () => {
    // What the outbox does with events has tests of its own (test/outbox).
    const others = ['event-positions', 'expired-events', 'refusal-events'];
    const tried = TABLES.map(([job]) => job);
    expect(app.nest.get(Jobs).names.toSorted()).toEqual([...tried, ...others].toSorted());
  });
});
