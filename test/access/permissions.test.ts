import { describe, expect, it } from 'vitest';
import { grants, permissionMatrix, permissions } from '../../src/access/permissions.js';

describe('permissionMatrix', () => {
  it('lets a bare implicit token register and log in customers and nothing else', () => {
    expect(permissions.filter((name) => (permissionMatrix[name] as readonly string[]).includes('implicit'))).toEqual([
      'customers:register',
      'customer-tokens:create',
    ]);
  });

  it('lets a customer token reach what belongs to the customer, but write no order, no setting and introspect nothing', () => {
    expect(permissions.filter((name) => !(permissionMatrix[name] as readonly string[]).includes('customer'))).toEqual([
      'orders:write',
      'settings:write',
      'tokens:introspect',
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
      'tokens:introspect',
    ]);
    expect(grants).toEqual(['implicit', 'client_credentials']);
  });
});
