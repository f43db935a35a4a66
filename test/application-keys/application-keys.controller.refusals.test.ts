import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { permissions } from '../../src/access/permissions.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestKey } from '../harness/shop.js';
import { createKey, PATH, storedSecrets } from './managed-keys.js';

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

/** A key that manages keys and may little else. */
async function givenClerk(): Promise<{ clerk: TestKey; headers: Record<string, string> }> {
  const clerk = await shop.otherKey({ grants: ['client_credentials'], permissions: ['orders:read', 'keys:write'] });
  return { clerk, headers: await shop.service(clerk) };
}

/** Everything that is stored of the keys of the store, in one text. */
async function storedKeys(): Promise<string> {
  const where = { storeId: shop.storeId };
  const { prisma } = app.database;
  const orderBy = { id: 'asc' as const };
  return JSON.stringify([
    await prisma.applicationKey.findMany({ where, orderBy }),
    await prisma.applicationKeySecret.findMany({ where, orderBy }),
    await prisma.clientId.findMany({ where, orderBy: { clientId: 'asc' } }),
  ]);
}

const cannotGive = (names: string) => [{ detail: `This key cannot give what it does not have: ${names}.` }];
const cannotManage = (names: string) => [{ detail: `This key cannot manage one that has more than itself: ${names}.` }];

