import type { AuthenticationRealmModel } from '../generated/prisma/models.js';
import { realmLinks, type SelfLink } from './realms.contract.js';

/** By which name storefronts ask for a sign-in of customers: the `client_id` of their authorization requests. */
export const CUSTOMERS_CLIENT_ID = 'customers';

export interface CustomerAuthenticationResource {
  /** The store's id. */
  id: string;
  type: 'customer-authentication-settings';
  meta: { client_id: typeof CUSTOMERS_CLIENT_ID };
  relationships: {
    'authentication-realm': {
      data: {
        id: string;
        type: 'authentication-realm';
        duplicate_email_policy: 'allowed' | 'api_only';
        links: SelfLink;
      };
    };
  };
}

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
