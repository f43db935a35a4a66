import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuthenticationRealmModel } from '../../src/generated/prisma/models.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm } from '../harness/given-realm.js';
import { givenShop, type Shop } from '../harness/shop.js';

const LIST = '/v2/authentication-realms';
const URL_OF_LIST = `https://id.shop.example${LIST}`;

describe('/v2/authentication-realms', () => {
  let app: TestApp;
  let shop: Shop;
  let realm: AuthenticationRealmModel;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
  });

  beforeEach(async () => {
    shop = await givenShop(app);
    realm = await givenRealm(shop, { createdAt: new Date('2026-01-02T03:04:05.678Z') });
    service = await shop.service();
  });

  const links = ({ id }: { id: string } = realm) => ({ self: `${URL_OF_LIST}/${id}` });
  const resource = (of: AuthenticationRealmModel = realm) => ({
    id: of.id,
    type: 'authentication-realm',
    name: of.name,
    redirect_uris: of.redirectUris,
    duplicate_email_policy: of.duplicateEmailPolicy,
    unproven_email: of.unprovenEmail,
    relationships: { origin: { data: { id: shop.storeId, type: 'customer-authentication-settings' } } },
    meta: { created_at: of.createdAt.toISOString(), updated_at: of.updatedAt.toISOString() },
  });
  const stored = () =>
    app.database.prisma.authenticationRealm.findUniqueOrThrow({
      where: { storeId_id: { storeId: shop.storeId, id: realm.id } },
    });
  const put = (data: object) => app.http.put(`${LIST}/${realm.id}`).set(service).send({ data });

  it('GET of one answers it with its link beside the data, to a storefront too', async () => {
    for (const headers of [await shop.implicit(), service]) {
      const answer = await app.http.get(`${LIST}/${realm.id.toUpperCase()}`).set(headers);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ data: resource(), links: links() });
      expect(answer.body).toMatchObject({ data: { meta: { created_at: '2026-01-02T03:04:05.678Z' } } });
    }
  });

  it('GET of the list answers all, the oldest first, each with its link, 25 to a page', async () => {
    const second = await givenRealm(shop, { name: 'Merchant Organization' });
    const { body, status } = await app.http.get(`${LIST}/`).set(await shop.implicit());

    expect(status).toBe(200);
    const url = `${URL_OF_LIST}?page[offset]=0&page[limit]=25`;
    expect(body).toEqual({
      data: [
        { ...resource(), links: links() },
        { ...resource(second), links: links(second) },
      ],
      links: { current: url, first: url, last: null, next: null, prev: null },
      meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 2 } },
    });
  });

  it('GET of the list page by page, at most 100 to a page, and refuses a filter and a sort', async () => {
    const second = await givenRealm(shop, { name: 'Merchant Organization' });
    const page = await app.http.get(`${LIST}?page[limit]=1&page[offset]=1`).set(service);
    expect(page.body).toEqual({
      data: [{ ...resource(second), links: links(second) }],
      links: {
        current: `${URL_OF_LIST}?page[offset]=1&page[limit]=1`,
        first: `${URL_OF_LIST}?page[offset]=0&page[limit]=1`,
        last: `${URL_OF_LIST}?page[offset]=1&page[limit]=1`,
        next: null,
        prev: `${URL_OF_LIST}?page[offset]=0&page[limit]=1`,
      },
      meta: { page: { limit: 1, offset: 1, current: 2, total: 2 }, results: { total: 2 } },
    });
    const large = await app.http.get(`${LIST}?page[limit]=1000`).set(service);
    expect(large.body).toMatchObject({ meta: { page: { limit: 100 } } });
    expectError(await app.http.get(`${LIST}?filter=eq(name,x)`).set(service), 'filter_unsupported');
    expectError(await app.http.get(`${LIST}?sort=name`).set(service), 'sort_unsupported');
  });

  it('GET of the list without a limit puts as many on a page as the store has chosen', async () => {
    await givenRealm(shop, { name: 'Merchant Organization' });
    await shop.settings({ pageLength: 1 });
    const { body } = await app.http.get(LIST).set(service);
    expect(body).toMatchObject({ data: [resource()], meta: { page: { limit: 1, total: 2 }, results: { total: 2 } } });
  });

  it('PUT changes every member that a realm has, says so in the log, and the next GET shows it', async () => {
    const change = {
      type: 'authentication-realm',
      name: 'Customers',
      redirect_uris: ['https://shop.example.test/oidc', 'http://localhost:3000/oidc?a=b'],
      duplicate_email_policy: 'api_only',
      unproven_email: 'reset',
    };
    const answer = await put(change);
    const after = await stored();

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data: { ...resource(after), ...change }, links: links() });
    expect(after).toEqual({
      ...realm,
      name: 'Customers',
      redirectUris: change.redirect_uris,
      duplicateEmailPolicy: 'api_only',
      unprovenEmail: 'reset',
      updatedAt: after.updatedAt,
    });
    expect(after.updatedAt.getTime()).toBeGreaterThan(realm.updatedAt.getTime());
    expect((await app.http.get(`${LIST}/${realm.id}`).set(service)).body).toEqual(answer.body);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['realm_changed'],
      realm_id: realm.id,
      store_id: shop.storeId,
      key_id: shop.key.keyId,
    });
  });

  it.each([
    ['name', 'Customers', 'name'],
    ['redirect_uris', ['https://shop.example.test/'], 'redirectUris'],
    ['duplicate_email_policy', 'api_only', 'duplicateEmailPolicy'],
    ['unproven_email', 'reset', 'unprovenEmail'],
  ] as const)('PUT of %s alone leaves the others, and so does a PUT of nothing', async (member, value, column) => {
    expect((await put({ [member]: value })).status).toBe(200);
    const after = await stored();
    expect(after).toEqual({ ...realm, [column]: value, updatedAt: after.updatedAt });
    expect((await put({})).status).toBe(200);
    const last = await stored();
    expect(last).toEqual({ ...after, updatedAt: last.updatedAt });
  });

  it('PUT of what a client read, or of what nobody may set, changes nothing of that', async () => {
    const other = await givenShop(app);
    const data = {
      ...resource(),
      id: randomUUID(),
      relationships: null,
      store_id: other.storeId,
      meta: { created_at: '2000-01-01T00:00:00.000Z' },
      created_at: '2000-01-01',
      links: {},
    };
    expect((await put(data)).status).toBe(200);
    const after = await stored();
    expect(after).toEqual({ ...realm, updatedAt: after.updatedAt });
  });

  it('PUT of no redirect URIs and of the first policy is how one client "deletes" a realm', async () => {
    await put({ redirect_uris: ['https://shop.example.test/'], duplicate_email_policy: 'api_only' });
    const answer = await put({ id: '', redirect_uris: [], duplicate_email_policy: 'allowed', relationships: null });
    expect(answer.body).toMatchObject({ data: { redirect_uris: [], duplicate_email_policy: 'allowed' } });
  });

  it('PUT keeps a redirect URI that is given twice once, in its first place, byte for byte', async () => {
    const [first, second] = ['https://SHOP.example.test/%7Ea?x=1', 'https://shop.example.test/%7ea?x=1'];
    const answer = await put({ redirect_uris: [first, second, first] });
    expect(answer.body).toMatchObject({ data: { redirect_uris: [first, second] } });
    expect((await stored()).redirectUris).toEqual([first, second]);
  });

  it('PUT of a name that another realm has is refused, and changes nothing', async () => {
    await givenRealm(shop, { name: 'Merchant Organization' });
    const answer = await put({ name: 'Merchant Organization', unproven_email: 'reset' });
    expectError(answer, 'constraint_violated', [{ detail: 'Another realm has this name.' }]);
    expect(await stored()).toEqual(realm);
  });

  it('PUT tells every fault at once, and changes nothing', async () => {
    const uriFault =
      'must be an https:// URL, or an http:// URL of localhost, 127.0.0.1 or [::1], without a fragment and a user';
    const answer = await put({
      type: 'realm',
      name: '',
      redirect_uris: ['https://shop.example.test/', 'http://shop.example.test/', 5],
      duplicate_email_policy: 'disallowed',
      unproven_email: true,
    });
    expectError(
      answer,
      'member_invalid',
      [
        'type is not an allowed value',
        'name is required',
        `redirect_uris.1 ${uriFault}`,
        'redirect_uris.2 must be a string',
        'duplicate_email_policy is not an allowed value',
        'unproven_email is not an allowed value',
      ].map((detail) => ({ detail })),
    );
    expect(await stored()).toEqual(realm);
  });

  it.each([
    [{ redirect_uris: null }, 'redirect_uris is required'],
    [{ redirect_uris: 'https://shop.example.test/' }, 'redirect_uris must be a list'],
    [
      { redirect_uris: Array.from({ length: 101 }, (_, at) => `https://shop.example.test/${at}`) },
      'redirect_uris must not have more than 100 items',
    ],
    [{ name: null }, 'name is required'],
    [{ name: 5 }, 'name must be a string'],
    [{ name: 'n'.repeat(256) }, 'name must not be longer than 255 characters'],
    [{ duplicate_email_policy: null }, 'duplicate_email_policy is required'],
  ])('PUT of %j is refused', async (data, detail) => {
    expectError(await put(data), 'member_invalid', [{ detail }]);
    expect(await stored()).toEqual(realm);
  });

  it('PUT without data is refused', async () => {
    for (const body of [{}, { data: null }, { data: [] }]) {
      const answer = await app.http.put(`${LIST}/${realm.id}`).set(service).send(body);
      expectError(answer, 'member_invalid', [
        { detail: Array.isArray(body.data) ? 'data must be an object' : 'data is required' },
      ]);
    }
  });

  it('a realm of another store is as unknown as one that does not exist, and stays as it is', async () => {
    const stranger = await (await givenShop(app)).service();
    const answers = [
      await app.http.get(`${LIST}/${realm.id}`).set(stranger),
      await app.http.get(`${LIST}/${randomUUID()}`).set(stranger),
      await app.http.get(`${LIST}/no-uuid`).set(stranger),
      await app.http
        .put(`${LIST}/${realm.id}`)
        .set(stranger)
        .send({ data: { name: 'Mine' } }),
    ];
    for (const answer of answers) expectError(answer, 'resource_not_found');
    expect(await stored()).toEqual(realm);
  });

  it('realms are neither made nor deleted', async () => {
    const made = await app.http
      .post(LIST)
      .set(service)
      .send({ data: { name: 'More' } });
    expectError(made, 'method_not_allowed');
    expect(made.headers['allow']).toBe('GET, HEAD');
    const deleted = await app.http.delete(`${LIST}/${realm.id}`).set(service);
    expectError(deleted, 'method_not_allowed');
    expect(deleted.headers['allow']).toBe('GET, HEAD, PUT');
    expect(await app.database.prisma.authenticationRealm.findMany({ where: { storeId: shop.storeId } })).toEqual([
      realm,
    ]);
  });
});
