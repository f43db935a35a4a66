import { z } from 'zod';
import { AuthenticationMechanism } from '../database/enumerations.js';
import type { CustomerModel } from '../generated/prisma/models.js';
import { secondsMeta, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { type ConfiguredRules, type Fault, faultsOf, validationError } from '../jsonapi/faults.js';
import { broken, broughtId, requestBody, typeMember } from '../jsonapi/request-body.js';
import { nameText } from '../jsonapi/text-members.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import { shownCustomMembers } from './custom-members.js';
import { type EmailAddress, parseEmailAddress } from './email-address.js';

const PASSWORD_BYTES_MAX = 1_024;

const name = nameText(1, 255);

/** An address as it was typed, and its one form. */
export const emailMember = z
  .string()
  .min(1)
  .max(254)
  // RFC 6531: letters of any script.
  .meta({ format: 'idn-email' })
  .transform((text, context): EmailAddress => {
    const address = parseEmailAddress(text);
    if (address !== null) return address;
    context.addIssue(broken({ rule: 'email' }));
    return z.NEVER;
  });

/** What is longer is refused before anything is hashed. */
export const PasswordText = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= PASSWORD_BYTES_MAX, {
    params: { rule: 'max_bytes', limit: PASSWORD_BYTES_MAX },
  })
  .meta({ format: 'password', maxLength: PASSWORD_BYTES_MAX, description: `At most ${PASSWORD_BYTES_MAX} bytes.` });

/** Empty and null mean "not given": a storefront once sent an empty password with every profile update. */
const password = PasswordText.nullish().transform((text) => (text === null || text === '' ? undefined : text));

/** A boolean means so, too: answers show whether there is a password, and clients send back what they have read. */
const changedPassword = z
  .preprocess((value) => (typeof value === 'boolean' ? undefined : value), password)
  .meta({
    anyOf: [{ type: 'string', format: 'password', maxLength: PASSWORD_BYTES_MAX }, { type: ['boolean', 'null'] }],
    description: `At most ${PASSWORD_BYTES_MAX} bytes. A boolean, as answers show it, changes nothing.`,
  });

/** By which the store's other systems find the customer; counts under client credentials only. */
const externalRef = z.string().max(2_048).nullish();

/** Somebody trusted vouches for the address; counts under client credentials only. */
const emailVerified = z
  .boolean()
  .nullish()
  .transform((value) => value ?? undefined);

export const CreateCustomer = named(
  'CreateCustomer',
  'A new customer. The least length of a password is a setting of the deployment, 8 unless it is set. `id`, `email_verified`, `external_ref` and members of the store’s own count with client credentials.',
  requestBody(
    'failed_validation',
    z.object({
      id: broughtId,
      type: typeMember('customer'),
      name,
      email: emailMember,
      password,
      external_ref: externalRef,
      email_verified: emailVerified,
    }),
    passwordFaults,
  ),
);
export type CreateCustomer = z.output<typeof CreateCustomer>;

export const UpdateCustomer = named(
  'UpdateCustomer',
  'What is left out stays. `email_verified`, `external_ref` and members of the store’s own count with client credentials; null removes a member of the store’s own.',
  requestBody(
    'failed_validation',
    z.object({
      type: typeMember('customer'),
      name: name.optional(),
      email: emailMember.optional(),
      password: changedPassword,
      current_password: password,
      external_ref: externalRef,
      email_verified: emailVerified,
    }),
    passwordFaults,
  ),
);
export type UpdateCustomer = z.output<typeof UpdateCustomer>;

/** A password has a least length, counted in characters as people see them typed: code points. Never checked at login. */
function passwordFaults(...[body, { passwordMinLength: limit }]: Parameters<ConfiguredRules>): Fault[] {
  const { password } = (body as { data?: { password?: unknown } | null } | null)?.data ?? {};
  const tooShort = typeof password === 'string' && password !== '' && Array.from(password).length < limit;
  return tooShort ? [{ path: ['data', 'password'], rule: 'min_string', limit }] : [];
}

export const DeleteCustomer = named(
  'DeleteCustomer',
  'The current password, where the store asks for it. Anything else in the body of a deletion is ignored.',
  z.object({ data: z.object({ current_password: password }) }),
);

/**
 * The current password in the body of a deletion. Bodies of deletions are ignored otherwise, as clients send all kinds of them.
 *
 * @param sent `data` of the body
 * @throws AppError `validation_failed`
 */
export function readCurrentPassword(sent: unknown): string | undefined {
  const input = {
    data: { current_password: (sent as { current_password?: unknown } | null | undefined)?.current_password },
  };
  const result = DeleteCustomer.safeParse(input);
  if (result.success) return result.data.data.current_password;
  throw validationError('failed_validation', faultsOf(result.error, input));
}

export const CustomerResource = named(
  'Customer',
  'A customer. Members of the store’s own, which came with client credentials, follow the ones named here.',
  z.looseObject({
    id: uuid,
    type: z.literal('customer'),
    name: z.string(),
    email: z.string(),
    password: z.boolean().describe('Whether there is a password. The password itself is never shown.'),
    external_ref: z.string().nullable(),
    authentication_mechanism: z.enum(AuthenticationMechanism).describe('How the customer was made.'),
    email_verified: z.boolean(),
    meta: secondsMeta,
  }),
);
export type CustomerResource = z.output<typeof CustomerResource>;

export function toCustomerResource(customer: CustomerModel): CustomerResource {
  return {
    id: customer.id,
    type: 'customer',
    name: customer.name,
    email: customer.email,
    password: customer.passwordHash !== null,
    external_ref: customer.externalRef,
    authentication_mechanism: customer.authenticationMechanism,
    email_verified: customer.emailVerified,
    meta: { timestamps: { created_at: toSeconds(customer.createdAt), updated_at: toSeconds(customer.updatedAt) } },
    ...shownCustomMembers(customer.customMembers),
  };
}