describe('a key that manages keys', () => {
  it('gives to a new key what it has itself, and no more: 403 that names the rest, and nothing is stored', async () => {
    const { headers } = await givenClerk();
    const before = await storedKeys();
    const refused = [
      [{ preset: 'orders' }, 'orders:write'],
      [{ preset: 'storefront' }, null],
      [{ grants: ['implicit', 'client_credentials'], permissions: ['orders:write'] }, 'orders:write'],
      [{ grants: ['client_credentials'] }, null],
      [{ permissions: ['orders:read', 'settings:write'] }, 'settings:write'],
    ] as const;
    for (const [members, names] of refused) {
      const answer = await app.http
        .post(PATH)
        .set(headers)
        .send({ data: { name: 'More', ...members } });
      if (names === null) expect(answer.status).toBe(403);
      else expectError(answer, 'forbidden', cannotGive(names));
    }
    const all = await app.http
      .post(PATH)
      .set(headers)
      .send({ data: { name: 'All' } });
    const lacking = permissions.filter((name) => !['orders:read', 'keys:write'].includes(name));
    expectError(all, 'forbidden', cannotGive(lacking.join(', ')));
    expect(await storedKeys()).toBe(before);

    const same = { grants: ['client_credentials'], permissions: ['orders:read', 'keys:write'] };
    expect(await createKey(shop, same, headers)).toMatchObject(same);
    // A token without a secret may do less with the same permissions.
    const open = { grants: ['implicit'], permissions: ['orders:read'] };
    expect(await createKey(shop, open, headers)).toMatchObject(open);
  });

  it('changes no key to more than it has itself', async () => {
    const { headers } = await givenClerk();
    const weak = await createKey(shop, { grants: ['client_credentials'], permissions: [] });
    const before = await storedKeys();
    const put = (data: object) => app.http.put(`${PATH}/${weak.id}`).set(headers).send({ data });

    expectError(await put({ permissions: ['orders:write'] }), 'forbidden', cannotGive('orders:write'));
    expect(await storedKeys()).toBe(before);
    expect((await put({ permissions: ['orders:read'] })).body).toMatchObject({
      data: { permissions: ['orders:read'] },
    });
  });

  it('gives itself nothing that it does not have', async () => {
    const { clerk, headers } = await givenClerk();
    const answer = await app.http
      .put(`${PATH}/${clerk.keyId}`)
      .set(headers)
      .send({ data: { permissions: ['keys:write', 'settings:write'] } });
    expectError(answer, 'forbidden', cannotGive('settings:write'));
  });

  it('neither changes, rotates nor deletes a key that has more than itself, whose secret it would learn', async () => {
    const { headers } = await givenClerk();
    const strong = await createKey(shop, { grants: ['client_credentials'], permissions: ['orders:write'] });
    const before = await storedKeys();
    const path = `${PATH}/${strong.id}`;
    const answers = [
      await app.http
        .put(path)
        .set(headers)
        .send({ data: { name: 'Mine' } }),
      await app.http
        .put(path)
        .set(headers)
        .send({ data: { permissions: [] } }),
      await app.http
        .post(`${path}/rotate`)
        .set(headers)
        .send({ data: { overlap_seconds: 0 } }),
      await app.http.delete(path).set(headers),
    ];

    for (const answer of answers) {
      expectError(answer, 'forbidden', cannotManage('orders:write'));
      expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
        reason: 'permission_missing',
      });
    }
    expect(await storedKeys()).toBe(before);
    expect((await app.http.get(path).set(headers)).status).toBe(200);
  });

  it('cannot delete itself, nor take from itself what managing keys needs, so that one such key always remains', async () => {
    const { clerk, headers } = await givenClerk();
    const before = await storedKeys();
    const path = `${PATH}/${clerk.keyId}`;
    const deletion = await app.http.delete(path).set(headers);
    const changes = [
      await app.http
        .put(path)
        .set(headers)
        .send({ data: { permissions: ['orders:read'] } }),
      await app.http
        .put(path)
        .set(headers)
        .send({ data: { permissions: [] } }),
    ];

    expectError(deletion, 'constraint_violated', [
      { detail: 'A key cannot delete itself: use another one, or the command of the operator.' },
    ]);
    for (const answer of changes) {
      expectError(answer, 'constraint_violated', [
        { detail: 'A key cannot take the grant client_credentials or the permission keys:write from itself.' },
      ]);
    }
    const all = await app.http
      .put(`${PATH}/${shop.key.keyId}`)
      .set(service)
      .send({ data: { grants: ['implicit'] } });
    expect(all.status).toBe(422);
    expect(await storedKeys()).toBe(before);
    expect(
      (
        await app.http
          .put(path)
          .set(headers)
          .send({ data: { permissions: ['keys:write'] } })
      ).status,
    ).toBe(200);
  });

  it('gives what it has now, not what the process remembers of it', async () => {
    const { clerk, headers } = await givenClerk();
    expect((await app.http.get(PATH).set(headers)).status).toBe(200);
    const where = { storeId_id: { storeId: shop.storeId, id: clerk.keyId } };
    // Past the service, as another process would do it.
    await app.database.prisma.applicationKey.update({ where, data: { permissions: ['keys:write'] } });

    const data = { name: 'Late', grants: ['client_credentials'], permissions: ['orders:read'] };
    expectError(await app.http.post(PATH).set(headers).send({ data }), 'forbidden', cannotGive('orders:read'));
    await app.database.prisma.applicationKey.delete({ where });
    const gone = await app.http
      .post(PATH)
      .set(headers)
      .send({ data: { ...data, permissions: [] } });
    expect([401, 403]).toContain(gone.status);
    expect((await storedKeys()).includes('Late')).toBe(false);
  });
});

