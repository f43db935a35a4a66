import { z } from 'zod';
import { DuplicateEmailPolicy } from '../database/enumerations.js';
import type { AuthenticationRealmModel } from '../generated/prisma/models.js';
import { uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { realmLinks, SelfLink } from './realms.contract.js';

/** By which name storefronts ask for a sign-in of customers: the `client_id` of their authorization requests. */
export const CUSTOMERS_CLIENT_ID = 'customers';

export const CustomerAuthenticationResource = named(
  'CustomerAuthentication',
  'Where a storefront begins a single sign-on. The id is the store’s.',
  z.strictObject({
    id: uuid,
    type: z.literal('customer-authentication-settings'),
    meta: z.strictObject({ client_id: z.literal(CUSTOMERS_CLIENT_ID) }),
    relationships: z.strictObject({
      'authentication-realm': z.strictObject({
        data: z.strictObject({
          id: uuid,
          type: z.literal('authentication-realm'),
          duplicate_email_policy: z.enum(DuplicateEmailPolicy),
          links: SelfLink,
        }),
      }),
    }),
  }),
);
export type CustomerAuthenticationResource = z.output<typeof CustomerAuthenticationResource>;

export function toCustomerAuthenticationResource(
  realm: AuthenticationRealmModel,
  publicUrl: string,
): CustomerAuthenticationResource {
  return {
    id: realm.storeId,
    type: 'customer-authentication-settings',
    meta: { client_id: CUSTOMERS_CLIENT_ID },
    relationships: {
      'authentication-realm': {
        data: {
          id: realm.id,
          type: 'authentication-realm',
          duplicate_email_policy: realm.duplicateEmailPolicy,
          links: realmLinks(publicUrl, realm.id),
        },
      },
    },
  };
}
