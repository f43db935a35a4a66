import { type Grant, grants, type Permission, permissionMatrix, permissions } from '../access/permissions.js';

/** What an application key may do. Stored as text: a key may hold names that a later version of the service declares. */
export interface KeyRights {
  readonly grants: readonly string[];
  readonly permissions: readonly string[];
}

export const everyRight: { readonly grants: readonly Grant[]; readonly permissions: readonly Permission[] } = {
  grants,
  permissions,
};

/** What shoppers do, logged in or not. Its client id is public, so it can have no secret and needs no other right. */
const storefront = permissions.filter((name) => permissionMatrix[name].some((credential) => credential === 'customer'));

/** Rights for the usual callers, by name. */
export const keyPresets = {
  /** A shop in a browser: registers customers, logs them in, and reaches what is theirs with their tokens. */
  storefront: { grants: ['implicit'], permissions: storefront },
  /** The service that records orders. */
  orders: { grants: ['client_credentials'], permissions: ['orders:read', 'orders:write'] },
  /** A service that looks customers up. */
  'customers-read': { grants: ['client_credentials'], permissions: ['customers:read'] },
  /** Whoever runs the store: everything, this interface for keys included. Never for a browser. */
  admin: { grants: ['client_credentials'], permissions },
} as const satisfies Record<string, typeof everyRight>;

export type KeyPreset = keyof typeof keyPresets;
export const keyPresetNames = Object.keys(keyPresets) as KeyPreset[];

/** Each name once, in the order of their declaration. */
export function inDeclaredOrder(rights: KeyRights): { grants: Grant[]; permissions: Permission[] } {
  return {
    grants: grants.filter((name) => rights.grants.includes(name)),
    permissions: permissions.filter((name) => rights.permissions.includes(name)),
  };
}

/**
 * Names that the first has and the second lacks. Whatever a token without a secret may do, client credentials may do too, so that
 * they include `implicit`.
 */
export function rightsBeyond(rights: KeyRights, limit: KeyRights): string[] {
  const included = limit.grants.includes('client_credentials') ? ['implicit'] : [];
  return [
    ...rights.grants.filter((name) => !limit.grants.includes(name) && !included.includes(name)),
    ...rights.permissions.filter((name) => !limit.permissions.includes(name)),
  ];
}

/** Whether a key with these rights can manage keys. */
export function managesKeys(rights: KeyRights): boolean {
  return rights.grants.includes('client_credentials') && rights.permissions.includes('keys:write');
}