describe('a body that is not right', () => {
  const invalid = (...details: string[]) => details.map((detail) => ({ detail }));
  it.each<[object, string[]]>([
    [{}, ['The data.name field is required.']],
    [{ name: '' }, ['The data.name field is required.']],
    [{ name: 'a'.repeat(256) }, ['The data.name may not be greater than 255 characters.']],
    [{ name: 5 }, ['The data.name must be a string.']],
    [{ name: 'A', type: 'key' }, ['The selected data.type is invalid.']],
    [{ name: 'A', preset: 'root' }, ['The selected data.preset is invalid.']],
    [{ name: 'A', grants: [] }, ['The data.grants must have at least 1 items.']],
    [{ name: 'A', grants: ['password'] }, ['The selected data.grants.0 is invalid.']],
    [{ name: 'A', grants: 'implicit' }, ['The data.grants must be an array.']],
    [{ name: 'A', permissions: ['orders:read', '*'] }, ['The selected data.permissions.1 is invalid.']],
    [
      { name: 'A', preset: 'orders', grants: ['implicit'], permissions: [] },
      [
        'The data.grants cannot be given together with preset.',
        'The data.permissions cannot be given together with preset.',
      ],
    ],
  ])('%j makes no key and is told member by member', async (data, details) => {
    const before = await storedKeys();
    const answer = await app.http.post(PATH).set(service).send({ data });

    expectError(answer, 'validation_failed', invalid(...details));
    expect(await storedKeys()).toBe(before);
  });

  it('with more names than there are rights makes no key', async () => {
    const data = { name: 'A', permissions: Array.from({ length: 101 }, () => 'orders:read') };
    const answer = await app.http.post(PATH).set(service).send({ data });
    expectError(answer, 'validation_failed', invalid('The data.permissions may not have more than 100 items.'));
  });

  it.each<[object, string]>([
    [{ name: '' }, 'The data.name field is required.'],
    [{ grants: [] }, 'The data.grants must have at least 1 items.'],
    [{ permissions: [''] }, 'The data.permissions.0 field is required.'],
  ])('%j changes no key', async (data, detail) => {
    const before = await storedKeys();
    const answer = await app.http.put(`${PATH}/${shop.key.keyId}`).set(service).send({ data });
    expectError(answer, 'validation_failed', invalid(detail));
    expect(await storedKeys()).toBe(before);
  });

  it.each<[object, string]>([
    [{}, 'The data.overlap_seconds field is required.'],
    [{ overlap_seconds: -1 }, 'The data.overlap_seconds must be at least 0.'],
    [{ overlap_seconds: 604_801 }, 'The data.overlap_seconds may not be greater than 604800.'],
    [{ overlap_seconds: 1.5 }, 'The data.overlap_seconds must be an integer.'],
    [{ overlap_seconds: '60' }, 'The data.overlap_seconds must be a number.'],
  ])('%j rotates nothing', async (data, detail) => {
    const before = await storedSecrets(shop, shop.key.keyId);
    const answer = await app.http.post(`${PATH}/${shop.key.keyId}/rotate`).set(service).send({ data });
    expectError(answer, 'validation_failed', invalid(detail));
    expect(await storedSecrets(shop, shop.key.keyId)).toEqual(before);
  });
});

describe('a list that is asked for with a filter, an order or a page that does not exist', () => {
  it.each(['eq(client_secret,x)', 'like(client_id,*a)', 'eq(secret_hash,x)', 'eq(store_id,x)', 'gt(name,a)', 'x'])(
    'as %s, is refused',
    async (filter) => {
      const answer = await app.http.get(`${PATH}?filter=${filter}`).set(service);
      expectError(answer, 'filter_unsupported');
    },
  );

  it('is refused for its order and for its page, too', async () => {
    expectError(await app.http.get(`${PATH}?sort=client_secret`).set(service), 'sort_unsupported');
    expectError(await app.http.get(`${PATH}?page[limit]=0`).set(service), 'page_invalid', [
      { detail: 'page[limit] must be at least 1.' },
    ]);
  });
});

describe('the keys of another store', () => {
  it('do not exist: they are neither read, changed, rotated nor deleted', async () => {
    const other = await givenShop(app);
    const before = await storedKeys();
    const theirs = await other.service();
    const path = `${PATH}/${shop.key.keyId}`;
    const answers = [
      await app.http.get(path).set(theirs),
      await app.http
        .put(path)
        .set(theirs)
        .send({ data: { name: 'Mine' } }),
      await app.http
        .post(`${path}/rotate`)
        .set(theirs)
        .send({ data: { overlap_seconds: 0 } }),
      await app.http.delete(path).set(theirs),
      await app.http.delete(`${PATH}/${randomUUID()}`).set(theirs),
    ];
    for (const answer of answers) expectError(answer, 'resource_not_found');
    expect(await storedKeys()).toBe(before);
  });
});
