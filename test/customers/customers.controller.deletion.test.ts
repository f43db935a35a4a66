import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { withClient } from '../harness/postgres.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';
import { sized } from '../harness/tier/sizes.js';

const MANY = sized('orders that a deleted customer leaves', { test: 1_000, thorough: 10_000 });

let app: TestApp;

beforeAll(async () => {
  app = await sharedApp();
});

async function remove({ id }: { id: string }, headers: Record<string, string>) {
  return app.http.delete(`/v2/customers/${id}`).set(headers);
}

/** An order of the customer with one item, as an internal service records it. */
async function givenOrder(shop: Shop, customer: TestCustomer): Promise<string> {
  const items = [
    { type: 'order_item', name: 'Gas Range', quantity: 1, unit_price: { amount: 350_000, currency: 'USD' } },
  ];
  const answer = await shop.app.http
    .post('/v2/orders')
    .set(await shop.service())
    .send({ data: { type: 'order', customer: { id: customer.id }, included: { items } } })
    .expect(201);
  return (answer.body as { data: { id: string } }).data.id;
}

/** Copies of the order in the database, so that there are as many as `count`. */
async function multiply(shop: Shop, orderId: string, count: number): Promise<void> {
  const { rows } = await shop.app.database.pool.query<{ name: string }>(
    `SELECT quote_ident(column_name) AS name FROM information_schema.columns WHERE table_name = 'orders' AND column_name <> 'id'`,
  );
  const columns = rows.map(({ name }) => name).join(', ');
  // Over a connection of its own: on a busy machine it takes longer than the service gives a statement.
  await withClient(shop.app.config.databaseUrl, (client) =>
    client.query(
      `INSERT INTO orders (id, ${columns}) SELECT gen_random_uuid(), ${columns} FROM orders, generate_series(2, $3::int)
     WHERE store_id = $1 AND id = $2`,
      [shop.storeId, orderId, count],
    ),
  );
}

