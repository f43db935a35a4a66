import { describe, expect, it } from 'vitest';
import { permissions } from '../../src/access/permissions.js';
import { inDeclaredOrder, keyPresets, managesKeys, rightsBeyond } from '../../src/application-keys/key-rights.js';

describe('keyPresets', () => {
  it('give a storefront what shoppers do, without a secret, and nothing of the back end', () => {
    expect(keyPresets.storefront).toEqual({
      grants: ['implicit'],
      permissions: [
        'customers:register',
        'customers:read',
        'customers:write',
        'customer-tokens:create',
        'addresses:read',
        'addresses:write',
        'orders:read',
        'customer-authentication:read',
        'realms:read',
        'oidc-profiles:read',
      ],
    });
  });

  it('give services what their name says, by client credentials only', () => {
    const services = { orders: keyPresets.orders, 'customers-read': keyPresets['customers-read'] };
    expect(services).toEqual({
      orders: { grants: ['client_credentials'], permissions: ['orders:read', 'orders:write'] },
      'customers-read': { grants: ['client_credentials'], permissions: ['customers:read'] },
    });
  });

  it('give an administrator every permission, and no grant that works without the secret', () => {
    expect(keyPresets.admin).toEqual({ grants: ['client_credentials'], permissions });
  });
});

describe('rightsBeyond', () => {
  it('names the grants and permissions that the limit lacks', () => {
    const limit = { grants: ['client_credentials'], permissions: ['keys:write', 'orders:read'] };

    expect(rightsBeyond({ grants: ['client_credentials'], permissions: ['orders:read'] }, limit)).toEqual([]);
    expect(
      rightsBeyond({ grants: ['implicit', 'client_credentials'], permissions: ['orders:write', 'keys:write'] }, limit),
    ).toEqual(['orders:write']);
    const secretless = { grants: ['implicit'], permissions: ['keys:write', 'orders:read'] };
    expect(rightsBeyond(limit, secretless)).toEqual(['client_credentials']);
  });

  it('counts a name that nobody declares as one that the limit lacks', () => {
    const none = { grants: [], permissions: [] };
    expect(rightsBeyond({ grants: [], permissions: ['*', 'of-a-later-version'] }, none)).toEqual([
      '*',
      'of-a-later-version',
    ]);
  });
});

describe('inDeclaredOrder', () => {
  it('keeps each declared name once, in the order of the declaration, and drops others', () => {
    const rights = {
      grants: ['client_credentials', 'implicit', 'implicit'],
      permissions: ['keys:write', 'x', 'orders:read', 'keys:write'],
    };
    expect(inDeclaredOrder(rights)).toEqual({
      grants: ['implicit', 'client_credentials'],
      permissions: ['orders:read', 'keys:write'],
    });
  });
});

describe('managesKeys', () => {
  it('wants the permission and the grant that proves the caller', () => {
    expect(managesKeys({ grants: ['client_credentials'], permissions: ['keys:write'] })).toBe(true);
    expect(managesKeys({ grants: ['implicit'], permissions: ['keys:write'] })).toBe(false);
    expect(managesKeys({ grants: ['client_credentials'], permissions: ['settings:write'] })).toBe(false);
  });
});
