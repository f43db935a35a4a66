import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IdentityResource } from '../../src/identities/user-authentication-oidc-profile-info.contract.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import { givenIdentity, givenProfile, givenRealm, givenUser, identitiesPath } from '../harness/given-realm.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

describe('requests for identities of a user that are refused', () => {
  let app: TestApp;
  let providers: DiscoveryServer;
  let shop: Shop;
  let otherShop: Shop;
  let realmId: string;
  let profileId: string;
  let foreignProfileId: string;
  let sisterRealmId: string;
  let sisterProfileId: string;
  let ann: TestCustomer;
  let identity: IdentityResource;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    providers = await startDiscoveryServer();
    const discoveryUrl = providers.discoveryUrl('honest');
    [shop, otherShop] = [await givenShop(app), await givenShop(app)];
    realmId = (await givenRealm(shop)).id;
    sisterRealmId = (await givenRealm(shop, { name: 'Merchant Organization' })).id;
    profileId = (await givenProfile(shop, realmId, discoveryUrl)).id;
    sisterProfileId = (await givenProfile(shop, sisterRealmId, discoveryUrl)).id;
    foreignProfileId = (await givenProfile(otherShop, (await givenRealm(otherShop)).id, discoveryUrl)).id;
    ann = await shop.customer();
    await givenUser(shop, realmId, ann);
    identity = await givenIdentity(shop, realmId, ann.id, { subject: 'one', oidc_profile_id: profileId });
  });
  afterAll(() => providers.stop());

  beforeEach(async () => {
    service = await shop.service();
  });

  const list = () => identitiesPath(realmId, ann.id);
  const own = () => `${list()}/${identity.id}`;
  const post = (data: object) => app.http.post(list()).set(service).send({ data });
  const put = (data: object) => app.http.put(own()).set(service).send({ data });
  const stored = () => app.database.prisma.identity.findMany({ where: { storeId: shop.storeId } });

  it('POST tells every fault at once', async () => {
    const before = await stored();
    for (const data of [{}, { subject: '', oidc_profile_id: '' }, { subject: null, oidc_profile_id: null }]) {
      expectError(await post(data), 'member_invalid', [
        { detail: 'subject is required' },
        { detail: 'oidc_profile_id is required' },
      ]);
    }
    expect(await stored()).toEqual(before);
  });

  it.each([
    [{ type: 'user_authentication_info' }, 'type is not an allowed value'],
    [{ subject: 5 }, 'subject must be a string'],
    [{ subject: 's'.repeat(256) }, 'subject must not be longer than 255 characters'],
    [{ subject: 'süb' }, 'subject must hold ASCII characters only'],
    [{ subject: 'a\tb' }, 'subject must hold ASCII characters only'],
    [{ issuer: '' }, 'issuer is required'],
    [{ issuer: `https://${'i'.repeat(1_017)}` }, 'issuer must not be longer than 1024 characters'],
    [{ oidc_profile_id: {} }, 'oidc_profile_id must be a string'],
  ])('POST and PUT of %j', async (members, detail) => {
    const before = await stored();
    expectError(await post({ subject: 'two', oidc_profile_id: profileId, ...members }), 'member_invalid', [{ detail }]);
    expectError(await put(members), 'member_invalid', [{ detail }]);
    expect(await stored()).toEqual(before);
  });

  it('POST of a profile of another realm or store, of an unknown one and of text that is no id are all the same', async () => {
    const before = await stored();
    const detail = 'oidc_profile_id must name a profile of the realm.';
    for (const oidc_profile_id of [sisterProfileId, foreignProfileId, randomUUID(), 'x']) {
      expectError(await post({ subject: 'two', oidc_profile_id }), 'constraint_violated', [{ detail }]);
    }
    expect(await stored()).toEqual(before);
  });

  it('PUT of another profile, whichever it is', async () => {
    const before = await stored();
    const detail = 'oidc_profile_id cannot be changed.';
    for (const oidc_profile_id of [sisterProfileId, foreignProfileId, randomUUID(), 'x']) {
      expectError(await put({ oidc_profile_id }), 'constraint_violated', [{ detail }]);
    }
    expect(await stored()).toEqual(before);
  });

  it('POST and PUT of an issuer for which the profile does not speak, not by a slash', async () => {
    const before = await stored();
    const detail = 'issuer must be the issuer of the profile.';
    for (const issuer of ['https://accounts.example.com', `${providers.issuer('honest')}/`, 'x']) {
      const data = { subject: 'two', oidc_profile_id: profileId, issuer };
      expectError(await post(data), 'constraint_violated', [{ detail }]);
      expectError(await put({ issuer }), 'constraint_violated', [{ detail }]);
    }
    expect(await stored()).toEqual(before);
  });

  it('without client credentials', async () => {
    const implicit = await shop.implicit();
    const customerToken = { 'x-moltin-customer-token': (await shop.login(ann)).token };
    for (const headers of [implicit, { ...implicit, ...customerToken }, { ...service, ...customerToken }]) {
      const answers = [
        await app.http.get(list()).set(headers),
        await app.http.post(list()).set(headers).send({ data: {} }),
        await app.http.get(own()).set(headers),
        await app.http.put(own()).set(headers).send({ data: {} }),
        await app.http.delete(own()).set(headers),
      ];
      for (const answer of answers) expectError(answer, 'forbidden');
    }
  });

  it('of another user, realm or store: all as unknown as an id that nobody has', async () => {
    const bob = await shop.customer();
    await givenUser(shop, realmId, bob);
    const before = await stored();
    const places = [
      [await otherShop.service(), own()],
      [service, `${identitiesPath(realmId, bob.id)}/${identity.id}`],
      [service, `${identitiesPath(sisterRealmId, ann.id)}/${identity.id}`],
      [service, `${list()}/${randomUUID()}`],
      [service, `${list()}/x`],
      [service, `${identitiesPath(realmId, 'x')}/${identity.id}`],
      [service, `${identitiesPath('x', ann.id)}/${identity.id}`],
    ] as const;
    for (const [headers, path] of places) {
      expectError(await app.http.get(path).set(headers), 'resource_not_found');
      expectError(await app.http.put(path).set(headers).send({ data: {} }), 'resource_not_found');
      expectError(await app.http.delete(path).set(headers), 'resource_not_found');
    }
    const data = { subject: 'two', oidc_profile_id: profileId };
    const noUser = await shop.customer();
    for (const path of [identitiesPath(realmId, noUser.id), identitiesPath(sisterRealmId, ann.id)]) {
      expectError(await app.http.get(path).set(service), 'resource_not_found');
      expectError(await app.http.post(path).set(service).send({ data }), 'resource_not_found');
    }
    expect(await stored()).toEqual(before);
  });
});
