import { randomUUID } from 'node:crypto';
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

describe('…/user-authentication-info/:userId/user-authentication-oidc-profile-info', () => {
  let app: TestApp;
  let providers: DiscoveryServer;
  let shop: Shop;
  let realmId: string;
  let profileId: string;
  let issuer: string;
  let ann: TestCustomer;
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
    issuer = providers.issuer('honest');
    ann = await shop.customer();
    await givenUser(shop, realmId, ann);
    service = await shop.service();
  });

  const list = () => identitiesPath(realmId, ann.id);
  const links = (id: string) => ({ self: `https://id.shop.example${list()}/${id}` });
  const post = (data: object) => app.http.post(list()).set(service).send({ data });
  const put = (id: string, data: object) => app.http.put(`${list()}/${id}`).set(service).send({ data });
  const given = (subject: string) => givenIdentity(shop, realmId, ann.id, { subject, oidc_profile_id: profileId });
  const identities = () =>
    app.database.prisma.identity.findMany({ where: { storeId: shop.storeId }, orderBy: { id: 'asc' } });

  /** A live token and a code of the identity. */
  async function givenLogin(identityId: string): Promise<string> {
    const now = new Date();
    await app.database.prisma.authorizationCode.create({
      data: {
        storeId: shop.storeId,
        codeHash: new Uint8Array(sha256(identityId)),
        identityId,
        redirectUri: 'https://shop.example.test/',
        codeChallenge: 'c'.repeat(43),
        createdAt: now,
        expiresAt: now,
      },
    });
    const token = await givenTokenOfIdentity(shop, ann, identityId);
    await readOwn(token).expect(200);
    return token;
  }

  const readOwn = (token: string) =>
    app.http.get(`/v2/customers/${ann.id}`).set({ ...service, 'x-moltin-customer-token': token });
  const codes = () => app.database.prisma.authorizationCode.count({ where: { storeId: shop.storeId } });

  it('POST links the user to a subject of the provider, for whom no email is proven', async () => {
    const answer = await app.http
      .post(`${list()}/`)
      .set(service)
      .send({
        data: {
          id: randomUUID(),
          type: 'user_authentication_oidc_profile_info',
          subject: 'auth0|5f7c8ec7c33c6c004bbafe82',
          issuer,
          oidc_profile_id: profileId.toUpperCase(),
        },
      });

    expect(answer.status).toBe(201);
    const [row] = await identities();
    const time = row?.createdAt.toISOString();
    expect(row).toEqual({
      storeId: shop.storeId,
      id: row?.id,
      realmId,
      customerId: ann.id,
      profileId,
      issuer,
      subject: 'auth0|5f7c8ec7c33c6c004bbafe82',
      provenEmail: null,
      createdAt: row?.createdAt,
      updatedAt: row?.createdAt,
    });
    expect(answer.body).toEqual({
      data: {
        id: row?.id,
        type: 'user_authentication_oidc_profile_info',
        subject: 'auth0|5f7c8ec7c33c6c004bbafe82',
        issuer,
        oidc_profile_id: profileId,
        meta: { created_at: time, updated_at: time },
      },
      links: links(row?.id ?? ''),
    });
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['identity_linked'],
      realm_id: realmId,
      profile_id: profileId,
      customer_id: ann.id,
    });
  });

  it("POST without an issuer takes the profile's, and without a type or with hyphens in it is the same", async () => {
    const answer = await post({ subject: 'one', oidc_profile_id: profileId });
    expect(answer.body).toMatchObject({ data: { subject: 'one', issuer } });
    const hyphens = { type: 'user-authentication-oidc-profile-info', subject: 'two', oidc_profile_id: profileId };
    expect((await post(hyphens)).status).toBe(201);
  });

  it('GET of one and of the list show the same, the oldest first', async () => {
    const [one, two] = [await given('one'), await given('two')];
    const bob = await shop.customer();
    await givenUser(shop, realmId, bob);
    await givenIdentity(shop, realmId, bob.id, { subject: 'three', oidc_profile_id: profileId });

    const answer = await app.http.get(`${list()}/${two.id.toUpperCase()}`).set(service);
    expect([answer.status, answer.body]).toEqual([200, { data: two, links: links(two.id) }]);
    const url = `https://id.shop.example${list()}?page[offset]=0&page[limit]=25`;
    const all = await app.http.get(list()).set(service);
    expect([all.status, all.body]).toEqual([
      200,
      {
        data: [one, two].map((identity) => ({ ...identity, links: links(identity.id) })),
        links: { current: url, first: url, last: null, next: null, prev: null },
        meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 2 } },
      },
    ]);
    expectError(await app.http.get(`${list()}?filter=eq(subject,one)`).set(service), 'filter_unsupported');
    expectError(await app.http.get(`${list()}?sort=subject`).set(service), 'sort_unsupported');
  });

  it('POST and PUT of a subject that a user of the realm has are refused', async () => {
    const [one, two] = [await given('one'), await given('two')];
    const bob = await shop.customer();
    await givenUser(shop, realmId, bob);
    const before = await identities();
    const data = { subject: one.subject, oidc_profile_id: profileId };

    expectError(await post(data), 'identity_taken');
    expectError(await app.http.post(identitiesPath(realmId, bob.id)).set(service).send({ data }), 'identity_taken');
    expectError(await put(two.id, { subject: one.subject }), 'identity_taken');
    expect(await identities()).toEqual(before);
  });

  it('subjects that differ by case are different people', async () => {
    await given('abc');
    expect((await post({ subject: 'ABC', oidc_profile_id: profileId })).status).toBe(201);
  });

  it('PUT of another subject ends what the former one obtained, and forgets what was proven', async () => {
    const identity = await given('one');
    const other = await given('other');
    const row = { storeId: shop.storeId, id: identity.id };
    await app.database.prisma.identity.update({ where: { storeId_id: row }, data: { provenEmail: ann.email } });
    const [token, otherToken] = [await givenLogin(identity.id), await givenLogin(other.id)];

    const answer = await put(identity.id, { subject: 'two', oidc_profile_id: profileId });
    expect(answer.status).toBe(200);
    const stored = await app.database.prisma.identity.findUniqueOrThrow({ where: { storeId_id: row } });
    const meta = { ...identity.meta, updated_at: stored.updatedAt.toISOString() };
    expect(answer.body).toEqual({ data: { ...identity, subject: 'two', meta }, links: links(identity.id) });
    expect(stored).toMatchObject({ subject: 'two', issuer, provenEmail: null });
    expectError(await readOwn(token), 'customer_token_invalid');
    await readOwn(otherToken).expect(200);
    expect(await codes()).toBe(1);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['identity_removed', 'identity_linked'],
      profile_id: profileId,
    });
  });

  it('PUT of what is there already keeps tokens, codes and what was proven', async () => {
    const identity = await given('one');
    const row = { storeId: shop.storeId, id: identity.id };
    await app.database.prisma.identity.update({ where: { storeId_id: row }, data: { provenEmail: ann.email } });
    const token = await givenLogin(identity.id);

    for (const data of [{}, { ...identity, meta: null }]) {
      const answer = await put(identity.id, data);
      expect(answer.status).toBe(200);
      expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).not.toHaveProperty('events');
    }
    expect(await app.database.prisma.identity.findUnique({ where: { storeId_id: row } })).toMatchObject({
      subject: 'one',
      provenEmail: ann.email,
    });
    await readOwn(token).expect(200);
    expect(await codes()).toBe(1);
  });

  it('an identity keeps its issuer when the profile speaks for another, until a PUT names that one', async () => {
    const identity = await given('one');
    const token = await givenLogin(identity.id);
    await app.http
      .put(`${profilesPath(realmId)}/${profileId}`)
      .set(service)
      .send({ data: { discovery_url: providers.discoveryUrl('another') } })
      .expect(200);

    expect((await put(identity.id, {})).body).toMatchObject({ data: { issuer } });
    expect((await put(identity.id, { issuer })).body).toMatchObject({ data: { issuer } });
    await readOwn(token).expect(200);
    const answer = await put(identity.id, { issuer: providers.issuer('another') });
    expect(answer.body).toMatchObject({ data: { subject: 'one', issuer: providers.issuer('another') } });
    expectError(await readOwn(token), 'customer_token_invalid');
    expect(await codes()).toBe(0);
  });

  it('DELETE ends what the identity obtained, at once, and leaves the user, the customer and other identities', async () => {
    const [identity, other] = [await given('one'), await given('other')];
    const [token, otherToken] = [await givenLogin(identity.id), await givenLogin(other.id)];
    const path = `${list()}/${identity.id}`;
    const answer = await app.http.delete(path).set(service);

    expect([answer.status, answer.text]).toEqual([204, '']);
    expectError(await readOwn(token), 'customer_token_invalid');
    await readOwn(otherToken).expect(200);
    expect((await identities()).map(({ id }) => id)).toEqual([other.id]);
    expect(await codes()).toBe(1);
    expectError(await app.http.get(path).set(service), 'resource_not_found');
    expectError(await app.http.delete(path).set(service), 'resource_not_found');
    await app.http
      .get(`${usersPath(realmId)}/${ann.id}`)
      .set(service)
      .expect(200);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['identity_removed'],
      realm_id: realmId,
      profile_id: profileId,
      customer_id: ann.id,
    });
  });

  it('DELETE of the user ends what all its identities obtained, at once', async () => {
    const [one, two] = [await given('one'), await given('two')];
    const tokens = [await givenLogin(one.id), await givenLogin(two.id)];
    const byPassword = await shop.login(ann);
    const answer = await app.http.delete(`${usersPath(realmId)}/${ann.id}`).set(service);

    expect(answer.status).toBe(204);
    for (const token of tokens) expectError(await readOwn(token), 'customer_token_invalid');
    await readOwn(byPassword.token).expect(200);
    expect([await identities(), await codes()]).toEqual([[], 0]);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['identity_removed'],
      customer_id: ann.id,
    });
  });
});