describe('DELETE /v2/customers/:id', () => {
  it.each([
    ['the customer', (shop: Shop, ann: TestCustomer) => shop.as(ann)],
    ['client credentials', (shop: Shop) => shop.service()],
    [
      'an SDK that sends a content type without a body',
      async (shop: Shop) => ({ ...(await shop.service()), 'content-type': 'application/json' }),
    ],
  ])('answers 204 without a body and leaves nothing of the customer, when asked by %s', async (_, credentials) => {
    const shop = await givenShop(app);
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    for (const customer of [ann, bob]) {
      await shop.address(customer);
      await shop.login(customer);
    }
    const bobs = await storedCustomer(shop, bob.id);

    const answer = await remove(ann, await credentials(shop, ann));

    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect(answer.headers['content-type']).toBeUndefined();
    expect(await countRows(shop, 'customers')).toBe(1);
    expect(await countRows(shop, 'addresses')).toBe(1);
    expect(await countRows(shop, 'customer_tokens')).toBe(1);
    expect(await storedCustomer(shop, bob.id)).toEqual(bobs);
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ status: 204, customer_id: ann.id, events: ['customer_deleted'] });
    expectError(await remove(ann, await shop.service()), 'customer_not_found');
    expectError(await app.http.get(`/v2/customers/${ann.id}`).set(await shop.service()), 'customer_not_found');
  });

  it('takes any body and ignores it, as clients send all kinds of them', async () => {
    const shop = await givenShop(app);
    const service = await shop.service();
    for (const body of [
      '{"data":{}}',
      '{}',
      '{"data":null}',
      '{"data":[]}',
      '{"data":"x"}',
      '{"data":{"id":"x","name":7}}',
      '[]',
    ]) {
      const ann = await shop.customer();
      const path = `/v2/customers/${ann.id}`;
      expect((await app.http.delete(path).set(service).type('json').send(body)).status).toBe(204);
    }
    expect(await countRows(shop, 'customers')).toBe(0);
  });

  it('ends every token of the customer at once, also for whoever registers the same email or the same id later', async () => {
    const shop = await givenShop(app);
    const ann = await shop.customer();
    const own = await shop.as(ann);
    expect((await app.http.get(`/v2/customers/${ann.id}`).set(own)).status).toBe(200);
    const { token, path } = { token: own['x-moltin-customer-token'] ?? '', path: `/v2/customers/${ann.id}` };

    expect((await remove(ann, await shop.service())).status).toBe(204);
    expectError(await app.http.get(path).set(own), 'customer_token_invalid');
    const twin = await shop.customer({ id: ann.id, email: ann.email });

    expect(twin.id).toBe(ann.id);
    for (const request of [
      app.http.get(path),
      app.http.delete(path),
      app.http.get('/v2/customers'),
      app.http.get('/v2/orders'),
    ]) {
      expectError(await request.set({ ...own, 'x-moltin-customer-token': token }), 'customer_token_invalid');
    }
    const answer = await app.http.get(path).set(own);
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ reason: 'customer_gone' });
  });

  it.each([1, MANY])('keeps %i orders with their items, name and email, but they belong to nobody', async (count) => {
    const shop = await givenShop(app);
    const service = await shop.service();
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const orderId = await givenOrder(shop, ann);
    const bobsOrderId = await givenOrder(shop, bob);
    await multiply(shop, orderId, count);
    const before = await app.http.get(`/v2/orders/${orderId}?include=items`).set(service);

    expect((await remove(ann, await shop.as(ann))).status).toBe(204);

    const { rows } = await app.database.pool.query(
      `SELECT customer_id, customer_name, customer_email, count(*)::int AS orders FROM orders WHERE store_id = $1
       GROUP BY 1, 2, 3 ORDER BY 4, 1`,
      [shop.storeId],
    );
    const [nobodys, bobs] = [
      { customer_id: null, customer_name: ann.name, customer_email: ann.email, orders: count },
      { customer_id: bob.id, customer_name: bob.name, customer_email: bob.email, orders: 1 },
    ];
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(expect.arrayContaining([nobodys, bobs]));
    const after = await app.http.get(`/v2/orders/${orderId}?include=items`).set(service);
    expect(after.status).toBe(200);
    const { data, included } = before.body as { data: { relationships: { items: object } } & object; included: object };
    expect(after.body).toEqual({
      data: {
        ...data,
        customer: { name: ann.name, email: ann.email },
        relationships: { items: data.relationships.items },
      },
      included,
    });
    expect(await countRows(shop, 'order_items')).toBe(2);

    const twin = await shop.customer({ email: ann.email, name: ann.name });
    const own = await shop.as(twin);
    const orders = await app.http.get('/v2/orders').set(own);
    expect(orders.body).toMatchObject({ data: [], meta: { results: { total: 0 } } });
    expectError(await app.http.get(`/v2/orders/${orderId}`).set(own), 'order_not_found');
    expectError(await app.http.get(`/v2/orders/${orderId}/items`).set(own), 'order_not_found');
    const addresses = await app.http.get(`/v2/customers/${twin.id}/addresses`).set(own);
    expect(addresses.body).toMatchObject({ data: [] });
    expect((await app.http.get(`/v2/orders/${bobsOrderId}`).set(service)).body).toMatchObject({
      data: { customer: { id: bob.id } },
    });
  });

  it('leaves no token behind, when logins race with it', { timeout: 90_000 }, async () => {
    const shop = await givenShop(app);
    const [implicit, service] = [await shop.implicit(), await shop.service()];
    for (let round = 0; round < 20; round += 1) {
      const ann = await shop.customer({ email: uniqueEmail() });
      const logins = Array.from({ length: 4 }, () =>
        app.http
          .post('/v2/customers/tokens')
          .set(implicit)
          .send({ data: { email: ann.email, password: ann.password } }),
      );
      const [removed, ...answers] = await Promise.all([remove(ann, service), ...logins]);

      expect(removed.status).toBe(204);
      for (const answer of answers) {
        expect([200, 404]).toContain(answer.status);
        if (answer.status !== 200) continue;
        const { token } = (answer.body as { data: { token: string } }).data;
        const read = await app.http.get('/v2/customers').set({ ...implicit, 'x-moltin-customer-token': token });
        expectError(read, 'customer_token_invalid');
      }
    }
    expect(await countRows(shop, 'customer_tokens')).toBe(0);
    expect(await countRows(shop, 'customers')).toBe(0);
  });
});

describe('a deletion that fails at its last step', () => {
  let own: TestApp;

  beforeAll(async () => {
    own = await startApp();
  });

  afterAll(() => own.close());

  it('has done nothing: the orders are still linked, and tokens and addresses still work', async () => {
    const shop = await givenShop(own);
    const ann = await shop.customer();
    const orderId = await givenOrder(shop, ann);
    await shop.address(ann);
    const headers = await shop.as(ann);
    await own.database.pool.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`,
    );
    await own.database.pool.query(
      'CREATE TRIGGER refuse AFTER DELETE ON customers FOR EACH ROW EXECUTE FUNCTION refuse()',
    );

    const answer = await own.http.delete(`/v2/customers/${ann.id}`).set(headers);

    expectError(answer, 'internal_error');
    expect((await own.http.get(`/v2/orders/${orderId}`).set(headers)).status).toBe(200);
    const addresses = await own.http.get(`/v2/customers/${ann.id}/addresses`).set(headers);
    expect((addresses.body as { data: unknown[] }).data).toHaveLength(1);
    expect(await countRows(shop, 'customer_tokens')).toBe(1);
    const line = await own.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ level: 50, code: 'internal_error' });
    expect(line['events']).toBeUndefined();
  });
});
