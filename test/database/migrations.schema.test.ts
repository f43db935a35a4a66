import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { schemaDifference } from '../../src/database/schema-difference.js';
import { emptyDatabaseUrl, freshDatabaseUrl, withClient } from '../harness/postgres.js';
import { factsOf, without } from './schema-facts.js';

const ORDER_OF_WORDS =
  'an index on an expression, which Prisma has no word for: orders are sorted by the order of the words';

/**
 * What the migrations make and the Prisma schema cannot say, or the other way round, each with its reason. A fact is written as
 * the queries below put it.
 */
const DIFFERENCES: Readonly<Record<'migrations' | 'schema', Readonly<Record<string, string>>>> = {
  migrations: {
    "index CREATE INDEX orders_status_idx ON public.orders USING btree (store_id, array_position(ARRAY['incomplete'::text, 'processing'::text, 'complete'::text, 'cancelled'::text], status), id) INCLUDE (status)":
      ORDER_OF_WORDS,
    'relation orders_status_idx of kind i': ORDER_OF_WORDS,
    "index CREATE INDEX orders_payment_idx ON public.orders USING btree (store_id, array_position(ARRAY['unpaid'::text, 'authorized'::text, 'partially_authorized'::text, 'partially_paid'::text, 'paid'::text, 'refunded'::text], payment), id) INCLUDE (payment)":
      ORDER_OF_WORDS,
    'relation orders_payment_idx of kind i': ORDER_OF_WORDS,
    "index CREATE INDEX orders_shipping_idx ON public.orders USING btree (store_id, array_position(ARRAY['unfulfilled'::text, 'fulfilled'::text], shipping), id) INCLUDE (shipping)":
      ORDER_OF_WORDS,
    'relation orders_shipping_idx of kind i': ORDER_OF_WORDS,
  },
  schema: {},
};

describe('the migrations', () => {
  it('applied to an empty database, make what prisma/schema.prisma says, but for the listed differences', async () => {
    const fromMigrations = await freshDatabaseUrl();
    const fromSchema = await emptyDatabaseUrl();
    const sql = await schemaDifference(fromSchema, null, readFileSync('prisma/schema.prisma', 'utf8'));
    await withClient(fromSchema, (client) => client.query(sql));

    const [made, said] = [await factsOf(fromMigrations), await factsOf(fromSchema)];

    expect(said.size).toBeGreaterThan(100);
    expect(without(made, said)).toEqual(new Set(Object.keys(DIFFERENCES.migrations)));
    expect(without(said, made)).toEqual(new Set(Object.keys(DIFFERENCES.schema)));
  });

  it.each([
    ['a type', 'ALTER TABLE customers ALTER COLUMN name TYPE varchar(256)'],
    ['a nullability', 'ALTER TABLE customers ALTER COLUMN email DROP NOT NULL'],
    ['a default', `ALTER TABLE customers ALTER COLUMN email SET DEFAULT ''`],
    ['a foreign key', 'ALTER TABLE customers DROP CONSTRAINT customers_store_fkey'],
    [
      'the order of an index',
      'DROP INDEX customers_created_at_idx; CREATE INDEX customers_created_at_idx ON customers (store_id, created_at, id)',
    ],
    [
      'the words of a column',
      `ALTER TABLE stores DROP CONSTRAINT stores_registration_check,
         ADD CONSTRAINT stores_registration_check CHECK (registration IN ('open', 'client_credentials', 'closed'))`,
    ],
    ['a native enumeration', `CREATE TYPE mood AS ENUM ('good')`],
    ['a sequence', 'CREATE SEQUENCE numbers'],
    ['a trigger', 'CREATE TRIGGER t BEFORE UPDATE ON customers EXECUTE FUNCTION suppress_redundant_updates_trigger()'],
  ])('are compared so closely that a change of %s shows', async (_what, change) => {
    const url = await freshDatabaseUrl();
    const before = await factsOf(url);
    await withClient(url, (client) => client.query(change));
    const after = await factsOf(url);

    expect(without(after, before).size + without(before, after).size).toBeGreaterThan(0);
  });
});
