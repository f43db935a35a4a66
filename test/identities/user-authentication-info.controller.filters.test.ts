import { beforeAll, describe, expect, it } from 'vitest';
import type { UserResource } from '../../src/identities/user-authentication-info.contract.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm, givenUser, usersPath } from '../harness/given-realm.js';
import { givenShop } from '../harness/shop.js';

let app: TestApp;
let service: Record<string, string>;
let path: string;
/** In the order of their creation, a millisecond apart; the first was changed last. */
let users: UserResource[];

beforeAll(async () => {
  app = await sharedApp();
  const shop = await givenShop(app);
  service = await shop.service();
  const realm = await givenRealm(shop);
  const other = await givenRealm(shop, { name: 'Merchant Organization' });
  path = usersPath(realm.id);
  users = [];
  const people = [
    { name: 'Ann Example', email: 'Ann@Example.test', parts: { given_name: 'Ann' } },
    { name: 'ann other', email: 'ann+1@other.test', parts: {} },
    {
      name: 'Ünal_Bob',
      email: 'bob@example.test',
      parts: { given_name: 'Bob', family_name: 'Ünal', middle_name: 'M.' },
    },
  ];
  for (const [index, { name, email, parts }] of people.entries()) {
    const customer = await shop.customer({ name, email });
    const { id } = await givenUser(shop, realm.id, customer);
    await givenUser(shop, other.id, customer);
    await app.http.put(`${path}/${id}`).set(service).send({ data: parts }).expect(200);
    const [created, updated] = [Date.UTC(2026, 1, 1, 10, 0, 0, index), Date.UTC(2026, 1, 2, 10, 0, 0, 9 - index)];
    await app.database.prisma.authenticationUser.update({
      where: { storeId_realmId_customerId: { storeId: shop.storeId, realmId: realm.id, customerId: id } },
      data: { createdAt: new Date(created), updatedAt: new Date(updated) },
    });
    users.push(((await app.http.get(`${path}/${id}`).set(service)).body as { data: UserResource }).data);
  }
});

/** Which of the three are found, by their places. */
async function found(filter: string, sort = 'created_at'): Promise<number[]> {
  const answer = await app.http.get(`${path}?filter=${encodeURIComponent(filter)}&sort=${sort}`).set(service);
  expect(answer.status).toBe(200);
  const { data, meta } = answer.body as { data: (UserResource & { links: unknown })[]; meta: { results: unknown } };
  expect(meta.results).toEqual({ total: data.length });
  return data.map(({ links: _, ...user }) =>
    users.findIndex((known) => JSON.stringify(known) === JSON.stringify(user)),
  );
}

describe('the list of users of a realm', () => {
  it.each<[string, number[]]>([
    ['eq(name,Ann Example)', [0]],
    ['eq(name,ann example)', []],
    ['in(name,Ann Example,ann other,x)', [0, 1]],
    ['like(name,Ann*)', [0]],
    ['like(name,ann*)', [1]],
    ['like(name,*Exam*)', [0]],
    ['like(name,*exam*)', []],
    ['ilike(name,ANN*)', [0, 1]],
    ['ilike(name,*exAM*)', [0]],
    ['ilike(name,ünal_*)', [2]],
    ['eq(email,ann@example.test)', [0]],
    ['eq(email,ANN+1@other.test)', [1]],
    ['in(email,ann@example.test,bob@example.test)', [0, 2]],
    ['like(email,Ann@*)', [0]],
    ['like(email,ann@*)', []],
    ['like(email,*@example.test)', [2]],
    ['ilike(email,*@example.test)', [0, 2]],
    ['ilike(email,ANN*)', [0, 1]],
    ['is_null(given_name)', [1]],
    ['is_null(family_name)', [0, 1]],
    ['is_null(middle_name):ilike(name,ann*):is_null(given_name)', [1]],
    ['eq(created_at,2026-02-01T10:00:00.001Z)', [1]],
    ['gt(created_at,2026-02-01T10:00:00.000Z)', [1, 2]],
    ['le(created_at,2026-02-01T10:00:00.001Z)', [0, 1]],
    ['lt(created_at,2026-02-01)', []],
    ['ge(updated_at,2026-02-02T10:00:00.008Z)', [0, 1]],
    ['in(updated_at,2026-02-02T10:00:00.007Z)', [2]],
    ['(like(name,Ann*)|eq(email,bob@example.test))', [0, 2]],
  ])('finds by %s those of this realm', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it.each<[string, number[]]>([
    ['', [2, 1, 0]],
    ['created_at', [0, 1, 2]],
    ['-created_at', [2, 1, 0]],
    ['updated_at', [2, 1, 0]],
    ['-updated_at', [0, 1, 2]],
    ['id', [0, 1, 2]],
    ['-id', [2, 1, 0]],
  ])('sorted by "%s" has that order', async (sort, expected) => {
    expect(await found('like(name,*)', sort)).toEqual(expected);
  });

  it('keeps filter and sort order in its links', async () => {
    const kept = 'filter=ilike(email,ann*)&sort=-id';
    const answer = await app.http.get(`${path}?${kept}&page[limit]=1`).set(service);
    const url = (offset: number) => `https://id.shop.example${path}?page[offset]=${offset}&page[limit]=1&${kept}`;
    const [, second] = users;
    expect(answer.body).toEqual({
      data: [{ ...second, links: { self: `https://id.shop.example${path}/${second?.id}` } }],
      links: { current: url(0), first: url(0), last: url(1), next: url(1), prev: null },
      meta: { page: { limit: 1, offset: 0, current: 1, total: 2 }, results: { total: 2 } },
    });
  });

  it.each([
    'eq(id,x)',
    'eq(given_name,Ann)',
    'like(family_name,*)',
    'is_null(name)',
    'is_null(email)',
    'neq(email,x)',
    'like(created_at,*)',
    'eq(password_hash,x)',
    'is_null(password_hash)',
    'eq(external_ref,x)',
    'eq(store_id,x)',
    'eq(realm_id,x)',
  ])('is 400 when the filter is %s', async (filter) => {
    expectError(await app.http.get(`${path}?filter=${filter}`).set(service), 'filter_unsupported');
  });

  it.each(['name', 'email', 'given_name', '-customer_id'])('is 400 when the sort order is %s', async (sort) => {
    expectError(await app.http.get(`${path}?sort=${sort}`).set(service), 'sort_unsupported');
  });
});
