import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm, givenUser, usersPath } from '../harness/given-realm.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { countRows } from '../harness/stored-rows.js';

describe('requests for users of a realm that are refused', () => {
  let app: TestApp;
  let shop: Shop;
  let realmId: string;
  let ann: TestCustomer;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    realmId = (await givenRealm(shop)).id;
    ann = await shop.customer();
    await givenUser(shop, realmId, ann);
  });

  beforeEach(async () => {
    service = await shop.service();
  });

  const own = () => `${usersPath(realmId)}/${ann.id}`;
  const post = (data: object) => app.http.post(usersPath(realmId)).set(service).send({ data });
  const put = (data: object) => app.http.put(own()).set(service).send({ data });
  const users = () => app.database.prisma.authenticationUser.findMany({ where: { storeId: shop.storeId } });

  it('POST tells every fault at once', async () => {
    const before = await users();
    for (const data of [{}, { name: '', email: '' }, { name: null, email: null }]) {
      expectError(await post(data), 'member_invalid', [
        { detail: 'name is required' },
        { detail: 'email is required' },
      ]);
    }
    expect(await users()).toEqual(before);
    expect(await countRows(shop, 'customers')).toBe(1);
  });

  it.each([
    [{ type: 'customer' }, 'type is not an allowed value'],
    [{ name: 5 }, 'name must be a string'],
    [{ name: 'n'.repeat(256) }, 'name must not be longer than 255 characters'],
    [{ email: 'nobody' }, 'email must be a valid email address'],
    [{ email: 5 }, 'email must be a string'],
    [{ given_name: 5 }, 'given_name must be a string'],
    [{ family_name: 'n'.repeat(256) }, 'family_name must not be longer than 255 characters'],
    [{ middle_name: [] }, 'middle_name must be a string'],
  ])('POST and PUT of %j', async (members, detail) => {
    const before = await users();
    expectError(await post({ name: 'Bob', email: uniqueEmail(), ...members }), 'member_invalid', [{ detail }]);
    expectError(await put(members), 'member_invalid', [{ detail }]);
    expect(await users()).toEqual(before);
    expect(await countRows(shop, 'customers')).toBe(1);
  });

  it('without client credentials: with an implicit token, alone or beside the own customer token, and with both', async () => {
    const customerToken = { 'x-moltin-customer-token': (await shop.login(ann)).token };
    const implicit = await shop.implicit();
    for (const headers of [implicit, { ...implicit, ...customerToken }, { ...service, ...customerToken }]) {
      const answers = [
        await app.http.get(usersPath(realmId)).set(headers),
        await app.http.get(own()).set(headers),
        await app.http.post(usersPath(realmId)).set(headers).send({ data: {} }),
        await app.http.put(own()).set(headers).send({ data: {} }),
        await app.http.delete(own()).set(headers),
      ];
      for (const answer of answers) expectError(answer, 'forbidden');
    }
    const stale = { ...service, 'x-moltin-customer-token': '' };
    expectError(await app.http.get(own()).set(stale), 'customer_token_invalid');
  });

  it('of another realm, of another store, of a customer who is no user: all as unknown as an id that nobody has', async () => {
    const [otherShop, bob] = [await givenShop(app), await shop.customer()];
    const otherRealm = (await givenRealm(otherShop)).id;
    const sisterRealm = (await givenRealm(shop, { name: 'Merchant Organization' })).id;
    const stranger = await otherShop.service();
    const before = await users();
    const places = [
      [stranger, own()],
      [stranger, `${usersPath(otherRealm)}/${ann.id}`],
      [service, `${usersPath(otherRealm)}/${ann.id}`],
      [service, `${usersPath(sisterRealm)}/${ann.id}`],
      [service, `${usersPath(realmId)}/${bob.id}`],
      [service, `${usersPath(realmId)}/${randomUUID()}`],
      [service, `${usersPath(realmId)}/x`],
      [service, `${usersPath('x')}/${ann.id}`],
    ] as const;
    for (const [headers, path] of places) {
      expectError(await app.http.get(path).set(headers), 'resource_not_found');
      expectError(
        await app.http
          .put(path)
          .set(headers)
          .send({ data: { name: 'X' } }),
        'resource_not_found',
      );
      expectError(await app.http.delete(path).set(headers), 'resource_not_found');
    }
    for (const realm of [realmId, randomUUID(), 'x']) {
      expectError(await app.http.get(usersPath(realm)).set(stranger), 'resource_not_found');
      const data = { name: 'Bob', email: bob.email };
      expectError(await app.http.post(usersPath(realm)).set(stranger).send({ data }), 'resource_not_found');
    }
    expect(await users()).toEqual(before);
  });
});
