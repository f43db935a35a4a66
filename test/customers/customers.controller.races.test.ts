import type { Client } from 'pg';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { changeMeanwhile } from '../harness/held-row.js';
import { expectError } from '../harness/error-answers.js';
import { startSecondProcess } from '../harness/second-process.js';
import { endAll } from '../harness/service-process.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { tallyStatuses } from '../harness/status-tally.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';
import { sized } from '../harness/tier/sizes.js';

/** Hundreds of requests take their time on a busy machine; what is asserted does not depend on it. */
const PATIENCE_MS = 90_000;
const AT_ONCE = sized('creates of one email at once', { test: 24, thorough: 100 });
const UPDATES = sized('rounds of partial updates of one customer at once', { test: 10, thorough: 50 });
const EMAILS = sized('rounds in which two customers take one email at once', { test: 5, thorough: 20 });

/** Where a request may go: two apps of this process and, for one test, another process. */
type Http = TestApp['http'];

let app: TestApp;
let twin: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  shop = await givenShop(app);
});

afterAll(async () => {
  await twin.close();
  await endAll();
});

async function createAtOnce(places: readonly Http[], count: number, data: object) {
  const headers = await shop.service();
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const http = places[index % places.length] ?? app.http;
      return http.post('/v2/customers').set(headers).send({ data });
    }),
  );
}

async function expectOneWinner(places: readonly Http[], members: object): Promise<void> {
  const email = uniqueEmail();
  const before = await countRows(shop, 'customers');

  const answers = await createAtOnce(places, AT_ONCE, { name: 'Ann', email, ...members });

  expect(tallyStatuses(answers)).toEqual({ 201: 1, 409: AT_ONCE - 1 });
  for (const answer of answers.filter(({ status }) => status === 409)) expectError(answer, 'email_taken');
  expect(await countRows(shop, 'customers')).toBe(before + 1);
  const winner = answers.find(({ status }) => status === 201)?.body as { data: { id: string } };
  expect((await storedCustomer(shop, winner.data.id)).login_email).toBe(email);
}

describe(`${AT_ONCE} customers with one email, created at once`, { timeout: PATIENCE_MS }, () => {
  it.each([
    ['with a password', { password: 'correct horse' }],
    ['without a password', {}],
  ])(
    'give one customer and a 409 to each other, and no other failure, through two apps on one database %s',
    async (_, members) => {
      for (let round = 0; round < 2; round += 1) await expectOneWinner([app.http, twin.http], members);
    },
  );

  it('give one customer and a 409 to each other, and no other failure, through two processes', async () => {
    const origin = await startSecondProcess(app);

    await expectOneWinner([app.http, supertest(origin)], { password: 'correct horse' });
    await expectOneWinner([app.http, supertest(origin)], {});
  });

  it('give one customer also, when it is the id that is one', async () => {
    const service = await shop.service();
    const id = crypto.randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        app.http
          .post('/v2/customers')
          .set(service)
          .send({ data: { id, name: 'Ann', email: uniqueEmail() } }),
      ),
    );
    expect(tallyStatuses(answers)).toEqual({ 201: 1, 409: 49 });
    for (const answer of answers.filter(({ status }) => status === 409)) expectError(answer, 'id_taken');
  });
});

describe('partial updates of one customer at once', { timeout: PATIENCE_MS }, () => {
  it(`all survive, when each changes another member, in ${UPDATES} rounds through two apps`, async () => {
    const ann = await shop.customer({ kept: true });
    const [service, own] = [await shop.service(), await shop.as(ann)];
    const put = (http: Http, headers: Record<string, string>, data: object) =>
      http.put(`/v2/customers/${ann.id}`).set(headers).send({ data });
    for (let round = 0; round < UPDATES; round += 1) {
      const email = uniqueEmail();
      const answers = await Promise.all([
        put(app.http, own, { name: `Ann ${round}` }),
        put(twin.http, service, { external_ref: `ref ${round}` }),
        put(twin.http, service, { email }),
        put(app.http, service, { left: round }),
        put(twin.http, service, { right: round, kept: true }),
      ]);
      expect(tallyStatuses(answers)).toEqual({ 200: 5 });
      expect(await storedCustomer(shop, ann.id)).toMatchObject({
        name: `Ann ${round}`,
        external_ref: `ref ${round}`,
        email,
        login_email: email,
        custom_members: { kept: true, left: round, right: round },
      });
    }
  });

  it(`give the email to one customer, when two take it at once, in ${EMAILS} rounds`, async () => {
    const service = await shop.service();
    for (let round = 0; round < EMAILS; round += 1) {
      const [ann, bob] = [await shop.customer({ password: null }), await shop.customer({ password: null })];
      const email = uniqueEmail();
      const answers = await Promise.all([
        app.http.put(`/v2/customers/${ann.id}`).set(service).send({ data: { email } }),
        twin.http.put(`/v2/customers/${bob.id}`).set(service).send({ data: { email } }),
      ]);
      expect(tallyStatuses(answers)).toEqual({ 200: 1, 409: 1 });
    }
  });
});

