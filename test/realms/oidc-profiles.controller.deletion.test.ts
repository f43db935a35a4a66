import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/crypto/digest.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import {
  givenIdentity,
  givenProfile,
  givenRealm,
  givenTokenOfIdentity,
  givenUser,
  identitiesPath,
  profilesPath,
  usersPath,
} from '../harness/given-realm.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

describe('DELETE of an OIDC profile', () => {
  let app: TestApp;
  let providers: DiscoveryServer;
  let shop: Shop;
  let realmId: string;
  let profileId: string;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    providers = await startDiscoveryServer();
  });
  afterAll(() => providers.stop());

  beforeEach(async () => {
    shop = await givenShop(app);
    realmId = (await givenRealm(shop)).id;
    profileId = (await givenProfile(shop, realmId, providers.discoveryUrl('honest'))).id;
    service = await shop.service();
  });

  const path = () => `${profilesPath(realmId)}/${profileId}`;

  async function rows() {
    const where = { storeId: shop.storeId };
    const { prisma } = app.database;
    return {
      profiles: await prisma.oidcProfile.count({ where }),
      users: await prisma.authenticationUser.count({ where }),
      identities: await prisma.identity.count({ where }),
      tokens: await prisma.customerToken.count({ where }),
      codes: await prisma.authorizationCode.count({ where }),
      flows: await prisma.ssoFlow.count({ where }),
      customers: await prisma.customer.count({ where }),
    };
  }

  /** A customer with an identity at this profile, and a live token and a code that go with it. */
  async function givenLogin(name: string, profile: string): Promise<{ customer: TestCustomer; token: string }> {
    const customer = await shop.customer({ name });
    const user = await givenUser(shop, realmId, customer);
    const members = { subject: `subject of ${name}`, oidc_profile_id: profile };
    const { id } = await givenIdentity(shop, realmId, user.id, members);
    const now = new Date();
    await app.database.prisma.authorizationCode.create({
      data: {
        storeId: shop.storeId,
        codeHash: new Uint8Array(sha256(`code of ${name}`)),
        identityId: id,
        redirectUri: 'https://shop.example.test/',
        codeChallenge: 'c'.repeat(43),
        createdAt: now,
        expiresAt: now,
      },
    });
    return { customer, token: await givenTokenOfIdentity(shop, customer, id) };
  }

  async function givenFlow(profile: string): Promise<void> {
    const now = new Date();
    const hash = new Uint8Array(sha256(profile));
    await app.database.prisma.ssoFlow.create({
      data: {
        storeId: shop.storeId,
        stateHash: hash,
        realmId,
        profileId: profile,
        browserHash: hash,
        sealedSecrets: hash,
        redirectUri: 'https://shop.example.test/',
        storefrontState: 's',
        codeChallenge: 'c'.repeat(43),
        reportCallbackReplay: false,
        createdAt: now,
        expiresAt: now,
      },
    });
  }

  it('that nobody uses is answered 204 and empty, takes its sign-ins on their way along, and then finds none', async () => {
    await givenFlow(profileId);
    const answer = await app.http.delete(path()).set(service);

    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await rows()).toMatchObject({ profiles: 0, flows: 0 });
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['oidc_profile_deleted'],
      realm_id: realmId,
      profile_id: profileId,
    });
    expectError(await app.http.delete(path()).set(service), 'resource_not_found');
    expectError(await app.http.get(path()).set(service), 'resource_not_found');
  });

  it.each(['', '?force=false', '?force=', '?force=1', '?force=TRUE', '?force=true&force=true', '?forced=true'])(
    'that identities use is refused with the query "%s", and nothing changes',
    async (query) => {
      await givenFlow(profileId);
      const { customer, token } = await givenLogin('Ann', profileId);
      const before = await rows();

      expectError(await app.http.delete(`${path()}${query}`).set(service), 'oidc_profile_in_use');
      expect(await rows()).toEqual(before);
      const headers = { ...service, 'x-moltin-customer-token': token };
      await app.http.get(`/v2/customers/${customer.id}`).set(headers).expect(200);
    },
  );

  it('by force is told in the log with the customer whose identity went, or with how many they were', async () => {
    const other = await givenProfile(shop, realmId, providers.discoveryUrl('another'));
    const ann = await givenLogin('Ann', profileId);
    await givenLogin('Bob', other.id);
    await givenLogin('Cy', other.id);
    const lineOf = async (profile: string) => {
      const answer = await app.http
        .delete(`${profilesPath(realmId)}/${profile}?force=true`)
        .set(service)
        .expect(204);
      return app.log.ofRequest(String(answer.headers['x-request-id']));
    };
    const events = ['identity_removed', 'oidc_profile_deleted'];

    const one = await lineOf(profileId);
    const several = await lineOf(other.id);

    expect(one).toMatchObject({ events, profile_id: profileId, customer_id: ann.customer.id });
    expect(one).not.toHaveProperty('customers');
    expect(several).toMatchObject({ events, profile_id: other.id, customers: 2 });
    expect(several).not.toHaveProperty('customer_id');
  });

  it('by force takes its identities, their codes and tokens along, at once, and nothing of other profiles and no customer', async () => {
    const other = await givenProfile(shop, realmId, providers.discoveryUrl('another'));
    const ann = await givenLogin('Ann', profileId);
    const bob = await givenLogin('Bob', other.id);
    const byPassword = await shop.login(ann.customer);
    const readOwn = ({ customer, token }: { customer: TestCustomer; token: string }) =>
      app.http.get(`/v2/customers/${customer.id}`).set({ ...service, 'x-moltin-customer-token': token });
    // What this process remembers of the token must not outlive it.
    await readOwn(ann).expect(200);

    const answer = await app.http.delete(`${path()}?force=true`).set(service);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expectError(await readOwn(ann), 'customer_token_invalid');
    await readOwn({ ...ann, token: byPassword.token }).expect(200);
    await readOwn(bob).expect(200);
    expect(await rows()).toEqual({ profiles: 1, users: 2, identities: 1, tokens: 2, codes: 1, flows: 0, customers: 2 });
    const infos = await app.http.get(identitiesPath(realmId, ann.customer.id)).set(service);
    expect(infos.body).toMatchObject({ data: [] });
    await app.http
      .get(`${usersPath(realmId)}/${ann.customer.id}`)
      .set(service)
      .expect(200);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['identity_removed', 'oidc_profile_deleted'],
      profile_id: profileId,
    });
  });

  it('while identities are being linked to it leaves either both or none', async () => {
    const people = await Promise.all(['Ann', 'Bob', 'Cleo'].map((name) => shop.customer({ name })));
    const users = await Promise.all(people.map((customer) => givenUser(shop, realmId, customer)));
    const links = users.map(({ id, name }) =>
      app.http
        .post(identitiesPath(realmId, id))
        .set(service)
        .send({ data: { subject: name, oidc_profile_id: profileId } })
        .then(({ status }) => status),
    );
    const deletion = await app.http.delete(`${path()}?force=true`).set(service);
    const statuses = await Promise.all(links);

    expect(deletion.status).toBe(204);
    for (const status of statuses) expect([201, 422]).toContain(status);
    expect(await rows()).toMatchObject({ profiles: 0, users: 3, identities: 0 });
  });
});
