import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import { givenProfile, givenRealm, profilesPath } from '../harness/given-realm.js';
import { givenShop } from '../harness/shop.js';

let app: TestApp;
let providers: DiscoveryServer;
let path: string;
let anyone: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  providers = await startDiscoveryServer();
  const shop = await givenShop(app);
  anyone = await shop.implicit();
  const realm = await givenRealm(shop);
  const other = await givenRealm(shop, { name: 'Merchant Organization' });
  path = profilesPath(realm.id);
  for (const { id } of [realm, other]) {
    for (const name of ['Google', 'google workspace', 'Okta_1', "Bob's & 100%"]) {
      await givenProfile(shop, id, providers.discoveryUrl('honest'), { name });
    }
  }
});

afterAll(() => providers.stop());

const list = (query: string) => app.http.get(`${path}?${query}`).set(anyone);

async function namesOf(query: string): Promise<string[]> {
  const answer = await list(query);
  expect(answer.status).toBe(200);
  const { data, meta } = answer.body as { data: { name: string }[]; meta: { results: unknown } };
  expect(meta.results).toEqual({ total: data.length });
  return data.map(({ name }) => name);
}

describe('the list of OIDC profiles', () => {
  it.each<[string, string[]]>([
    ['eq(name,Google)', ['Google']],
    ['eq(name,google)', []],
    ['in(name,Google,Okta_1)', ['Google', 'Okta_1']],
    ['like(name,google*)', ['google workspace']],
    ['like(name,*oogle*)', ['Google', 'google workspace']],
    ['like(name,*OOGLE*)', []],
    ['ilike(name,GOOGLE*)', ['Google', 'google workspace']],
    ['like(name,Okta_*)', ['Okta_1']],
    ['like(name,*_oogle)', []],
    [`eq(name,"Bob's & 100%")`, ["Bob's & 100%"]],
  ])('finds by %s those of this realm', async (filter, expected) => {
    expect(await namesOf(`filter=${encodeURIComponent(filter)}`)).toEqual(expected);
  });

  it('is sorted by the time of creation, forwards or backwards', async () => {
    const names = ['Google', 'google workspace', 'Okta_1', "Bob's & 100%"];
    expect(await namesOf('sort=created_at')).toEqual(names);
    expect(await namesOf('sort=-created_at')).toEqual(names.toReversed());
  });

  it('keeps filter, sort order and counting method in its links', async () => {
    const kept = 'filter=ilike(name,google*)&sort=-created_at&page[total_method]=exact';
    const answer = await list(`${kept}&page[limit]=1`);
    const url = (offset: number) =>
      `https://id.shop.example${path}?page%5Boffset%5D=${offset}&page%5Blimit%5D=1&${kept}`;
    expect(answer.body).toMatchObject({
      data: [{ name: 'google workspace' }],
      links: { current: url(0), first: url(0), last: url(1), next: url(1), prev: null },
      meta: { page: { limit: 1, offset: 0, current: 1, total: 2 }, results: { total: 2, total_method: 'exact' } },
    });
  });

  it.each([
    'eq(client_secret,x)',
    'like(sealed_client_secret,*)',
    'eq(client_id,idp-client)',
    'eq(id,x)',
    'like(issuer,*)',
    'is_null(name)',
  ])('is 400 when the filter is %s', async (filter) => {
    expectError(await list(`filter=${filter}`), 'filter_unsupported');
  });

  it.each(['name', '-id', 'updated_at'])('is 400 when the sort order is %s', async (sort) => {
    expectError(await list(`sort=${sort}`), 'sort_unsupported');
  });
});
