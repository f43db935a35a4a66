import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { newId } from '../../src/crypto/identifiers.js';
import { withoutIndexes } from './many-rows.js';
import { sized } from './tier/sizes.js';

export const CUSTOMERS_PER_STORE = sized('customers in each of two stores, for plans', {
  test: 10_000,
  thorough: 100_000,
});
/** So that each domain is the one of 20. */
const DOMAINS = CUSTOMERS_PER_STORE / 20;

/** Two stores, the id of the first one first, each with very many customers, whose columns are told by their numbers from 1. */
export async function givenManyCustomers(pool: Pool): Promise<[string, string]> {
  const stores: [string, string] = [newId(), newId()];
  await pool.query(
    `INSERT INTO stores (id, handle, registration, require_current_password, page_length, address_limit, created_at, updated_at)
     SELECT id::uuid, id, 'open', false, 25, 25, now(), now() FROM unnest($1::text[]) AS id`,
    [stores],
  );
  await withoutIndexes(pool, ['customers'], async (client) => {
    await client.query(
      `INSERT INTO customers (store_id, id, name, name_folded, email, email_canonical, email_domain, login_email, email_verified,
                              external_ref, authentication_mechanism, custom_members, created_at, updated_at)
       SELECT store_id::uuid, (lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000000')::uuid, name, lower(name), email, email,
              domain, email, false, CASE WHEN n % 2 = 0 THEN 'ref-' || n END, 'password', '{}',
              timestamptz '2026-01-01Z' + n * interval '37 seconds', timestamptz '2026-03-01Z' + n * interval '41 seconds'
         FROM unnest($1::text[]) AS store_id, generate_series(1, $2::int) AS n,
              LATERAL (SELECT md5(n::text) || ' Example' AS name, 'shop' || n % ${DOMAINS} || '.example' AS domain) AS texts,
              LATERAL (SELECT md5(n::text || 'e') || '@' || domain AS email) AS emails`,
      [stores, CUSTOMERS_PER_STORE],
    );
  });
  return stores;
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** Who has this number. */
export function numberedName(number: number): string {
  return `${md5(`${number}`)} Example`;
}

export function numberedEmail(number: number): string {
  return `${md5(`${number}e`)}@shop${number % DOMAINS}.example`;
}

/** In each of the stores. */
export function numberedId(number: number): string {
  return `${number.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

/** When customer `number` was made, and when changed: RFC 3339, whole seconds. */
export function numberedTimes(number: number): { createdAt: string; updatedAt: string } {
  return {
    createdAt: secondsAfter('2026-01-01T00:00:00Z', 37 * number),
    updatedAt: secondsAfter('2026-03-01T00:00:00Z', 41 * number),
  };
}

function secondsAfter(begin: string, seconds: number): string {
  return new Date(Date.parse(begin) + seconds * 1_000).toISOString().replace('.000Z', 'Z');
}
