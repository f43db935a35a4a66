import { SetMetadata } from '@nestjs/common';

/** OAuth grant types of application keys. `implicit` is the interface's name for a token without a secret. */
export const grants = ['implicit', 'client_credentials'] as const;
export type Grant = (typeof grants)[number];

/**
 * With what a request comes: a bare access token of either grant, or any access token together with a customer token, which
 * narrows rows and rights whatever the grant is.
 */
export type Credential = 'implicit' | 'customer' | 'client_credentials';

/** Which credentials may exercise a permission at all. An application key narrows this further by its own list. */
export const permissionMatrix = {
  'customers:register': ['implicit', 'customer', 'client_credentials'],
  'customers:read': ['customer', 'client_credentials'],
  'customers:write': ['customer', 'client_credentials'],
  'customer-tokens:create': ['implicit', 'customer', 'client_credentials'],
  'addresses:read': ['customer', 'client_credentials'],
  'addresses:write': ['customer', 'client_credentials'],
  'orders:read': ['customer', 'client_credentials'],
  'orders:write': ['client_credentials'],
  'settings:write': ['client_credentials'],
  'customer-authentication:read': ['implicit', 'customer', 'client_credentials'],
  'realms:read': ['implicit', 'customer', 'client_credentials'],
  'realms:write': ['client_credentials'],
  'oidc-profiles:read': ['implicit', 'customer', 'client_credentials'],
  'oidc-profiles:write': ['client_credentials'],
  'user-authentication-info:read': ['client_credentials'],
  'user-authentication-info:write': ['client_credentials'],
  'tokens:introspect': ['client_credentials'],
  'keys:write': ['client_credentials'],
} as const satisfies Record<string, readonly Credential[]>;

export type Permission = keyof typeof permissionMatrix;
export const permissions = Object.keys(permissionMatrix) as Permission[];

export const REQUIRED_PERMISSION = 'gatehouse:required-permission';
export const IGNORES_CUSTOMER_TOKEN = 'gatehouse:ignores-customer-token';

/** Declares what a route needs. The permission guard refuses a route that declares nothing. */
export function Requires(permission: Permission) {
  return SetMetadata(REQUIRED_PERMISSION, permission);
}

export const CLIENT_CREDENTIALS_MEMBERS = 'gatehouse:client-credentials-members';

/**
 * Members of the body that count under client credentials only. For everybody else they are removed before the body is
 * checked, so that they are ignored whatever they hold.
 */
export function ClientCredentialsMembers(...names: string[]) {
  return SetMetadata(CLIENT_CREDENTIALS_MEMBERS, names);
}

/** The route never looks at `X-Moltin-Customer-Token`: a stale one must not block a new login. */
export function IgnoresCustomerToken() {
  return SetMetadata(IGNORES_CUSTOMER_TOKEN, true);
}
