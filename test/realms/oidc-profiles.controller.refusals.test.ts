import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OidcProfileModel } from '../../src/generated/prisma/models.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { discoveryDocument, type DiscoveryServer, startDiscoveryServer } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import { givenProfile, givenRealm, profilesPath } from '../harness/given-realm.js';
import { givenShop, type Shop } from '../harness/shop.js';

describe('writes of OIDC profiles that are refused', () => {
  let app: TestApp;
  let providers: DiscoveryServer;
  let shop: Shop;
  let realmId: string;
  let profileId: string;
  let before: OidcProfileModel[];
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    providers = await startDiscoveryServer();
    shop = await givenShop(app);
    realmId = (await givenRealm(shop)).id;
    profileId = (await givenProfile(shop, realmId, providers.discoveryUrl('honest'))).id;
    before = await stored();
  });
  afterAll(() => providers.stop());

  beforeEach(async () => {
    service = await shop.service();
    providers.reads.length = 0;
  });

  const stored = () => app.database.prisma.oidcProfile.findMany({ where: { storeId: shop.storeId } });
  const good = () => ({
    name: 'Example IdP',
    discovery_url: providers.discoveryUrl('honest'),
    client_id: 'idp-client',
    client_secret: 'secret',
  });
  const post = (data: object) => app.http.post(profilesPath(realmId)).set(service).send({ data });
  const put = (data: object) =>
    app.http
      .put(`${profilesPath(realmId)}/${profileId}`)
      .set(service)
      .send({ data });

  it('POST tells every fault at once, and asks no provider', async () => {
    const required = ['name', 'discovery_url', 'client_id', 'client_secret'].map((name) => ({
      detail: `${name} is required`,
    }));
    expectError(await post({}), 'member_invalid', required);
    expectError(
      await post({ name: '', discovery_url: '', client_id: '', client_secret: '' }),
      'member_invalid',
      required,
    );
    expectError(
      await post({ name: null, discovery_url: null, client_id: null, client_secret: null }),
      'member_invalid',
      required,
    );
    expect(providers.reads).toEqual([]);
    expect(await stored()).toEqual(before);
  });

  it.each([
    [{ type: 'oidc_profile' }, 'type is not an allowed value'],
    [{ name: 7 }, 'name must be a string'],
    [{ name: 'n'.repeat(256) }, 'name must not be longer than 255 characters'],
    [{ discovery_url: 7 }, 'discovery_url must be a string'],
    [{ discovery_url: `https://${'a'.repeat(2_041)}` }, 'discovery_url must not be longer than 2048 characters'],
    [{ client_id: 'c'.repeat(256) }, 'client_id must not be longer than 255 characters'],
    [{ client_id: 'clié' }, 'client_id must hold ASCII characters only'],
    [{ client_id: 'a\nb' }, 'client_id must hold ASCII characters only'],
    [{ client_secret: 's'.repeat(1_025) }, 'client_secret must not be longer than 1024 characters'],
    [{ client_secret: 'sécret' }, 'client_secret must hold ASCII characters only'],
    [{ client_secret: 7 }, 'client_secret must be a string'],
    [{ email_trust: 'sometimes' }, 'email_trust is not an allowed value'],
    [{ email_trust: true }, 'email_trust is not an allowed value'],
  ])('POST and PUT of %j are refused, and no provider is asked', async (members, detail) => {
    expectError(await post({ ...good(), ...members }), 'member_invalid', [{ detail }]);
    expectError(await put(members), 'member_invalid', [{ detail }]);
    expect(providers.reads).toEqual([]);
    expect(await stored()).toEqual(before);
  });

  it('PUT refuses to empty what a profile needs', async () => {
    for (const name of ['name', 'discovery_url', 'client_id']) {
      for (const value of ['', null]) {
        expectError(await put({ [name]: value }), 'member_invalid', [{ detail: `${name} is required` }]);
      }
    }
    expect(await stored()).toEqual(before);
  });

  it('POST and PUT are refused where the discovery document is missing, is none, or is that of somebody else', async () => {
    providers.publish('missing', null);
    providers.publish('empty', {});
    providers.publish('impostor', discoveryDocument('https://accounts.example.com'));
    for (const name of ['missing', 'empty', 'impostor']) {
      for (const send of [post, put]) {
        const answer = await send({ ...good(), discovery_url: providers.discoveryUrl(name) });
        expect(answer.body).toEqual({
          errors: [
            {
              status: 422,
              title: 'Unprocessable Entity',
              detail: expect.stringMatching(/^The discovery document.*\.$/) as unknown,
              code: 'discovery_failed',
              request_id: answer.headers['x-request-id'],
            },
          ],
        });
        expect(answer.status).toBe(422);
      }
    }
    expect(await stored()).toEqual(before);
  });

  it('POST and PUT of a discovery URL that is none are refused without asking anybody', async () => {
    for (const discovery_url of ['x', 'https://', 'file:///etc/passwd', 'https://user@idp.example.test/x']) {
      for (const send of [post, put]) {
        expect((await send({ ...good(), discovery_url })).body).toMatchObject({
          errors: [{ code: 'discovery_failed' }],
        });
      }
    }
    expect(providers.reads).toEqual([]);
    expect(await stored()).toEqual(before);
  });

  it('PUT of anything is refused while the provider does not answer: the issuer is read anew each time', async () => {
    const own = await givenProfile(shop, realmId, providers.discoveryUrl('fading'));
    const rows = await stored();
    providers.publish('fading', null);
    const answer = await app.http
      .put(`${profilesPath(realmId)}/${own.id}`)
      .set(service)
      .send({ data: { name: 'Changed' } });
    expect(answer.body).toMatchObject({ errors: [{ status: 422, code: 'discovery_failed' }] });
    expect(await stored()).toEqual(rows);
    await app.http
      .delete(`${profilesPath(realmId)}/${own.id}`)
      .set(service)
      .expect(204);
  });

  it('PUT holds no connection of the database and no row while the provider is slow', async () => {
    const own = await givenProfile(shop, realmId, providers.discoveryUrl('slow'));
    let answerNow: () => void = () => {};
    const slow = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    providers.delay('slow', slow);
    providers.reads.length = 0;
    const path = `${profilesPath(realmId)}/${own.id}`;
    const update = app.http
      .put(path)
      .set(service)
      .send({ data: { name: 'Changed' } })
      .then((answer) => answer);
    await expect.poll(() => providers.reads).toEqual(['slow']);

    const { rows } = await app.database.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
    );
    expect(rows).toEqual([{ count: 0 }]);
    expect(app.database.pool.idleCount).toBe(app.database.pool.totalCount);
    answerNow();
    expect((await update).status).toBe(200);
    await app.http.delete(path).set(service).expect(204);
  });

  it('PUT that was reading an address which another PUT replaced meanwhile is a conflict, and undoes nothing', async () => {
    const own = await givenProfile(shop, realmId, providers.discoveryUrl('replaced'));
    let answerNow: () => void = () => {};
    const slow = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    providers.delay('replaced', slow);
    providers.reads.length = 0;
    const path = `${profilesPath(realmId)}/${own.id}`;
    const late = app.http
      .put(path)
      .set(service)
      .send({ data: { name: 'Late' } })
      .then((answer) => answer);
    await expect.poll(() => providers.reads).toEqual(['replaced']);
    const winner = await app.http
      .put(path)
      .set(service)
      .send({ data: { discovery_url: providers.discoveryUrl('successor') } })
      .expect(200);
    answerNow();

    expectError(await late, 'write_conflict');
    expect((await app.http.get(path).set(service)).body).toEqual(winner.body);
    await app.http.delete(path).set(service).expect(204);
  });

  it('a realm or a profile of another store is as unknown as one that does not exist, and no provider is asked', async () => {
    const otherShop = await givenShop(app);
    const otherRealm = (await givenRealm(otherShop)).id;
    const stranger = await otherShop.service();
    const [own, unknown] = [`${profilesPath(realmId)}/${profileId}`, `${profilesPath(otherRealm)}/${randomUUID()}`];
    const data = good();
    const answers = [
      await app.http.get(profilesPath(realmId)).set(stranger),
      await app.http.get(profilesPath('x')).set(stranger),
      await app.http.post(profilesPath(realmId)).set(stranger).send({ data }),
      await app.http.get(own).set(stranger),
      await app.http.get(unknown).set(stranger),
      await app.http.get(`${profilesPath(otherRealm)}/${profileId}`).set(stranger),
      await app.http.get(`${profilesPath(otherRealm)}/x`).set(stranger),
      await app.http.put(own).set(stranger).send({ data }),
      await app.http
        .put(`${profilesPath(otherRealm)}/${profileId}`)
        .set(stranger)
        .send({ data }),
      await app.http.delete(`${own}?force=true`).set(stranger),
      await app.http.delete(`${profilesPath(otherRealm)}/${profileId}?force=true`).set(stranger),
    ];
    for (const answer of answers) expectError(answer, 'resource_not_found');
    expect(providers.reads).toEqual([]);
    expect(await stored()).toEqual(before);
  });
});
