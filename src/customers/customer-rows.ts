import { newId } from '../crypto/identifiers.js';
import type { AuthenticationMechanism } from '../generated/prisma/enums.js';
import type { CustomerUncheckedCreateInput } from '../generated/prisma/models.js';
import { type EmailAddress, fold } from './email-address.js';

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
export function passwordlessCustomerRow(customer: PasswordlessCustomer): CustomerUncheckedCreateInput & { id: string } {
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
