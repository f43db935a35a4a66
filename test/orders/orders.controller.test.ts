import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  givenOrder,
  itemMembers,
  type Members,
  NOBODYS_ID,
  type OrderAnswer,
  setUpdatedAt,
  storedOrders,
  withoutRequestId,
} from './given-order.js';

type Headers = Record<string, string>;

const BASE = 'https://id.shop.example/v2/orders';

let app: TestApp;
let shop: Shop;
let service: Headers;

beforeAll(async () => {
  app = await sharedApp();
});

beforeEach(async () => {
  shop = await givenShop(app);
  service = await shop.service();
});

async function get(headers: Headers, path: string) {
  return app.http.get(path).set(headers);
}

function idsIn(body: unknown): string[] {
  return (body as { data: { id: string }[] }).data.map(({ id }) => id);
}

/** Orders one minute apart, as if written so; the last one was written last. */
async function givenOrders(count: number, members: () => Members = () => ({})): Promise<OrderAnswer[]> {
  const orders: OrderAnswer[] = [];
  for (let index = 0; index < count; index += 1) {
    const order = await givenOrder(shop, { ...members(), order_number: `${index}` });
    await setUpdatedAt(shop, order, new Date(Date.UTC(2026, 0, 1, 12, index)));
    orders.push(order);
  }
  return orders;
}

/** Items whose ids sort the other way round than the items do. */
function withFallingIds(names: string[]): Members[] {
  const ids = names.map(() => newId()).toReversed();
  return names.map((name, index) => itemMembers({ name, id: ids[index] }));
}

describe('GET /v2/orders', () => {
  it('without orders, answers an empty page', async () => {
    const answer = await get(service, '/v2/orders?include=items');

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: [],
      included: { items: [] },
      links: {
        current: `${BASE}?page[offset]=0&page[limit]=25&include=items`,
        first: `${BASE}?page[offset]=0&page[limit]=25&include=items`,
        last: null,
        next: null,
        prev: null,
      },
      meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 0 } },
    });
  });

  it('answers a page of the orders, the one that was written last first', async () => {
    const orders = await givenOrders(5);

    const answer = await get(service, '/v2/orders?page[limit]=2&page[offset]=2');

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: [orders[2]?.data, orders[1]?.data],
      links: {
        current: `${BASE}?page[offset]=2&page[limit]=2`,
        first: `${BASE}?page[offset]=0&page[limit]=2`,
        last: `${BASE}?page[offset]=4&page[limit]=2`,
        next: `${BASE}?page[offset]=4&page[limit]=2`,
        prev: `${BASE}?page[offset]=0&page[limit]=2`,
      },
      meta: { page: { limit: 2, offset: 2, current: 2, total: 3 }, results: { total: 5 } },
    });
  });

  it('breaks ties by id in the direction of the order, and shows each order once over all pages', async () => {
    const orders = await givenOrders(6);
    for (const order of orders) await setUpdatedAt(shop, order, new Date('2026-01-01T00:00:00Z'));

    const pages = await Promise.all(
      [0, 2, 4].map((offset) => get(service, `/v2/orders?page[limit]=2&page[offset]=${offset}`)),
    );

    const ids = orders
      .map(({ data }) => data.id)
      .sort()
      .toReversed();
    expect(pages.flatMap(({ body }) => idsIn(body))).toEqual(ids);
  });

  it('with include=items, adds the items of the page in the order of the orders, each in the order of its items', async () => {
    const names = ['z', 'a', 'm'];
    const orders = await givenOrders(3, () => ({ included: { items: withFallingIds(names) } }));

    const answer = await get(service, '/v2/orders?include=promotions,items&page[limit]=2');

    expect((answer.body as OrderAnswer).included).toEqual({
      items: [...(orders[2]?.included.items ?? []), ...(orders[1]?.included.items ?? [])],
    });
    expect((answer.body as { data: unknown }).data).toEqual([orders[2]?.data, orders[1]?.data]);
    expect(orders[2]?.included.items.map(({ name }) => name)).toEqual(names);
  });

  it('with an include that is not known, answers as without it', async () => {
    await givenOrders(1);

    const answer = await get(service, '/v2/orders?include=tax_items,account');

    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body as object)).toEqual(['data', 'links', 'meta']);
  });

  it('without a limit, answers as many as the store’s setting says', async () => {
    const small = await givenShop(app, { pageLength: 3 });
    for (let index = 0; index < 4; index += 1) await givenOrder(small);

    expect(idsIn((await get(await small.service(), '/v2/orders')).body)).toHaveLength(3);
  });

  it.each([
    ['/v2/orders?filter=eq(status,paid)', 'filter_unsupported', 'Could not parse the supplied filter'],
    ['/v2/orders?sort=-customer_name', 'sort_unsupported', 'Could not parse the supplied sort'],
    [`/v2/orders/${NOBODYS_ID}/items?filter=eq(sku,x)`, 'filter_unsupported', 'Could not parse the supplied filter'],
    ['/v2/orders?page[limit]=0', 'page_invalid', 'page[limit] must be at least 1.'],
  ])('%s answers 400', async (path, code, detail) => {
    const answer = await get(service, path);

    expect(answer.status).toBe(400);
    expect(withoutRequestId(answer.body)).toEqual({ errors: [{ status: 400, title: 'Bad Request', detail, code }] });
  });

  it.each(['/v2/orders/', '/v2/orders?', '/v2/orders?sort='])('%s is the same as without its end', async (path) => {
    const [order] = await givenOrders(1);

    expect((await get(service, path)).body).toEqual((await get(service, '/v2/orders')).body);
    expect(idsIn((await get(service, path)).body)).toEqual([order?.data.id]);
  });
});

describe('GET /v2/orders/:orderId', () => {
  it('answers the order, with its items where they are asked for', async () => {
    const { data, included } = await givenOrder(shop, {
      included: { items: [itemMembers(), itemMembers({ sku: 'B' })] },
    });

    expect((await get(service, `/v2/orders/${data.id}`)).body).toEqual({ data });
    expect((await get(service, `/v2/orders/${data.id.toUpperCase()}/?include=items`)).body).toEqual({ data, included });
    expect((await get(service, `/v2/orders/${data.id}?include=nothing`)).body).toEqual({ data });
  });
});

describe('GET /v2/orders/:orderId/items', () => {
  it('answers all items of the order, in the order in which they were sent, and nothing else', async () => {
    const { data, included } = await givenOrder(shop, { included: { items: withFallingIds(['c', 'a', 'b']) } });
    await givenOrder(shop);

    const answer = await get(service, `/v2/orders/${data.id}/items`);

    expect(answer.status).toBe(200);
    expect(included.items.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    expect(answer.body).toEqual({ data: included.items });
  });
});

describe('DELETE /v2/orders/:orderId', () => {
  it('answers 204 and removes the order with its items and no other', async () => {
    const { data } = await givenOrder(shop);
    const other = await givenOrder(shop);

    const answer = await app.http.delete(`/v2/orders/${data.id}`).set(service);

    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect(await storedOrders(shop)).toEqual({ orders: 1, items: 1 });
    expect(idsIn((await get(service, '/v2/orders')).body)).toEqual([other.data.id]);
    expect((await get(service, `/v2/orders/${data.id}`)).status).toBe(404);
    expect((await app.http.delete(`/v2/orders/${data.id}`).set(service)).status).toBe(404);
  });
});
