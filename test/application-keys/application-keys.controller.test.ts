import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { grants, permissions } from '../../src/access/permissions.js';
import { keyPresets } from '../../src/application-keys/key-rights.js';
import { sha256 } from '../../src/crypto/digest.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { asTestKey, createKey, PATH, storedSecrets, tokenStatus } from './managed-keys.js';

const SECONDS: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const UUID: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);

let app: TestApp;
let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
});
beforeEach(async () => {
  shop = await givenShop(app);
  service = await shop.service();
});

const withoutSecret = ({ client_secret: _, ...members }: { client_secret: string }) => members;

describe('POST /v2/application-keys', () => {
  it('makes a key, answers 201 with its client id and secret, and stores of the secret a hash only', async () => {
    const rights = { grants: ['client_credentials'], permissions: ['orders:write', 'orders:read', 'orders:read'] };
    const answer = await app.http
      .post(PATH)
      .set(service)
      .send({ data: { type: 'application-key', name: 'Order bus', ...rights } });

    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      data: {
        id: UUID,
        type: 'application-key',
        name: 'Order bus',
        client_id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
        grants: ['client_credentials'],
        permissions: ['orders:read', 'orders:write'],
        // 256 bits.
        client_secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as unknown,
        meta: { timestamps: { created_at: SECONDS, updated_at: SECONDS } },
      },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    const { data } = answer.body as { data: { id: string; client_secret: string } };
    expect(await storedSecrets(shop, data.id)).toEqual([
      { hash: sha256(data.client_secret).toString('hex'), retiredAt: null },
    ]);
  });

  it('makes a key that works at once, for what it was given and for nothing else', async () => {
    const made = await createKey(shop, { preset: 'orders' });
    const headers = await shop.service(asTestKey(made, made.client_secret));

    expect((await app.http.get('/v2/orders').set(headers)).status).toBe(200);
    expectError(await app.http.get('/v2/customers').set(headers), 'forbidden');
    expectError(await app.http.get(PATH).set(headers), 'forbidden');
    const implicit = await app.http
      .post('/oauth/access_token')
      .type('form')
      .send({ grant_type: 'implicit', client_id: made.client_id });
    expect([implicit.status, (implicit.body as { error: string }).error]).toEqual([400, 'unauthorized_client']);
  });

  it.each(Object.entries(keyPresets))('gives the rights of the preset %s', async (preset, rights) => {
    const made = await createKey(shop, { preset });
    expect({ grants: made.grants, permissions: made.permissions }).toEqual(rights);
  });

  it('gives every grant and every permission where the body names none', async () => {
    const made = await createKey(shop, {});
    expect({ grants: made.grants, permissions: made.permissions }).toEqual({ grants, permissions });
  });

  it('makes no two keys with one client id or secret, whatever the body brings', async () => {
    const brought = {
      id: shop.key.keyId,
      client_id: 'mine',
      client_secret: 'mine',
      store_id: 'x',
      meta: { timestamps: { created_at: '2001-01-01T00:00:00Z' } },
    };
    const keys = await Promise.all(Array.from({ length: 5 }, () => createKey(shop, { preset: 'orders', ...brought })));
    for (const member of ['id', 'client_id', 'client_secret'] as const) {
      const values = keys.map((key) => key[member]);
      expect(new Set([...values, shop.key.keyId, 'mine']).size).toBe(7);
    }
    expect(keys[0]?.meta.timestamps.created_at).not.toBe('2001-01-01T00:00:00Z');
  });
});

describe('GET /v2/application-keys', () => {
  it('answers the keys of the store in the order of their creation, in pages, and no secret', async () => {
    const made = [await createKey(shop, { name: 'One' }), await createKey(shop, { name: 'Two' })];
    const answer = await app.http.get(`${PATH}?page[limit]=2&page[offset]=1`).set(service);
    const link = (offset: number) => `https://id.shop.example${PATH}?page[offset]=${offset}&page[limit]=2`;

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: made.map(withoutSecret),
      links: { current: link(1), first: link(0), last: link(2), next: null, prev: link(0) },
      meta: { page: { limit: 2, offset: 1, current: 1, total: 2 }, results: { total: 3 } },
    });
    for (const { client_secret } of made) expect(answer.text).not.toContain(client_secret);
    expect(answer.text).not.toContain('secret');
  });

  it('answers nothing of another store', async () => {
    const other = await givenShop(app);
    const answer = await app.http.get(PATH).set(await other.service());
    const { data } = answer.body as { data: { client_id: string }[] };
    expect(data.map(({ client_id }) => client_id)).toEqual([other.key.clientId]);
  });
});

describe('GET /v2/application-keys with a filter and an order', () => {
  const namesOf = async (query: string) => {
    const answer = await app.http.get(`${PATH}?${query}`).set(service).expect(200);
    const { data, meta, links } = answer.body as {
      data: { name: string }[];
      meta: { results: { total: number } };
      links: { current: string };
    };
    expect(meta.results.total).toBe(data.length);
    expect(links.current).toBe(`https://id.shop.example${PATH}?page[offset]=0&page[limit]=25&${query}`);
    return data.map(({ name }) => name);
  };

  it('answers the keys of the store that match, in that order, and links that keep both', async () => {
    const order = await createKey(shop, { name: 'Order bus' });
    const web = await createKey(shop, { name: 'Web shop' });
    await createKey(await givenShop(app), { name: 'Web shop' });

    expect(await namesOf('filter=eq(name,Web shop)'.replace(' ', '%20'))).toEqual(['Web shop']);
    expect(await namesOf('filter=like(name,*%20bus)')).toEqual(['Order bus']);
    expect(await namesOf('filter=ilike(name,web*)')).toEqual(['Web shop']);
    expect(await namesOf(`filter=eq(client_id,${order.client_id})`)).toEqual(['Order bus']);
    expect(await namesOf(`filter=in(id,${web.id},${order.id})`)).toEqual(['Order bus', 'Web shop']);
    expect(await namesOf('filter=ge(created_at,2020-01-01):lt(updated_at,2020-01-01)')).toEqual([]);
    expect(await namesOf('sort=-name')).toEqual(['Web shop', 'Test key', 'Order bus']);
    expect(await namesOf('sort=-created_at')).toEqual(['Web shop', 'Order bus', 'Test key']);
  });
});

