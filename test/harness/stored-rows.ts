import { systemOf } from '../../src/database/authority.js';
import { CustomerTokens } from '../../src/sessions/customer-tokens.js';
import type { Shop } from './shop.js';

/** A row of `customers` as the database has it. */
export interface StoredCustomer {
  readonly store_id: string;
  readonly id: string;
  readonly name: string;
  readonly name_folded: string;
  readonly email: string;
  readonly email_canonical: string;
  readonly email_domain: string;
  readonly login_email: string | null;
  readonly email_verified: boolean;
  readonly external_ref: string | null;
  readonly authentication_mechanism: 'password' | 'oidc';
  readonly password_hash: string | null;
  readonly custom_members: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Throws where there is no such row. */
export async function storedCustomer({ app, storeId }: Shop, id: string): Promise<StoredCustomer> {
  const { rows } = await app.database.pool.query<StoredCustomer>(
    'SELECT * FROM customers WHERE store_id = $1 AND id = $2',
    [storeId, id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no customer ${id} is stored`);
  return row;
}

/** How many rows of a table belong to the store. */
export async function countRows(
  { app, storeId }: Shop,
  table: 'addresses' | 'authorization_codes' | 'customer_tokens' | 'customers' | 'order_items' | 'orders',
): Promise<number> {
  const { rows } = await app.database.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table} WHERE store_id = $1`,
    [storeId],
  );
  return rows[0]?.count ?? 0;
}

/** A customer as single sign-on makes one: without a password, and not the owner of the login email. */
export async function givenCustomerOfSingleSignOn(
  shop: Shop,
  { id, email }: { id: string; email: string },
): Promise<void> {
  const now = new Date();
  await shop.app.database.prisma.customer.create({
    data: {
      storeId: shop.storeId,
      id,
      name: 'Sam Sign-On',
      nameFolded: 'sam sign-on',
      email,
      emailCanonical: email,
      emailDomain: email.slice(email.lastIndexOf('@') + 1),
      loginEmail: null,
      emailVerified: true,
      externalRef: null,
      authenticationMechanism: 'oidc',
      passwordHash: null,
      customMembers: {},
      createdAt: now,
      updatedAt: now,
    },
  });
}

/** A customer token for somebody who cannot log in by password, signed and stored by the service itself. */
export async function givenCustomerToken(shop: Shop, customer: { id: string; name: string }): Promise<string> {
  const issued = await shop.app.nest.get(CustomerTokens).issue(systemOf(shop.storeId), {
    storeId: shop.storeId,
    customerId: customer.id,
    name: customer.name,
    mechanism: 'oidc',
    verifiedPasswordHash: null,
    identity: null,
  });
  if (issued === null) throw new Error('no token was issued');
  return issued.token;
}
