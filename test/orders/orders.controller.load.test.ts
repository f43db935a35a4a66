import type { ClientBase } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { withClient } from '../harness/postgres.js';
import { givenShop, type Shop } from '../harness/shop.js';

/** What one request may cost the others. */
describe('OrdersController', () => {
  let app: TestApp;
  let shop: Shop;

  /** Another store, in which thousands of ids are shown at once. */
  let large: Shop;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    large = await givenShop(app);
  });
  // Others who share the database look at all rows of it.
  afterAll(() =>
    app.database.pool.query('DELETE FROM orders WHERE store_id = ANY ($1)', [[shop.storeId, large.storeId]]),
  );

  /** Orders of a thousand items each: one by the interface, and copies of it straight in the database, which take a moment. */
  async function givenLargeOrders({ storeId }: Shop, service: Record<string, string>, count: number): Promise<void> {
    const unitPrice = { amount: 1, currency: 'EUR', includes_tax: true };
    const items = Array.from({ length: 1_000 }, () => ({ quantity: 1, unit_price: unitPrice }));
    const data = { type: 'order', included: { items } };
    await app.http.post('/v2/orders').set(service).send({ data }).expect(201);
    // By a connection of its own: the service's have a time limit, which a busy machine may need for this.
    const copies = (client: ClientBase) =>
      client.query(
        `WITH copies AS (
         INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid()))).*
           FROM orders o, generate_series(2, $2) WHERE o.store_id = $1 RETURNING id)
       INSERT INTO order_items
         SELECT (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'order_id', copies.id))).*
           FROM copies, order_items i WHERE i.store_id = $1`,
        [storeId, count],
      );
    await withClient(app.config.databaseUrl, copies);
  }

  it('POST asks who sends before it reads the body: without a token even an unreadable one is 401', async () => {
    const unreadable = `{"a":[${'0,'.repeat(1_000)}`;
    const send = (headers: Record<string, string>) =>
      app.http.post('/v2/orders').set(headers).type('json').send(unreadable);

    expectError(await send({}), 'access_token_invalid');
    expectError(await send({ authorization: 'Bearer a.b.c' }), 'access_token_invalid');
    expectError(await send(await shop.service()), 'body_malformed');
  });

  it('GET with include=items refuses a page with more than 5,000 items, and a smaller page of it is answered', async () => {
    const service = await shop.service();
    await givenLargeOrders(shop, service, 6);
    const refused = await app.http.get('/v2/orders?include=items').set(service);
    const detail = 'The orders of this page have more than 5000 items: ask for fewer with page[limit].';
    expectError(refused, 'page_invalid', [{ detail }]);

    const page = await app.http.get('/v2/orders?include=items&page[limit]=5').set(service);
    expect(page.status).toBe(200);
    const { included, links } = page.body as { included: { items: unknown[] }; links: { next: string } };
    expect(included.items).toHaveLength(5_000);
    expect(links.next).toBe(`${app.config.publicUrl}/v2/orders?page[offset]=5&page[limit]=5&include=items`);
    expect((await app.http.get('/v2/orders').set(service)).status).toBe(200);
  });

  it('GET refuses a page whose orders show more than 25,000 ids of items, and a smaller page of it is answered', async () => {
    const service = await large.service();
    await givenLargeOrders(large, service, 26);

    const detail = 'The orders of this page have more than 25000 items: ask for fewer with page[limit].';
    expectError(await app.http.get('/v2/orders?page[limit]=26').set(service), 'page_invalid', [{ detail }]);
    const page = await app.http.get('/v2/orders?page[limit]=25').set(service);
    expect(page.status).toBe(200);
    expect((page.body as { data: unknown[] }).data).toHaveLength(25);
  });
});
