import { newId } from '../crypto/identifiers.js';
import type { AuthenticationMechanism } from '../database/enumerations.js';
import type { CustomerModel } from '../generated/prisma/models.js';
import { fold } from '../text/folding.js';
import type { EmailAddress } from './email-address.js';

export function nameColumns(name: string) {
  return { name, nameFolded: fold(name) };
}

export function emailColumns(email: EmailAddress) {
  return { email: email.typed, emailCanonical: email.canonical, emailDomain: email.domain };
}

/** Who a customer without a password is. */
export interface PasswordlessCustomer {
  readonly storeId: string;
  readonly name: string;
  readonly email: EmailAddress;
  /** Whether the customer owns the email for login: one in a store may. */
  readonly ownsLogin: boolean;
  readonly emailVerified: boolean;
  readonly mechanism: AuthenticationMechanism;
  readonly now: Date;
}

/** The row of a customer who comes with single sign-on. */
export function passwordlessCustomerRow(customer: PasswordlessCustomer): CustomerModel {
  return {
    storeId: customer.storeId,
    id: newId(),
    ...nameColumns(customer.name),
    ...emailColumns(customer.email),
    loginEmail: customer.ownsLogin ? customer.email.canonical : null,
    emailVerified: customer.emailVerified,
    externalRef: null,
    authenticationMechanism: customer.mechanism,
    passwordHash: null,
    customMembers: {},
    createdAt: customer.now,
    updatedAt: customer.now,
  };
}

/** Beside the store's. Named one by one: a newer version may have added a column, which its default fills. */
export const CUSTOMER_COLUMNS = [
  'id',
  'name',
  'name_folded',
  'email',
  'email_canonical',
  'email_domain',
  'login_email',
  'email_verified',
  'external_ref',
  'authentication_mechanism',
  'password_hash',
  'custom_members',
  'created_at',
  'updated_at',
] as const;

/** A row as JSON has it. */
export function toColumns(row: CustomerModel): Readonly<Record<(typeof CUSTOMER_COLUMNS)[number], unknown>> {
  return {
    id: row.id,
    name: row.name,
    name_folded: row.nameFolded,
    email: row.email,
    email_canonical: row.emailCanonical,
    email_domain: row.emailDomain,
    login_email: row.loginEmail,
    email_verified: row.emailVerified,
    external_ref: row.externalRef,
    authentication_mechanism: row.authenticationMechanism,
    password_hash: row.passwordHash,
    custom_members: row.customMembers,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  };
}
