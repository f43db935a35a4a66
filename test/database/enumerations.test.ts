import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { translateDatabaseError } from '../../src/database/database-errors.js';
import { enumeratedColumns } from '../../src/database/enumerated-columns.js';
import * as enumerations from '../../src/database/enumerations.js';
import { sharedApp } from '../harness/app.js';
import { freshDatabaseUrl, withClient } from '../harness/postgres.js';
import { givenShop } from '../harness/shop.js';

const { AuthenticationMechanism, DuplicateEmailPolicy, EmailTrust, OrderPayment, OrderShipping, OrderStatus } =
  enumerations;
const { EventActorType, EventOutcome, Registration, SigningKeyPurpose, UnprovenEmail } = enumerations;

/** Which words each column holds. */
const COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'stores.registration': Registration,
  'authentication_realms.duplicate_email_policy': DuplicateEmailPolicy,
  'authentication_realms.unproven_email': UnprovenEmail,
  'oidc_profiles.email_trust': EmailTrust,
  'signing_keys.purpose': SigningKeyPurpose,
  'customers.authentication_mechanism': AuthenticationMechanism,
  'customer_tokens.mechanism': AuthenticationMechanism,
  'orders.status': OrderStatus,
  'orders.payment': OrderPayment,
  'orders.shipping': OrderShipping,
  'events.actor_type': EventActorType,
  'events.outcome': EventOutcome,
};

const CHECKS = `
  SELECT conname AS name, conrelid::regclass || '.' || attname AS column, pg_get_constraintdef(pg_constraint.oid) AS definition
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
   WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND convalidated`;

describe('the words of columns', () => {
  it('are the same in the code, in prisma/schema.prisma and in the CHECK constraints of a migrated database', async () => {
    const words = Object.entries(COLUMNS).map(([column, each]) => [column, Object.values(each)]);
    const said = enumeratedColumns(readFileSync('prisma/schema.prisma', 'utf8'));
    const checks = await withClient(await freshDatabaseUrl(), async (client) => {
      const { rows } = await client.query<{ name: string; column: string; definition: string }>(CHECKS);
      return rows;
    });

    expect(Object.fromEntries(said.map((each) => [`${each.table}.${each.column}`, each.words]))).toEqual(
      Object.fromEntries(words),
    );
    const held = checks.map(({ column, definition }) => [
      column,
      [...definition.matchAll(/'([^']*)'::text/g)].map(([, word]) => word),
    ]);
    expect(Object.fromEntries(held)).toEqual(Object.fromEntries(words));
    expect(checks.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(COLUMNS)
        .map((column) => `${column.replace('.', '_')}_check`)
        .toSorted(),
    );
  });

  it.each([
    ['status', OrderStatus],
    ['payment', OrderPayment],
    ['shipping', OrderShipping],
  ])('by which orders are sorted are those of the index on %s', async (column, words) => {
    const list = Object.values(words).map((word) => `'${word}'::text`);
    const { rows } = await withClient(await freshDatabaseUrl(), (client) =>
      client.query<{ second: string }>('SELECT pg_get_indexdef($1::regclass, 2, true) AS second', [
        `orders_${column}_idx`,
      ]),
    );
    expect(rows).toEqual([{ second: `array_position(ARRAY[${list.join(', ')}], ${column})` }]);
  });

  it('are each used by a column', () => {
    expect(new Set(Object.values(enumerations))).toEqual(new Set(Object.values(COLUMNS)));
  });

  it('are refused by the database where they are others, which is a failure of ours and no answer to a client', async () => {
    const shop = await givenShop(await sharedApp());
    const { prisma } = shop.app.database;
    const other = 'nobody' as 'open';

    const failure: unknown = await prisma.store
      .update({ where: { id: shop.storeId }, data: { registration: other } })
      .catch((cause: unknown) => cause);

    expect(String(failure)).toContain('stores_registration_check');
    expect(translateDatabaseError(failure)).toBeNull();
  });
});
