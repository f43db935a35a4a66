import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './harness/app.js';
import { DatabaseState } from './harness/database-state.js';
import { expectError } from './harness/error-answers.js';
import { givenProfile, givenRealm, identitiesPath, profilesPath, usersPath } from './harness/given-realm.js';
import { scopingTable } from './harness/scoping-table.js';
import { givenTwoStores, type Headers, type Person, REDIRECT_URI, type TwoStores } from './harness/two-stores.js';

let app: TestApp;
let stores: TwoStores;
let service: Headers;
let state: DatabaseState;

beforeAll(async () => {
  app = await startApp({ tokenSigningAlg: 'ES256' });
  stores = await givenTwoStores(app);
  service = await stores.shop.service();
  state = await DatabaseState.of(app.database);
});
afterAll(async () => {
  await stores.providers.stop();
  await app.close();
});

describe('the ids of single sign-on in one path', () => {
  /** Every path in which one id is right and the other is of the other store, of nobody, or of something else. */
  const wrongPaths = ({ ann, cleo }: TwoStores): string[] => {
    const nobody = randomUUID();
    const crossed = (path: (realm: string, other: string) => string, own: string, foreign: string) => [
      path(ann.realm.id, foreign),
      path(ann.realm.id, nobody),
      path(ann.realm.id, ann.realm.id),
      path(cleo.realm.id, own),
      path(cleo.realm.id, foreign),
      path(nobody, own),
      path(own, own),
    ];
    const infos = (realm: string, user: string) => `${identitiesPath(realm, user)}/${ann.identity.id}`;
    return [
      ...crossed((realm, id) => `${profilesPath(realm)}/${id}`, ann.profile.id, cleo.profile.id),
      ...crossed((realm, id) => `${usersPath(realm)}/${id}`, ann.user.id, cleo.user.id),
      ...crossed(infos, ann.user.id, cleo.user.id),
      `${identitiesPath(ann.realm.id, stores.bob.user.id)}/${ann.identity.id}`,
      `${identitiesPath(ann.realm.id, ann.user.id)}/${cleo.identity.id}`,
    ];
  };

  it('are looked for together: one that is right opens nothing beside one that is not', async () => {
    const before = await state.checksums();
    for (const path of wrongPaths(stores)) {
      const answers = [
        await app.http.get(path).set(service),
        await app.http.put(path).set(service).send({ data: {} }),
        await app.http.delete(`${path}?force=true`).set(service),
      ];
      for (const answer of answers) expectError(answer, 'resource_not_found');
    }
    expect(await state.checksums()).toEqual(before);
  });

  it('that are in use in both stores lead each to its own', async () => {
    const { shop, otherShop, providers } = stores;
    const [realmId, profileId] = [randomUUID(), randomUUID()];
    for (const [name, store] of [
      ['here', shop],
      ['there', otherShop],
    ] as const) {
      await givenRealm(store, { id: realmId, name });
      const { id } = await givenProfile(store, realmId, providers.discoveryUrl(name), { name });
      await app.database.prisma.oidcProfile.update({
        where: { storeId_id: { storeId: store.storeId, id } },
        data: { id: profileId },
      });
    }
    const there = await otherShop.service();
    const [realm, profile] = [`/v2/authentication-realms/${realmId}`, `${profilesPath(realmId)}/${profileId}`];
    for (const [headers, name] of [
      [service, 'here'],
      [there, 'there'],
    ] as const) {
      expect((await app.http.get(realm).set(headers)).body).toMatchObject({ data: { id: realmId, name } });
      expect((await app.http.get(profile).set(headers)).body).toMatchObject({ data: { id: profileId, name } });
    }
    const before = (await app.http.get(profile).set(there)).body as unknown;
    await app.http
      .put(realm)
      .set(service)
      .send({ data: { unproven_email: 'reset' } })
      .expect(200);
    await app.http
      .put(profile)
      .set(service)
      .send({ data: { client_id: 'changed' } })
      .expect(200);
    await app.http.delete(`${profile}?force=true`).set(service).expect(204);
    expect((await app.http.get(profile).set(there)).body).toEqual(before);
    expect((await app.http.get(realm).set(there)).body).toMatchObject({ data: { unproven_email: 'refuse' } });
  });
});

describe('the login of a realm', () => {
  /** The request that begins a sign-in of Ann, with other ids in their places. */
  function loginPath(ids: { storeId: string; realmId: string; profileId: string }): string {
    const { ann } = stores;
    const path = scopingTable['GET /oidc-idp/login/stores/:storeId/authentication-realms/:realmId']?.path(ann) ?? '';
    return path
      .replace(ann.storeId, ids.storeId)
      .replace(`/${ann.realm.id}`, `/${ids.realmId}`)
      .replace(`=${ann.profile.id}`, `=${ids.profileId}`);
  }
  const idsOf = ({ storeId, realm, profile }: Person) => ({ storeId, realmId: realm.id, profileId: profile.id });

  it('begins only where store, realm and profile belong together; else it answers without a Location and writes nothing', async () => {
    const { ann, cleo } = stores;
    const before = await state.checksums();
    for (const wrong of [randomUUID(), 'x', '%00', "1'%20OR%20'1'='1"]) {
      for (const name of ['storeId', 'realmId', 'profileId'] as const) {
        const ids = { ...idsOf(ann), [name]: wrong };
        const crossed = { ...idsOf(ann), [name]: idsOf(cleo)[name] };
        for (const path of [loginPath(ids), loginPath(crossed)]) {
          const answer = await app.http.get(path).redirects(0);
          expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
          expect(answer.headers).not.toHaveProperty('set-cookie');
          expect(answer.text).not.toContain(REDIRECT_URI);
        }
      }
    }
    expect(await state.checksums()).toEqual(before);
    expect((await app.http.get(loginPath(idsOf(cleo))).redirects(0)).status).toBe(303);
  });
});
