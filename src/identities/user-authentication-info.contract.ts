import { z } from 'zod';
import { type EmailAddress, parseEmailAddress } from '../customers/email-address.js';
import type { AuthenticationUserModel, CustomerModel } from '../generated/prisma/models.js';
import { broken, requestBody, typeMember } from '../jsonapi/request-body.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';

const name = z.string().min(1).max(255);

const email = z
  .string()
  .min(1)
  .max(254)
  .transform((text, context): EmailAddress => {
    const address = parseEmailAddress(text);
    if (address !== null) return address;
    context.addIssue(broken({ rule: 'email' }));
    return z.NEVER;
  });

const partOfName = z.string().max(255).nullish();
const partsOfName = { given_name: partOfName, family_name: partOfName, middle_name: partOfName };

/** The interface shows the type with underscores, and some clients send it with hyphens, as in the path. */
const type = z.union([typeMember('user_authentication_info'), typeMember('user-authentication-info')]);

export const CreateUser = requestBody('single_sign_on', z.object({ type, name, email, ...partsOfName }));
export type CreateUser = z.output<typeof CreateUser>;

export const UpdateUser = requestBody(
  'single_sign_on',
  z.object({ type, name: name.optional(), email: email.optional(), ...partsOfName }),
);
export type UpdateUser = z.output<typeof UpdateUser>;

/** A user of a realm is a customer, who has the name and the email. */
export interface UserRow extends AuthenticationUserModel {
  readonly customer: Pick<CustomerModel, 'name' | 'email'>;
}

export interface UserResource {
  /** The customer's id. */
  id: string;
  type: 'user_authentication_info';
  name: string;
  email: string;
  given_name: string | null;
  family_name: string | null;
  middle_name: string | null;
  /** Times in RFC 3339, milliseconds. A user is made in one step here, so that none is half made. */
  meta: { created_at: string; updated_at: string; creation_status: 'COMPLETE' };
}

export function userUrl(publicUrl: string, { realmId, customerId }: { realmId: string; customerId: string }): string {
  return `${publicUrl}/v2/authentication-realms/${realmId}/user-authentication-info/${customerId}`;
}

export function toUserResource(user: UserRow): UserResource {
  return {
    id: user.customerId,
    type: 'user_authentication_info',
    name: user.customer.name,
    email: user.customer.email,
    given_name: user.givenName,
    family_name: user.familyName,
    middle_name: user.middleName,
    meta: {
      created_at: toMilliseconds(user.createdAt),
      updated_at: toMilliseconds(user.updatedAt),
      creation_status: 'COMPLETE',
    },
  };
}
