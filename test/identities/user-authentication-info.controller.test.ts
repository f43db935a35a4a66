import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { UserResource } from '../../src/identities/user-authentication-info.contract.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm, givenUser, usersPath } from '../harness/given-realm.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';

const text: unknown = expect.any(String);

describe('/v2/authentication-realms/:realmId/user-authentication-info', () => {
  let app: TestApp;
  let shop: Shop;
  let realmId: string;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
  });

  beforeEach(async () => {
    shop = await givenShop(app);
    realmId = (await givenRealm(shop)).id;
    service = await shop.service();
  });

  const path = (id: string) => `${usersPath(realmId)}/${id}`;
  const links = (id: string) => ({ self: `https://id.shop.example${path(id)}` });
  const post = (data: object) => app.http.post(usersPath(realmId)).set(service).send({ data });
  const stored = (customerId: string) =>
    app.database.prisma.authenticationUser.findUnique({
      where: { storeId_realmId_customerId: { storeId: shop.storeId, realmId, customerId } },
    });

  it('POST of an email that nobody has makes the customer and the user', async () => {
    const email = `Ann.${uniqueEmail()}`;
    const answer = await app.http
      .post(`${usersPath(realmId)}/`)
      .set(service)
      .send({
        data: {
          id: randomUUID(),
          type: 'user_authentication_info',
          name: 'Ann Example',
          email,
          given_name: 'Ann',
          family_name: 'Example',
          middle_name: null,
          email_verified: true,
          password: 'a good password',
        },
      });

    expect(answer.status).toBe(201);
    const { id } = (answer.body as { data: UserResource }).data;
    const row = await stored(id);
    expect(row).toEqual({
      storeId: shop.storeId,
      realmId,
      customerId: id,
      givenName: 'Ann',
      familyName: 'Example',
      middleName: null,
      createdAt: row?.createdAt,
      updatedAt: row?.createdAt,
    });
    const time = row?.createdAt.toISOString();
    expect(answer.body).toEqual({
      data: {
        id,
        type: 'user_authentication_info',
        name: 'Ann Example',
        email,
        given_name: 'Ann',
        family_name: 'Example',
        middle_name: null,
        meta: { created_at: time, updated_at: time, creation_status: 'COMPLETE' },
      },
      links: links(id),
    });
    expect(await storedCustomer(shop, id)).toEqual({
      store_id: shop.storeId,
      id,
      name: 'Ann Example',
      name_folded: 'ann example',
      email,
      email_canonical: email.toLowerCase(),
      email_domain: 'example.test',
      login_email: email.toLowerCase(),
      email_verified: false,
      external_ref: null,
      authentication_mechanism: 'oidc',
      password_hash: null,
      custom_members: {},
      created_at: row?.createdAt,
      updated_at: row?.createdAt,
    });
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['customer_created'],
      realm_id: realmId,
      customer_id: id,
    });
  });

  it('POST of an email that one customer has makes that customer a user, and changes nothing of the customer', async () => {
    const ann = await shop.customer();
    const before = await storedCustomer(shop, ann.id);
    const answer = await post({ type: 'user-authentication-info', name: 'Other Name', email: ann.email.toUpperCase() });

    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      data: {
        id: ann.id,
        type: 'user_authentication_info',
        name: ann.name,
        email: ann.email,
        given_name: null,
        family_name: null,
        middle_name: null,
        meta: { created_at: text, updated_at: text, creation_status: 'COMPLETE' },
      },
      links: links(ann.id),
    });
    expect(await storedCustomer(shop, ann.id)).toEqual(before);
    expect(await countRows(shop, 'customers')).toBe(1);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).not.toHaveProperty('events');
  });

  it('POST of an email that two customers have is refused, and so is one of a user', async () => {
    const ann = await shop.customer();
    const twin = await shop.customer();
    await app.database.prisma.customer.update({
      where: { storeId_id: { storeId: shop.storeId, id: twin.id } },
      data: { email: ann.email, emailCanonical: ann.email, loginEmail: null },
    });
    const bob = await shop.customer();
    await givenUser(shop, realmId, bob);

    expectError(await post({ name: 'Ann', email: ann.email }), 'email_ambiguous');
    expectError(await post({ name: 'Bob', email: bob.email }), 'user_exists');
    expect(await app.database.prisma.authenticationUser.count({ where: { storeId: shop.storeId } })).toBe(1);
    expect(await countRows(shop, 'customers')).toBe(3);
  });

  it('POST of a customer of another store makes a customer here', async () => {
    const elsewhere = await (await givenShop(app)).customer();
    const answer = await post({ name: 'Ann', email: elsewhere.email });
    expect(answer.status).toBe(201);
    expect((answer.body as { data: UserResource }).data.id).not.toBe(elsewhere.id);
  });

  it('GET of one and of the list show the same, the newest first, page by page', async () => {
    const users: UserResource[] = [];
    for (const name of ['Ann', 'Bob', 'Cleo'])
      users.unshift(await givenUser(shop, realmId, await shop.customer({ name })));
    await shop.customer({ name: 'No user' });
    const [cleo, bob] = users;
    if (cleo === undefined || bob === undefined) throw new Error('there are three');

    const one = await app.http.get(path(bob.id.toUpperCase())).set(service);
    expect([one.status, one.body]).toEqual([200, { data: bob, links: links(bob.id) }]);
    const all = await app.http.get(usersPath(realmId)).set(service);
    const url = (offset: number, limit: number) =>
      `https://id.shop.example${usersPath(realmId)}?page[offset]=${offset}&page[limit]=${limit}`;
    expect([all.status, all.body]).toEqual([
      200,
      {
        data: users.map((user) => ({ ...user, links: links(user.id) })),
        links: { current: url(0, 25), first: url(0, 25), last: null, next: null, prev: null },
        meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 3 } },
      },
    ]);
    const page = await app.http.get(`${usersPath(realmId)}?page[limit]=1&page[offset]=1`).set(service);
    expect(page.body).toEqual({
      data: [{ ...bob, links: links(bob.id) }],
      links: { current: url(1, 1), first: url(0, 1), last: url(2, 1), next: url(2, 1), prev: url(0, 1) },
      meta: { page: { limit: 1, offset: 1, current: 2, total: 3 }, results: { total: 3 } },
    });
    const large = await app.http.get(`${usersPath(realmId)}?page[limit]=1000`).set(service);
    expect(large.body).toMatchObject({ meta: { page: { limit: 100 } } });
    expectError(await app.http.get(`${usersPath(realmId)}?filter=eq(subject,x)`).set(service), 'filter_unsupported');
    expectError(await app.http.get(`${usersPath(realmId)}?sort=name`).set(service), 'sort_unsupported');
  });

  it('PUT changes name and email of the customer, by the rules for those, and the parts of the name of the user', async () => {
    const ann = await shop.customer({ email_verified: true });
    const before = await givenUser(shop, realmId, ann);
    const email = uniqueEmail();
    const change = { name: 'Ann Changed', email, given_name: 'Ann', family_name: 'Changed', middle_name: 'M.' };
    const answer = await app.http
      .put(path(ann.id))
      .set(service)
      .send({ data: { type: 'user_authentication_info', id: randomUUID(), ...change } });

    expect(answer.status).toBe(200);
    const meta = { ...before.meta, updated_at: text };
    expect(answer.body).toEqual({ data: { ...before, ...change, meta }, links: links(ann.id) });
    expect((await app.http.get(path(ann.id)).set(service)).body).toEqual(answer.body);
    expect(await storedCustomer(shop, ann.id)).toMatchObject({
      name: 'Ann Changed',
      name_folded: 'ann changed',
      email_canonical: email,
      login_email: email,
      email_verified: false,
      authentication_mechanism: 'password',
    });
    await shop.login({ email, password: ann.password });
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['customer_email_changed'],
      customer_id: ann.id,
      realm_id: realmId,
    });
  });

  it.each([
    [{}, {}],
    [{ name: 'Changed' }, { name: 'Changed' }],
    [{ given_name: 'Changed' }, { given_name: 'Changed' }],
    [{ given_name: null }, { given_name: null }],
    [{ middle_name: '' }, { middle_name: '' }],
  ])('PUT of %j leaves all else', async (data, changed) => {
    const created = await post({
      name: 'Ann',
      email: uniqueEmail(),
      given_name: 'Ann',
      family_name: 'Example',
      middle_name: 'M.',
    });
    const user = (created.body as { data: UserResource }).data;
    const answer = await app.http.put(path(user.id)).set(service).send({ data });
    expect(answer.body).toEqual({
      data: { ...user, ...changed, meta: { ...user.meta, updated_at: text } },
      links: links(user.id),
    });
  });

  it("PUT of another customer's email is refused, and changes nothing", async () => {
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const user = await givenUser(shop, realmId, ann);
    const answer = await app.http
      .put(path(ann.id))
      .set(service)
      .send({ data: { email: bob.email, given_name: 'Changed' } });
    expectError(answer, 'email_taken');
    expect((await app.http.get(path(ann.id)).set(service)).body).toEqual({ data: user, links: links(ann.id) });
  });

  it('DELETE removes the user, not the customer, who can be made a user again', async () => {
    const ann = await shop.customer();
    await givenUser(shop, realmId, ann);
    const before = await storedCustomer(shop, ann.id);
    const answer = await app.http.delete(path(ann.id)).set(service);

    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await stored(ann.id)).toBeNull();
    expect(await storedCustomer(shop, ann.id)).toEqual(before);
    await shop.login(ann);
    expectError(await app.http.get(path(ann.id)).set(service), 'resource_not_found');
    expectError(await app.http.delete(path(ann.id)).set(service), 'resource_not_found');
    await givenUser(shop, realmId, ann);
  });

  it('a deleted customer is no user any more', async () => {
    const ann = await shop.customer();
    await givenUser(shop, realmId, ann);
    await app.http.delete(`/v2/customers/${ann.id}`).set(service).expect(204);
    expectError(await app.http.get(path(ann.id)).set(service), 'resource_not_found');
    expect((await app.http.get(usersPath(realmId)).set(service)).body).toMatchObject({ data: [] });
  });
});
