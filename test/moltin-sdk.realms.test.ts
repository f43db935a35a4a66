import { gateway, MemoryStorageFactory } from '@moltin/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './harness/app.js';
import { type DiscoveryServer, startDiscoveryServer } from './harness/discovery-server.js';
import { givenRealm, profilesPath } from './harness/given-realm.js';
import { givenShop, type Shop } from './harness/shop.js';

/** An answer, as far as these tests read it; the SDK's own types describe the vendor's service. */
interface Wrapped {
  data: Record<string, unknown> & { id: string };
  links: Record<string, string>;
}
interface WrappedList {
  data: (Record<string, unknown> & { id: string; links: Record<string, string> })[];
  meta: { results: { total: number } };
}

/** The vendor's JavaScript SDK, unchanged but for the host: what a team sets up single sign-on with, and what a storefront reads. */
describe('@moltin/sdk 36 on realms and OIDC profiles', () => {
  let app: TestApp;
  let providers: DiscoveryServer;
  let shop: Shop;
  let realmId: string;

  beforeAll(async () => {
    app = await startApp();
    providers = await startDiscoveryServer();
    shop = await givenShop(app);
    realmId = (await givenRealm(shop)).id;
  });

  afterAll(async () => {
    await providers.stop();
    await app.close();
  });

  function client(secret?: string) {
    const options = {
      client_id: shop.key.clientId,
      ...(secret === undefined ? {} : { client_secret: secret }),
      host: new URL(app.origin).host,
      // The SDK reads it, its types do not name it.
      protocol: 'http',
      storage: new MemoryStorageFactory(),
    };
    return gateway(options);
  }

  const storefront = () => client();
  const backEnd = () => client(shop.key.clientSecret);
  const profile = (name: string) => ({
    data: {
      type: 'oidc-profile',
      name,
      discovery_url: providers.discoveryUrl('honest'),
      client_id: 'idp-client',
      client_secret: 'a secret of the provider',
    },
  });

  it('a storefront finds the realm of the customers in the settings', async () => {
    const sdk = storefront();
    const { data } = (await sdk.AuthenticationSettings.Get()) as unknown as Wrapped;
    expect(data).toMatchObject({
      id: shop.storeId,
      meta: { client_id: 'customers' },
      relationships: { 'authentication-realm': { data: { id: realmId, type: 'authentication-realm' } } },
    });
  });

  it('realms are listed and read by a storefront, and changed by a back end only', async () => {
    const change = {
      name: 'Buyer Organization',
      redirect_uris: ['https://shop.example.test/oidc', 'http://localhost:3000/oidc'],
      duplicate_email_policy: 'api_only',
    } as const;
    const updated = (await backEnd().AuthenticationRealm.Update(realmId, {
      ...change,
      redirect_uris: [...change.redirect_uris],
    })) as unknown as Wrapped;
    expect(updated.data).toMatchObject({ id: realmId, type: 'authentication-realm', ...change });

    const read = (await storefront().AuthenticationRealm.Get({ realmId })) as unknown as Wrapped;
    expect(read).toEqual(updated);
    const list = (await storefront().AuthenticationRealm.All()) as unknown as WrappedList;
    expect(list).toMatchObject({ data: [{ ...read.data, links: read.links }], meta: { results: { total: 1 } } });
    await expect(storefront().AuthenticationRealm.Update(realmId, { name: 'Mine' })).rejects.toMatchObject({
      errors: [{ status: 403, code: 'forbidden' }],
    });
    await expect(backEnd().AuthenticationRealm.Delete(realmId)).rejects.toMatchObject({
      errors: [{ status: 405, code: 'method_not_allowed' }],
    });
  });

  it('a back end makes, changes and deletes a profile, and a storefront reads where to log in', async () => {
    const sdk = backEnd();
    const created = (await sdk.OidcProfile.Create(realmId, profile('Example IdP'))) as unknown as Wrapped;
    const profileId = created.data.id;
    expect(created.data).toMatchObject({
      type: 'oidc-profile',
      name: 'Example IdP',
      meta: { issuer: providers.issuer('honest') },
    });
    expect(created.data).not.toHaveProperty('client_secret');

    const read = (await storefront().OidcProfile.Get({ realmId, profileId })) as unknown as Wrapped;
    expect(read).toEqual(created);
    const list = (await storefront().OidcProfile.All(realmId)) as unknown as WrappedList;
    expect(list.data).toEqual([created.data]);
    const endpoint = 'authorization-endpoint';
    expect(list.data[0]?.links[endpoint]).toBe(read.links[endpoint]);
    expect(read.links[endpoint]).toBe(
      `https://id.shop.example/oidc-idp/login/stores/${shop.storeId}/authentication-realms/${realmId}` +
        `?elasticpath_commerce_cloud_profile_id=${profileId}`,
    );

    const renamed = { data: { type: 'oidc-profile', name: 'Renamed' } };
    const updated = (await sdk.OidcProfile.Update(realmId, profileId, renamed)) as unknown as Wrapped;
    expect(updated.data).toMatchObject({ id: profileId, name: 'Renamed', client_id: 'idp-client' });
    // The SDK turns an empty answer into this text.
    expect(await sdk.OidcProfile.Delete(realmId, profileId)).toBe('{}');
    await expect(sdk.OidcProfile.Get({ realmId, profileId })).rejects.toMatchObject({
      errors: [{ status: 404, code: 'resource_not_found' }],
    });
  });

  it('a profile whose provider cannot be reached is refused once, with a text to show', async () => {
    providers.publish('gone', null);
    const faulty = { data: { ...profile('Gone').data, discovery_url: providers.discoveryUrl('gone') } };
    await expect(backEnd().OidcProfile.Create(realmId, faulty)).rejects.toEqual({
      errors: [
        {
          status: 422,
          title: 'Unprocessable Entity',
          detail: expect.stringContaining('The discovery document') as string,
          code: 'discovery_failed',
          request_id: expect.any(String) as string,
        },
      ],
    });
    expect(providers.reads.filter((name) => name === 'gone')).toEqual(['gone']);
    const list = await app.http.get(profilesPath(realmId)).set(await shop.implicit());
    expect(list.body).toMatchObject({ data: [] });
  });
});