describe('a write that waits while its customer is changed', () => {
  const setHash = (client: Client, { storeId }: Shop, id: string, hash: string | null) =>
    client.query('UPDATE customers SET password_hash = $3 WHERE store_id = $1 AND id = $2', [storeId, id, hash]);

  it.each(['put', 'delete'] as const)(
    'is refused and changes nothing, when its token was revoked: %s',
    async (method) => {
      const ann = await shop.customer();
      const headers = await shop.as(ann);
      const row = await storedCustomer(shop, ann.id);

      const answer = await changeMeanwhile(
        shop,
        ann.id,
        async () =>
          app.http[method](`/v2/customers/${ann.id}`)
            .set(headers)
            .send({ data: { password: 'of a thief' } }),
        (client) =>
          client.query('UPDATE customer_tokens SET revoked_at = now() WHERE store_id = $1 AND customer_id = $2', [
            shop.storeId,
            ann.id,
          ]),
      );

      expectError(answer, 'customer_token_invalid');
      expect(await storedCustomer(shop, ann.id)).toEqual(row);
    },
  );

  it.each(['put', 'delete'] as const)('is 409, when the password that it proved was changed: %s', async (method) => {
    const ann = await shop.customer();
    const headers = await shop.as(ann);
    const { password_hash: other } = await storedCustomer(shop, (await shop.customer({ password: 'another one' })).id);

    const answer = await changeMeanwhile(
      shop,
      ann.id,
      async () =>
        app.http[method](`/v2/customers/${ann.id}`)
          .set(headers)
          .send({ data: { email: uniqueEmail(), current_password: ann.password } }),
      (client) => setHash(client, shop, ann.id, other),
    );

    expectError(answer, 'write_conflict');
    expect(await storedCustomer(shop, ann.id)).toMatchObject({ email: ann.email, password_hash: other });
  });

  it('is 409, when a customer without a password was given one, which the store would have demanded', async () => {
    const strict = await givenShop(app, { requireCurrentPassword: true });
    const bob = await strict.customer();
    const { password_hash: hash } = await storedCustomer(strict, bob.id);
    const headers = await strict.as(bob);
    const where = { storeId_id: { storeId: strict.storeId, id: bob.id } };
    await app.database.prisma.customer.update({ where, data: { passwordHash: null } });

    const answer = await changeMeanwhile(
      strict,
      bob.id,
      async () =>
        app.http
          .put(`/v2/customers/${bob.id}`)
          .set(headers)
          .send({ data: { password: 'of a thief' } }),
      (client) => setHash(client, strict, bob.id, hash),
    );

    expectError(answer, 'write_conflict');
    expect((await storedCustomer(strict, bob.id)).password_hash).toBe(hash);
  });

  it('is 409, when it would change an email back for which nothing was asked', async () => {
    const ann = await shop.customer();
    const headers = await shop.as(ann);
    const email = uniqueEmail();

    const answer = await changeMeanwhile(
      shop,
      ann.id,
      async () =>
        app.http
          .put(`/v2/customers/${ann.id}`)
          .set(headers)
          .send({ data: { email: ann.email } }),
      (client) =>
        client.query(
          'UPDATE customers SET email = $3, email_canonical = $3, login_email = $3 WHERE store_id = $1 AND id = $2',
          [shop.storeId, ann.id, email],
        ),
    );

    expectError(answer, 'write_conflict');
    expect((await storedCustomer(shop, ann.id)).login_email).toBe(email);
  });

  it('is 404, when its customer was deleted', async () => {
    const ann = await shop.customer();
    const service = await shop.service();

    const answer = await changeMeanwhile(
      shop,
      ann.id,
      async () =>
        app.http
          .put(`/v2/customers/${ann.id}`)
          .set(service)
          .send({ data: { name: 'Eve' } }),
      (client) => client.query('DELETE FROM customers WHERE store_id = $1 AND id = $2', [shop.storeId, ann.id]),
    );

    expectError(answer, 'customer_not_found');
  });
});
