import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import { givenProfile, givenRealm, profilesPath } from '../harness/given-realm.js';
import { givenShop, type Shop } from '../harness/shop.js';

describe('id_token_max_lifetime of a profile', () => {
  let app: TestApp;
  let providers: DiscoveryServer;
  let shop: Shop;
  let realmId: string;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    providers = await startDiscoveryServer();
    shop = await givenShop(app);
    realmId = (await givenRealm(shop)).id;
  });
  afterAll(() => providers.stop());

  beforeEach(async () => {
    service = await shop.service();
  });

  const given = (members: Record<string, unknown> = {}) =>
    givenProfile(shop, realmId, providers.discoveryUrl('honest'), members);
  const path = (id: string) => `${profilesPath(realmId)}/${id}`;
  const put = (id: string, data: object) => app.http.put(path(id)).set(service).send({ data });

  async function shown(id: string): Promise<unknown> {
    const answer = await app.http.get(path(id)).set(service).expect(200);
    return (answer.body as { data: Record<string, unknown> }).data['id_token_max_lifetime'];
  }

  it.each([
    ['absent', {}, null],
    ['null', { id_token_max_lifetime: null }, null],
    ['a second', { id_token_max_lifetime: 1 }, 1],
    ['an hour', { id_token_max_lifetime: 3_600 }, 3_600],
    ['68 years', { id_token_max_lifetime: 2_147_483_647 }, 2_147_483_647],
  ])('is stored and shown in seconds, null for no bound: %s', async (_, members, expected) => {
    const { id } = await given(members);
    expect(await shown(id)).toBe(expected);
  });

  it('stays where a PUT does not name it, and goes where it says null', async () => {
    const { id } = await given({ id_token_max_lifetime: 600 });
    await put(id, { name: 'Renamed' }).expect(200);
    expect(await shown(id)).toBe(600);
    await put(id, { id_token_max_lifetime: 700 }).expect(200);
    expect(await shown(id)).toBe(700);
    await put(id, { id_token_max_lifetime: null }).expect(200);
    expect(await shown(id)).toBe(null);
  });

  it.each([
    [0, 'must be at least 1'],
    [-1, 'must be at least 1'],
    [2_147_483_648, 'must be at most 2147483647'],
    [1.5, 'must be an integer'],
    ['3600', 'must be a number'],
    [true, 'must be a number'],
    [[600], 'must be a number'],
  ])('is refused as %j in a POST and a PUT, and nothing is written', async (value, fault) => {
    const { id } = await given({ id_token_max_lifetime: 600 });
    const before = await app.database.prisma.oidcProfile.findMany({ where: { storeId: shop.storeId } });
    const data = {
      name: 'Example IdP',
      discovery_url: providers.discoveryUrl('honest'),
      client_id: 'idp-client',
      client_secret: 'secret',
      id_token_max_lifetime: value,
    };
    const detail = `id_token_max_lifetime ${fault}`;

    expectError(await app.http.post(profilesPath(realmId)).set(service).send({ data }), 'member_invalid', [{ detail }]);
    expectError(await put(id, { id_token_max_lifetime: value }), 'member_invalid', [{ detail }]);

    expect(await app.database.prisma.oidcProfile.findMany({ where: { storeId: shop.storeId } })).toEqual(before);
  });
});
