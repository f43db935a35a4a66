import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { aSecondLater } from '../harness/process-time.js';
import { addressMembers, givenShop, Shop, uniqueEmail } from '../harness/shop.js';

/** What a change of settings does: at once in the process that made it, within a second in another one on the same database. */
describe('the store settings', () => {
  let apps: TestApp[];

  beforeAll(async () => {
    const first = await startApp({ tokenSigningAlg: 'ES256' });
    apps = [first, await startApp({ tokenSigningAlg: 'ES256', databaseUrl: first.config.databaseUrl })];
  });

  afterAll(async () => {
    for (const app of apps) await app.close();
  });

  /** One store as seen at both processes; both have just read its settings. */
  async function givenShops(): Promise<[here: Shop, there: Shop]> {
    const [first, second] = apps;
    if (first === undefined || second === undefined) throw new Error('two apps were started');
    const here = await givenShop(first);
    const there = new Shop(second, here.storeId, here.key);
    for (const shop of [here, there]) {
      await shop.app.http
        .get('/v2/settings/store')
        .set(await shop.service())
        .expect(200);
    }
    return [here, there];
  }

  async function change(shop: Shop, data: object): Promise<void> {
    await shop.app.http
      .put('/v2/settings/store')
      .set(await shop.service())
      .send({ data })
      .expect(200);
  }

  async function register(shop: Shop, headers: Record<string, string>) {
    const data = { type: 'customer', name: 'Bob', email: uniqueEmail(), password: 'correct horse battery' };
    return shop.app.http.post('/v2/customers').set(headers).send({ data });
  }

  it('with registration client_credentials refuse customers made with implicit tokens, also of customers, and store none', async () => {
    const [here, there] = await givenShops();
    const ann = await here.customer();
    const customer = await here.as(ann);
    expect((await register(here, await here.implicit())).status).toBe(201);
    expect((await register(there, await there.implicit())).status).toBe(201);
    const count = () => here.app.database.prisma.customer.count({ where: { storeId: here.storeId } });
    expect(await count()).toBe(3);

    await change(here, { registration: 'client_credentials' });

    const detail = 'This store registers customers with client credentials only.';
    expectError(await register(here, await here.implicit()), 'forbidden', [{ detail }]);
    expectError(await register(here, customer), 'forbidden', [{ detail }]);
    await aSecondLater(async () =>
      expectError(await register(there, await there.implicit()), 'forbidden', [{ detail }]),
    );
    expect(await count()).toBe(3);
    expect((await register(here, await here.service())).status).toBe(201);
    // Logging in is no registration.
    expect((await here.login(ann)).expires).toBeGreaterThan(0);

    await change(there, { registration: 'open' });
    expect((await register(there, await there.implicit())).status).toBe(201);
  });

  it('with require_current_password refuse a customer’s own change of password, email and account without it', async () => {
    const [here, there] = await givenShops();
    const ann = await here.customer();
    const headers = await here.as(ann);
    const path = `/v2/customers/${ann.id}`;
    const attempts = (shop: Shop, current?: string) => {
      const given = current === undefined ? {} : { current_password: current };
      return [
        shop.app.http
          .put(path)
          .set(headers)
          .send({ data: { password: 'another horse battery', ...given } }),
        shop.app.http
          .put(path)
          .set(headers)
          .send({ data: { email: uniqueEmail(), ...given } }),
        shop.app.http
          .delete(path)
          .set(headers)
          .send({ data: { ...given } }),
      ];
    };
    const before = await here.app.database.prisma.customer.findFirst({ where: { storeId: here.storeId, id: ann.id } });
    await change(here, { require_current_password: true });

    const detail = 'The data.current_password field is required.';
    for (const attempt of attempts(here)) expectError(await attempt, 'validation_failed', [{ detail }]);
    await aSecondLater(async () => {
      for (const attempt of attempts(there)) expectError(await attempt, 'validation_failed', [{ detail }]);
    });
    for (const attempt of attempts(here, 'wrong')) expectError(await attempt, 'current_password_invalid');
    expect(await here.app.database.prisma.customer.findFirst({ where: { storeId: here.storeId, id: ann.id } })).toEqual(
      before,
    );

    await here.app.http
      .put(path)
      .set(headers)
      .send({ data: { name: 'Ann E.' } })
      .expect(200);
    await here.app.http
      .put(path)
      .set(await here.service())
      .send({ data: { email: uniqueEmail() } })
      .expect(200);
    const data = { password: 'another horse battery', current_password: ann.password };
    await here.app.http.put(path).set(headers).send({ data }).expect(200);
    await here.app.http
      .delete(path)
      .set(headers)
      .send({ data: { current_password: data.password } })
      .expect(204);
  });

  it('with page_length set the records on a page of customers or orders that is asked for without a limit', async () => {
    const [here, there] = await givenShops();
    for (let count = 0; count < 3; count += 1) await here.customer();
    const pageOf = async (shop: Shop, url: string) => {
      const { body } = await shop.app.http
        .get(url)
        .set(await shop.service())
        .expect(200);
      const { data, meta } = body as { data: unknown[]; meta: { page: { limit: number; total: number } } };
      return { records: data.length, limit: meta.page.limit, pages: meta.page.total };
    };
    expect(await pageOf(there, '/v2/customers')).toEqual({ records: 3, limit: 25, pages: 1 });
    expect(await pageOf(there, '/v2/orders')).toEqual({ records: 0, limit: 25, pages: 1 });

    await change(here, { page_length: 2 });

    expect(await pageOf(here, '/v2/customers')).toEqual({ records: 2, limit: 2, pages: 2 });
    expect(await pageOf(here, '/v2/customers?page[limit]=3')).toEqual({ records: 3, limit: 3, pages: 1 });
    expect(await pageOf(here, '/v2/orders')).toEqual({ records: 0, limit: 2, pages: 1 });
    await aSecondLater(async () => {
      expect(await pageOf(there, '/v2/customers')).toEqual({ records: 2, limit: 2, pages: 2 });
      expect(await pageOf(there, '/v2/orders')).toEqual({ records: 0, limit: 2, pages: 1 });
    });
  });

  it('with address_limit bound the addresses of a customer, and leave those that are there', async () => {
    const [here, there] = await givenShops();
    const ann = await here.customer();
    await here.address(ann);
    await here.address(ann);
    const add = async (shop: Shop) =>
      shop.app.http
        .post(`/v2/customers/${ann.id}/addresses`)
        .set(await shop.service())
        .send({ data: addressMembers });

    await change(here, { address_limit: 1 });

    expectError(await add(here), 'address_limit_reached');
    await aSecondLater(async () => expectError(await add(there), 'address_limit_reached'));
    expect(await here.app.database.prisma.address.count({ where: { storeId: here.storeId, customerId: ann.id } })).toBe(
      2,
    );

    await change(here, { address_limit: 3 });
    expect((await add(here)).status).toBe(201);
    expectError(await add(here), 'address_limit_reached');
  });

  it('of one store leave every other store as it is', async () => {
    const [here] = await givenShops();
    const [other] = await givenShops();
    await change(here, { registration: 'client_credentials', page_length: 1, address_limit: 1 });

    expect((await register(other, await other.implicit())).status).toBe(201);
    const { body } = await other.app.http
      .get('/v2/customers')
      .set(await other.service())
      .expect(200);
    expect(body).toMatchObject({ meta: { page: { limit: 25 } } });
  });
});
