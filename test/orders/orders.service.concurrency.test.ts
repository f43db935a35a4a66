import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { withClient } from '../harness/postgres.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { details, givenOrder, orderBody, postOrder, storedOrders } from './given-order.js';
import { sized } from '../harness/tier/sizes.js';
import { eventually } from '../harness/patience.js';

const MANY = sized('orders of a customer who is deleted while others look', { test: 1_000, thorough: 10_000 });

let app: TestApp;
let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  service = await shop.service();
});

/** Until a statement of the service that holds this text waits for a lock. */
async function untilBlocked(text: string): Promise<void> {
  await eventually(async () => {
    const rows = await app.database.prisma.$queryRaw`
      SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND position(${text} in query) > 0`;
    expect(rows).toEqual([{ count: 1 }]);
  });
}

describe('orders under concurrency', () => {
  it('fifty creates of one id at once make one order: 1 × 201, 49 × 409', async () => {
    const before = await storedOrders(shop);
    const id = newId();

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => postOrder(shop, service, orderBody({ id, order_number: `${index}` }))),
    );

    const counts = new Map<number, number>();
    for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ 201: 1, 409: 49 });
    expect(await storedOrders(shop)).toEqual({ orders: before.orders + 1, items: before.items + 1 });
    const winner = answers.findIndex(({ status }) => status === 201);
    const stored = await app.http.get(`/v2/orders/${id}`).set(service);
    expect(stored.body).toMatchObject({ data: { order_number: `${winner}` } });
  });

  it('a create whose customer is deleted after it was looked up answers 422 and stores nothing', async () => {
    const ann = await shop.customer();
    const before = await storedOrders(shop);

    const answer = await withClient(app.config.databaseUrl, async (other) => {
      await other.query('BEGIN');
      await other.query('SELECT FROM customers WHERE store_id = $1 AND id = $2 FOR UPDATE', [shop.storeId, ann.id]);
      const pending = postOrder(shop, service, orderBody({ customer: { id: ann.id } })).then((done) => done);
      await untilBlocked('INSERT INTO "public"."orders"');
      await other.query('DELETE FROM customers WHERE store_id = $1 AND id = $2', [shop.storeId, ann.id]);
      await other.query('COMMIT');
      return pending;
    });

    expect(answer.status).toBe(422);
    expect(details(answer.body)).toEqual(['The selected data.customer.id is invalid.']);
    expect(await storedOrders(shop)).toEqual(before);
  });

  it('creates that race with the deletion of their customer are refused or lose the link, and no order points to nobody', async () => {
    for (let round = 0; round < 10; round += 1) {
      const ann = await shop.customer();
      const create = () => postOrder(shop, service, orderBody({ customer: { id: ann.id }, external_ref: ann.id }));
      const [first, second, deletion, third] = await Promise.all([
        create(),
        create(),
        app.http.delete(`/v2/customers/${ann.id}`).set(service),
        create(),
      ]);

      expect(deletion.status).toBe(204);
      const statuses = [first, second, third].map(({ status }) => status);
      expect(statuses.filter((status) => status !== 201 && status !== 422)).toEqual([]);
      const orders = await app.database.prisma.order.findMany({
        where: { storeId: shop.storeId, externalRef: ann.id },
        select: { customerId: true, customerEmail: true },
      });
      expect(orders).toEqual(
        statuses.filter((status) => status === 201).map(() => ({ customerId: null, customerEmail: ann.email })),
      );
    }
  });

  it('a read that meets a deletion answers the whole order or 404, never an order without its items', async () => {
    const { data, included } = await givenOrder(shop);

    const answer = await withClient(app.config.databaseUrl, async (other) => {
      await other.query('BEGIN');
      await other.query('LOCK TABLE order_items IN ACCESS EXCLUSIVE MODE');
      const pending = app.http
        .get(`/v2/orders/${data.id}?include=items`)
        .set(service)
        .then((done) => done);
      await untilBlocked('FROM "public"."order_items"');
      await other.query('DELETE FROM orders WHERE store_id = $1 AND id = $2', [shop.storeId, data.id]);
      await other.query('COMMIT');
      return pending;
    });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data, included });
    expect((await app.http.get(`/v2/orders/${data.id}`).set(service)).status).toBe(404);
  });

  it(`a customer with ${MANY} orders is deleted within the statement timeout, and the same email later sees none`, async () => {
    const crowd = await givenShop(app);
    const headers = await crowd.service();
    const ann = await crowd.customer();
    await givenOrder(crowd, { customer: { id: ann.id } });
    await withClient(app.config.databaseUrl, async (client) => {
      await cloneRows(client.query.bind(client), crowd.storeId, MANY - 1);
    });
    const count = async (who: Record<string, string>) => {
      const answer = await app.http.get('/v2/orders?page[limit]=1').set(who).expect(200);
      return (answer.body as { meta: { results: { total: number } } }).meta.results.total;
    };
    expect(await count(await crowd.as(ann))).toBe(MANY);

    const deletion = await app.http.delete(`/v2/customers/${ann.id}`).set(headers);

    expect(deletion.status).toBe(204);
    const again = await crowd.customer({ email: ann.email });
    expect(await count(await crowd.as(again))).toBe(0);
    expect(await count(headers)).toBe(MANY);
    const where = { storeId: crowd.storeId, customerId: null, customerEmail: ann.email };
    expect(await app.database.prisma.order.count({ where })).toBe(MANY);
    expect(await storedOrders(crowd)).toEqual({ orders: MANY, items: MANY });
  });
});

type Query = (sql: string, values: unknown[]) => Promise<unknown>;

/** Copies the one order of the store and its one item, each under ids of its own. */
async function cloneRows(query: Query, storeId: string, count: number): Promise<void> {
  await query(
    `WITH copies AS MATERIALIZED (SELECT gen_random_uuid() AS order_id, gen_random_uuid() AS item_id FROM generate_series(1, $2)),
     orders_made AS (
       INSERT INTO orders
       SELECT (jsonb_populate_record(orders, jsonb_build_object('id', copies.order_id))).*
         FROM orders, copies WHERE store_id = $1)
     INSERT INTO order_items
     SELECT (jsonb_populate_record(order_items, jsonb_build_object('id', copies.item_id, 'order_id', copies.order_id))).*
       FROM order_items, copies WHERE store_id = $1`,
    [storeId, count],
  );
}
