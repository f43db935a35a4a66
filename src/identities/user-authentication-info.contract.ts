import { z } from 'zod';
import { emailMember } from '../customers/customers.contract.js';
import type { AuthenticationUserModel, CustomerModel } from '../generated/prisma/models.js';
import { milliseconds, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { requestBody, typeMember } from '../jsonapi/request-body.js';
import { nameText } from '../jsonapi/text-members.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';
import { listed } from '../realms/realms.contract.js';

const name = nameText(1, 255);

const partOfName = nameText(0, 255).nullish();
const partsOfName = { given_name: partOfName, family_name: partOfName, middle_name: partOfName };

/** The interface shows the type with underscores, and some clients send it with hyphens, as in the path. */
const type = z.union([typeMember('user_authentication_info'), typeMember('user-authentication-info')]);

export const CreateUser = named(
  'CreateUserAuthenticationInfo',
  'A user of the realm: the customer who has the email, or a new one.',
  requestBody('single_sign_on', z.object({ type, name, email: emailMember, ...partsOfName })),
);
export type CreateUser = z.output<typeof CreateUser>;

export const UpdateUser = named(
  'UpdateUserAuthenticationInfo',
  'What is left out stays.',
  requestBody(
    'single_sign_on',
    z.object({ type, name: name.optional(), email: emailMember.optional(), ...partsOfName }),
  ),
);
export type UpdateUser = z.output<typeof UpdateUser>;

/** A user of a realm is a customer, who has the name and the email. */
export interface UserRow extends AuthenticationUserModel {
  readonly customer: Pick<CustomerModel, 'name' | 'email'>;
}

export const UserResource = named(
  'UserAuthenticationInfo',
  'A user of a realm, who is a customer of the store.',
  z.strictObject({
    id: uuid.describe('The customer’s id.'),
    type: z.literal('user_authentication_info'),
    name: z.string(),
    email: z.string(),
    given_name: z.string().nullable(),
    family_name: z.string().nullable(),
    middle_name: z.string().nullable(),
    meta: z.strictObject({
      created_at: milliseconds,
      updated_at: milliseconds,
      creation_status: z.literal('COMPLETE').describe('A user is made in one step here, so that none is half made.'),
    }),
  }),
);
export type UserResource = z.output<typeof UserResource>;

export const ListedUserResource = listed('ListedUserAuthenticationInfo', 'A user in a list.', UserResource);

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
