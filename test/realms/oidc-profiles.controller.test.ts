import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SealError } from '../../src/crypto/secret-box.js';
import type { OidcProfileModel } from '../../src/generated/prisma/models.js';
import { ClientSecrets } from '../../src/realms/client-secrets.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import { givenProfile, givenRealm, profilesPath } from '../harness/given-realm.js';
import { givenShop, type Shop } from '../harness/shop.js';

const text: unknown = expect.any(String);
const SECRET = 'canary-client-secret-5f1d';

describe('/v2/authentication-realms/:realmId/oidc-profiles', () => {
  let app: TestApp;
  let providers: DiscoveryServer;
  let shop: Shop;
  let realmId: string;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    providers = await startDiscoveryServer();
  });
  afterAll(() => providers.stop());

  beforeEach(async () => {
    shop = await givenShop(app);
    realmId = (await givenRealm(shop)).id;
    service = await shop.service();
    providers.reads.length = 0;
  });

  const given = (members: Record<string, unknown> = {}) =>
    givenProfile(shop, realmId, providers.discoveryUrl('honest'), members);
  const path = (id: string) => `${profilesPath(realmId)}/${id}`;
  const links = (id: string) => {
    const place = `stores/${shop.storeId}/authentication-realms/${realmId}`;
    const base = 'https://id.shop.example';
    return {
      'authorization-endpoint': `${base}/oidc-idp/login/${place}?elasticpath_commerce_cloud_profile_id=${id}`,
      'callback-endpoint': `${base}/oidc-idp/callback/${place}/oidc-profiles/${id}`,
      'client-discovery-url': `${base}/oidc-idp/${place}/.well-known/openid-configuration`,
      self: `${base}${path(id)}`,
    };
  };

  async function stored(id: string): Promise<OidcProfileModel> {
    return app.database.prisma.oidcProfile.findUniqueOrThrow({
      where: { storeId_id: { storeId: shop.storeId, id } },
    });
  }

  const secretOf = async (id: string) => app.nest.get(ClientSecrets).open(await stored(id));

  it('POST reads the discovery document, stores the issuer and the sealed secret, and answers all but the secret', async () => {
    const answer = await app.http
      .post(`${profilesPath(realmId)}/`)
      .set(service)
      .send({
        data: {
          id: '0190a5d4-1111-7222-8333-abcdefabcdef',
          type: 'oidc-profile',
          name: 'Example IdP',
          discovery_url: providers.discoveryUrl('honest'),
          client_id: 'idp-client',
          client_secret: SECRET,
          store_id: 'x',
          meta: { issuer: 'https://evil.test' },
        },
      });

    expect(answer.status).toBe(201);
    const { id } = (answer.body as { data: { id: string } }).data;
    const row = await stored(id);
    expect(answer.body).toEqual({
      data: {
        id,
        type: 'oidc-profile',
        name: 'Example IdP',
        client_id: 'idp-client',
        discovery_url: providers.discoveryUrl('honest'),
        email_trust: 'claim',
        id_token_max_lifetime: null,
        meta: {
          issuer: providers.issuer('honest'),
          created_at: row.createdAt.toISOString(),
          updated_at: row.createdAt.toISOString(),
        },
        links: links(id),
      },
      links: links(id),
    });
    expect(id).not.toBe('0190a5d4-1111-7222-8333-abcdefabcdef');
    expect(providers.reads).toEqual(['honest']);
    expect(row).toEqual({
      storeId: shop.storeId,
      id,
      realmId,
      name: 'Example IdP',
      discoveryUrl: providers.discoveryUrl('honest'),
      issuer: providers.issuer('honest'),
      clientId: 'idp-client',
      sealedClientSecret: row.sealedClientSecret,
      emailTrust: 'claim',
      idTokenMaxLifetime: null,
      createdAt: row.createdAt,
      updatedAt: row.createdAt,
    });
    expect(Buffer.from(row.sealedClientSecret).includes(SECRET)).toBe(false);
    expect(await secretOf(id)).toBe(SECRET);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['oidc_profile_created'],
      realm_id: realmId,
      profile_id: id,
      key_id: shop.key.keyId,
    });
  });

  it('shows a secret nowhere: in no answer and no log line, whatever becomes of the request', async () => {
    const { id } = await given({ client_secret: SECRET });
    const broken = { discovery_url: providers.discoveryUrl('gone'), client_secret: SECRET, name: 'x', client_id: 'x' };
    providers.publish('gone', null);
    const answers = [
      await app.http.get(path(id)).set(service),
      await app.http.get(profilesPath(realmId)).set(service),
      await app.http
        .put(path(id))
        .set(service)
        .send({ data: { client_secret: SECRET } }),
      await app.http
        .put(path(id))
        .set(service)
        .send({ data: { client_secret: SECRET, name: 5 } }),
      await app.http
        .put(path(id))
        .set(service)
        .send({ data: { client_secret: `${SECRET}\n` } }),
      await app.http.post(profilesPath(realmId)).set(service).send({ data: broken }),
      await app.http.delete(path(id)).set(service),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 400, 400, 422, 204]);
    for (const answer of answers) {
      expect(answer.text).not.toContain(SECRET);
      await app.log.ofRequest(String(answer.headers['x-request-id']));
    }
    expect(app.log.lines.filter((line) => line.includes(SECRET))).toEqual([]);
  });

  it('binds a sealed secret to its profile: moved to another one, or to another store, it does not open', async () => {
    const [mine, other] = [await given({ client_secret: SECRET }), await given()];
    const { sealedClientSecret } = await stored(mine.id);
    const row = { storeId: shop.storeId, id: other.id };
    await app.database.prisma.oidcProfile.update({ where: { storeId_id: row }, data: { sealedClientSecret } });

    await expect(secretOf(other.id)).rejects.toThrow(SealError);
    const secrets = app.nest.get(ClientSecrets);
    const elsewhere = { storeId: (await givenShop(app)).storeId, id: mine.id, sealedClientSecret };
    expect(() => secrets.open(elsewhere)).toThrow(SealError);
    expect(await secretOf(mine.id)).toBe(SECRET);
  });

  it('GET of one answers what POST answered, to a storefront too', async () => {
    const profile = await given({ email_trust: 'always' });
    for (const headers of [await shop.implicit(), service]) {
      const answer = await app.http.get(path(profile.id.toUpperCase())).set(headers);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ data: profile, links: links(profile.id) });
    }
    expect(profile.email_trust).toBe('always');
  });

  it('GET of the list answers all, the oldest first, each with its links, and encodes the brackets of its own', async () => {
    const profiles = [await given({ name: 'One' }), await given({ name: 'Two' }), await given({ name: 'Three' })];
    const url = (offset: number, limit: number) =>
      `https://id.shop.example${profilesPath(realmId)}?page%5Boffset%5D=${offset}&page%5Blimit%5D=${limit}`;

    const all = await app.http.get(profilesPath(realmId.toUpperCase())).set(await shop.implicit());
    expect(all.status).toBe(200);
    expect(all.body).toEqual({
      data: profiles,
      links: { current: url(0, 25), first: url(0, 25), last: null, next: null, prev: null },
      meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 3 } },
    });
    const middle = await app.http.get(`${profilesPath(realmId)}?page%5Boffset%5D=1&page%5Blimit%5D=1`).set(service);
    expect(middle.body).toEqual({
      data: [profiles[1]],
      links: { current: url(1, 1), first: url(0, 1), last: url(2, 1), next: url(2, 1), prev: url(0, 1) },
      meta: { page: { limit: 1, offset: 1, current: 2, total: 3 }, results: { total: 3 } },
    });
    const { next } = (middle.body as { links: { next: string } }).links;
    const last = await app.http.get(next.replace('https://id.shop.example', '')).set(service);
    expect((last.body as { data: unknown }).data).toEqual([profiles[2]]);
    const large = await app.http.get(`${profilesPath(realmId)}?page[limit]=101`).set(service);
    expect(large.body).toMatchObject({ meta: { page: { limit: 100 } } });
    expectError(
      await app.http.get(`${profilesPath(realmId)}?filter=eq(client_id,x)`).set(service),
      'filter_unsupported',
    );
    expectError(await app.http.get(`${profilesPath(realmId)}?sort=name`).set(service), 'sort_unsupported');
  });

  it('GET of the list holds no profile of another realm', async () => {
    const { id } = await given();
    const other = await givenRealm(shop, { name: 'Merchant Organization' });
    const { body } = await app.http.get(profilesPath(other.id)).set(service);
    expect(body).toMatchObject({ data: [], meta: { results: { total: 0 } } });
    expectError(await app.http.get(`${profilesPath(other.id)}/${id}`).set(service), 'resource_not_found');
  });

  it('PUT changes every member, reads the new provider, and the next GET shows it', async () => {
    const before = await given();
    const change = {
      type: 'oidc-profile',
      name: 'Another IdP',
      discovery_url: providers.discoveryUrl('another'),
      client_id: 'another-client',
      email_trust: 'never',
    };
    const answer = await app.http
      .put(path(before.id))
      .set(service)
      .send({ data: { ...change, client_secret: SECRET } });
    const row = await stored(before.id);

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: {
        ...before,
        ...change,
        meta: {
          issuer: providers.issuer('another'),
          created_at: before.meta.created_at,
          updated_at: row.updatedAt.toISOString(),
        },
      },
      links: links(before.id),
    });
    expect(row.updatedAt.getTime()).toBeGreaterThan(row.createdAt.getTime());
    expect(await secretOf(before.id)).toBe(SECRET);
    expect(providers.reads).toEqual(['honest', 'another']);
    expect((await app.http.get(path(before.id)).set(service)).body).toEqual(answer.body);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['oidc_profile_changed'],
      realm_id: realmId,
      profile_id: before.id,
    });
  });

  it.each([[{}], [{ client_secret: null }], [{ client_secret: '' }]])(
    'PUT of %j keeps the secret and all else, and reads the discovery document anew',
    async (data) => {
      const before = await given({ client_secret: SECRET, email_trust: 'always' });
      const row = await stored(before.id);
      const answer = await app.http.put(path(before.id)).set(service).send({ data });

      const after = await stored(before.id);
      expect(after).toEqual({ ...row, updatedAt: after.updatedAt });
      const meta = { ...before.meta, updated_at: after.updatedAt.toISOString() };
      expect(answer.body).toEqual({ data: { ...before, meta }, links: links(before.id) });
      expect(await secretOf(before.id)).toBe(SECRET);
      expect(providers.reads).toEqual(['honest', 'honest']);
    },
  );

  it.each([
    ['name', 'Changed', 'name'],
    ['client_id', 'changed', 'clientId'],
    ['email_trust', 'never', 'emailTrust'],
  ] as const)('PUT of %s alone leaves the others', async (member, value, column) => {
    const { id } = await given();
    const row = await stored(id);
    await app.http
      .put(path(id))
      .set(service)
      .send({ data: { [member]: value } })
      .expect(200);
    const after = await stored(id);
    expect(after).toEqual({ ...row, [column]: value, updatedAt: after.updatedAt });
  });

  it('never looks at the customer token', async () => {
    const { id } = await given();
    const answer = await app.http.get(path(id)).set({ ...service, 'x-moltin-customer-token': '' });
    expect(answer.status).toBe(200);
    await app.http
      .put(path(id))
      .set({ ...service, 'x-moltin-customer-token': 'stale' })
      .send({ data: {} })
      .expect(200);
  });

  it('POST and PUT answer the times and what is seen later in the same spelling', async () => {
    const profile = await given();
    expect(profile.meta).toEqual({ issuer: providers.issuer('honest'), created_at: text, updated_at: text });
    expect(profile.meta.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});