describe('GET /v2/application-keys/:keyId', () => {
  it('answers the key without a secret', async () => {
    const made = await createKey(shop, { preset: 'storefront' });
    const answer = await app.http.get(`${PATH}/${made.id}`).set(service);
    expect([answer.status, answer.body]).toEqual([200, { data: withoutSecret(made) }]);
  });
});

describe('PUT /v2/application-keys/:keyId', () => {
  it('renames the key and leaves what the body does not name, and its secret', async () => {
    const made = await createKey(shop, { preset: 'orders' });
    const answer = await app.http
      .put(`${PATH}/${made.id}`)
      .set(service)
      .send({ data: { ...made, name: 'Renamed', grants: undefined, permissions: undefined, client_secret: 'x' } });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: {
        ...withoutSecret(made),
        name: 'Renamed',
        meta: { timestamps: { created_at: made.meta.timestamps.created_at, updated_at: SECONDS } },
      },
    });
    expect(await tokenStatus(app.http, made.client_id, made.client_secret)).toBe(200);
  });

  it('changes rights, which count at once for the tokens that are out', async () => {
    const made = await createKey(shop, { preset: 'orders' });
    const headers = await shop.service(asTestKey(made, made.client_secret));
    expect((await app.http.get('/v2/orders').set(headers)).status).toBe(200);

    const answer = await app.http
      .put(`${PATH}/${made.id}`)
      .set(service)
      .send({ data: { permissions: ['customers:read'] } });

    expect(answer.body).toMatchObject({ data: { grants: ['client_credentials'], permissions: ['customers:read'] } });
    expectError(await app.http.get('/v2/orders').set(headers), 'forbidden');
    expect((await app.http.get('/v2/customers').set(headers)).status).toBe(200);

    await app.http
      .put(`${PATH}/${made.id}`)
      .set(service)
      .send({ data: { grants: ['implicit'] } })
      .expect(200);
    expectError(await app.http.get('/v2/customers').set(headers), 'forbidden');
    expect(await tokenStatus(app.http, made.client_id, made.client_secret)).toBe(400);
  });
});

describe('DELETE /v2/application-keys/:keyId', () => {
  it('ends the key, its tokens at once, its secret and its client id, and answers 204', async () => {
    const made = await createKey(shop, { preset: 'orders' });
    const headers = await shop.service(asTestKey(made, made.client_secret));
    expect((await app.http.get('/v2/orders').set(headers)).status).toBe(200);

    const answer = await app.http.delete(`${PATH}/${made.id}`).set(service);

    expect([answer.status, answer.text]).toEqual([204, '']);
    expectError(await app.http.get('/v2/orders').set(headers), 'access_token_invalid');
    expect(await tokenStatus(app.http, made.client_id, made.client_secret)).toBe(401);
    expectError(await app.http.get(`${PATH}/${made.id}`).set(service), 'resource_not_found');
    expectError(await app.http.delete(`${PATH}/${made.id}`).set(service), 'resource_not_found');
    const { prisma } = app.database;
    expect(await prisma.clientId.findUnique({ where: { clientId: made.client_id } })).toBeNull();
    expect(await storedSecrets(shop, made.id)).toEqual([]);
  });
});

describe('the log', () => {
  it('names who changed which key and how, in one line for each request, and holds no secret', async () => {
    const made = await createKey(shop, { preset: 'orders' });
    const answers = [
      await app.http
        .post(PATH)
        .set(service)
        .send({ data: { name: 'Other', preset: 'orders' } }),
      await app.http
        .put(`${PATH}/${made.id}`)
        .set(service)
        .send({ data: { name: 'Renamed' } }),
      await app.http
        .post(`${PATH}/${made.id}/rotate`)
        .set(service)
        .send({ data: { overlap_seconds: 5 } }),
      await app.http.delete(`${PATH}/${made.id.toUpperCase()}`).set(service),
    ];
    const [{ id: otherId, client_secret: otherSecret }, , { client_secret: newSecret }] = answers.map(
      ({ body }) => (body as { data?: typeof made }).data ?? made,
    ) as [typeof made, unknown, typeof made];

    const lines = await Promise.all(answers.map(({ headers }) => app.log.ofRequest(String(headers['x-request-id']))));
    expect(lines.map(({ key_id, managed_key_id, events, status }) => [key_id, managed_key_id, events, status])).toEqual(
      [
        [shop.key.keyId, otherId, ['application_key_created'], 201],
        [shop.key.keyId, made.id, ['application_key_changed'], 200],
        [shop.key.keyId, made.id, ['application_key_rotated'], 200],
        [shop.key.keyId, made.id, ['application_key_deleted'], 204],
      ],
    );
    const log = app.log.lines.join('\n');
    for (const secret of [made.client_secret, otherSecret, newSecret]) expect(log).not.toContain(secret);
  });
});
