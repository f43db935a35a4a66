import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm, givenUser, usersPath } from '../harness/given-realm.js';
import { changeMeanwhile } from '../harness/held-row.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';

describe('users of a realm that are made at once', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await sharedApp();
  });

  async function race(count: number, ask: (at: number) => PromiseLike<{ status: number; body: unknown }>) {
    const answers = await Promise.all(Array.from({ length: count }, (_, at) => ask(at)));
    return answers.map(({ status, body }) => {
      const { errors } = body as { errors?: { code: string }[] };
      return `${status} ${errors?.[0]?.code ?? ''}`.trim();
    });
  }

  it('for one new email are one user and one customer, ten times', async () => {
    for (let round = 0; round < 10; round += 1) {
      const shop = await givenShop(app);
      const realmId = (await givenRealm(shop)).id;
      const service = await shop.service();
      const data = { name: 'Ann', email: uniqueEmail() };
      const outcomes = await race(8, () => app.http.post(usersPath(realmId)).set(service).send({ data }));

      expect(outcomes.sort()).toEqual(['201', ...Array.from({ length: 7 }, () => '409 user_exists')]);
      const where = { storeId: shop.storeId };
      expect(await app.database.prisma.customer.count({ where })).toBe(1);
      expect(await app.database.prisma.authenticationUser.count({ where })).toBe(1);
    }
  });

  it('while the customer is being made by the interface for customers, attach to it or make it, ten times', async () => {
    for (let round = 0; round < 10; round += 1) {
      const shop = await givenShop(app);
      const realmId = (await givenRealm(shop)).id;
      const service = await shop.service();
      const data = { name: 'Ann', email: uniqueEmail() };
      const outcomes = await race(2, (at) =>
        app.http
          .post(at === 0 ? '/v2/customers' : usersPath(realmId))
          .set(service)
          .send({ data }),
      );

      expect(outcomes[1]).toBe('201');
      expect(['201', '409 email_taken']).toContain(outcomes[0]);
      const where = { storeId: shop.storeId };
      expect(await app.database.prisma.customer.count({ where })).toBe(1);
      expect(await app.database.prisma.authenticationUser.count({ where })).toBe(1);
    }
  });
});

describe('a change of a user', () => {
  it('changes nothing of the customer when the user is removed meanwhile', async () => {
    const shop = await givenShop(await sharedApp());
    const realmId = (await givenRealm(shop)).id;
    const ann = await shop.customer();
    const path = `${usersPath(realmId)}/${(await givenUser(shop, realmId, ann)).id}`;
    const service = await shop.service();
    const where = { storeId_id: { storeId: shop.storeId, id: ann.id } };
    const before = await shop.app.database.prisma.customer.findUnique({ where });
    const data = { name: 'Bob', email: uniqueEmail(), given_name: 'Bob' };

    const answer = await changeMeanwhile(
      shop,
      ann.id,
      async () => shop.app.http.put(path).set(service).send({ data }),
      (client) =>
        client.query('DELETE FROM authentication_users WHERE store_id = $1 AND customer_id = $2', [
          shop.storeId,
          ann.id,
        ]),
    );

    expectError(answer, 'resource_not_found');
    expect(await shop.app.database.prisma.customer.findUnique({ where })).toEqual(before);
    expect(await shop.app.log.ofRequest(String(answer.headers['x-request-id']))).not.toHaveProperty('events');
  });

  it('changes nothing of the user when the email belongs to somebody else', async () => {
    const shop = await givenShop(await sharedApp());
    const realmId = (await givenRealm(shop)).id;
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const path = `${usersPath(realmId)}/${(await givenUser(shop, realmId, ann)).id}`;
    const service = await shop.service();
    const before = (await shop.app.http.get(path).set(service).expect(200)).body as unknown;

    const data = { name: 'Bob', email: bob.email, given_name: 'Bob' };
    expectError(await shop.app.http.put(path).set(service).send({ data }), 'email_taken');

    expect((await shop.app.http.get(path).set(service).expect(200)).body).toEqual(before);
  });
});
