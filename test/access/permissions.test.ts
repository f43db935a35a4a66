import { describe, expect, it } from 'vitest';
import { grants, permissionMatrix, permissions } from '../../src/access/permissions.js';

describe('permissionMatrix', () => {
  it('lets a bare implicit token register and log in customers, read how to sign in, and nothing else', () => {
    expect(permissions.filter((name) => (permissionMatrix[name] as readonly string[]).includes('implicit'))).toEqual([
      'customers:register',
      'customer-tokens:create',
      'customer-authentication:read',
      'realms:read',
      'oidc-profiles:read',
    ]);
  });

  it('lets a customer token reach what belongs to the customer, but write no order and no setting, and see no identity', () => {
    expect(permissions.filter((name) => !(permissionMatrix[name] as readonly string[]).includes('customer'))).toEqual([
      'orders:write',
      'settings:write',
      'realms:write',
      'oidc-profiles:write',
      'user-authentication-info:read',
      'user-authentication-info:write',
      'tokens:introspect',
      'keys:write',
    ]);
  });

  it('lets client credentials do everything that is declared', () => {
    const lacking = permissions.filter(
      (name) => !(permissionMatrix[name] as readonly string[]).includes('client_credentials'),
    );
    expect(lacking).toEqual([]);
  });

  it('knows these permissions and grants', () => {
    expect(permissions).toEqual([
      'customers:register',
      'customers:read',
      'customers:write',
      'customer-tokens:create',
      'addresses:read',
      'addresses:write',
      'orders:read',
      'orders:write',
      'settings:write',
      'customer-authentication:read',
      'realms:read',
      'realms:write',
      'oidc-profiles:read',
      'oidc-profiles:write',
      'user-authentication-info:read',
      'user-authentication-info:write',
      'tokens:introspect',
      'keys:write',
    ]);
    expect(grants).toEqual(['implicit', 'client_credentials']);
  });
});
