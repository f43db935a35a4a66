import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import {
  givenOrder,
  NOBODYS_ID,
  type OrderAnswer,
  orderBody,
  postOrder,
  storedOrders,
  withoutRequestId,
} from './given-order.js';

type Headers = Record<string, string>;

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

describe('whose orders a request sees', () => {
  const NOT_FOUND = {
    errors: [{ status: 404, title: 'Not Found', detail: 'Order not found', code: 'order_not_found' }],
  };

  let ann: TestCustomer;
  let own: OrderAnswer;
  let foreign: OrderAnswer;
  let guests: OrderAnswer;

  beforeEach(async () => {
    ann = await shop.customer();
    own = await givenOrder(shop, { customer: { id: ann.id } });
    foreign = await givenOrder(shop, { customer: { id: (await shop.customer()).id } });
    guests = await givenOrder(shop, { customer: { email: ann.email } });
  });

  it.each<[what: string, headers: () => Promise<Headers>]>([
    ['an implicit token', async () => shop.as(ann)],
    ['client credentials', async () => ({ ...(await shop.as(ann)), ...(await shop.service()) })],
  ])('with a customer token beside %s, is the own orders only', async (_what, headersOf) => {
    const headers = await headersOf();

    const list = await get(headers, '/v2/orders?include=items');
    expect(list.body).toMatchObject({ data: [own.data], included: own.included, meta: { results: { total: 1 } } });
    expect(idsIn(list.body)).toEqual([own.data.id]);
    expect((await get(headers, `/v2/orders/${own.data.id}?include=items`)).body).toEqual(own);
    expect((await get(headers, `/v2/orders/${own.data.id}/items`)).body).toEqual({ data: own.included.items });

    for (const id of [foreign.data.id, guests.data.id, NOBODYS_ID, 'not-an-id', '1', `${own.data.id}0`]) {
      for (const path of [`/v2/orders/${id}`, `/v2/orders/${id}?include=items`, `/v2/orders/${id}/items`]) {
        const answer = await get(headers, path);
        expect([path, answer.status, withoutRequestId(answer.body)]).toEqual([path, 404, NOT_FOUND]);
      }
    }
  });

  it('with client credentials, is all orders of the store and none of another', async () => {
    const stranger = await givenShop(app);
    const strange = await givenOrder(stranger);

    const ids = [guests, foreign, own].map(({ data }) => data.id);
    expect(idsIn((await get(service, '/v2/orders')).body).sort()).toEqual(ids.sort());
    for (const path of [
      `/v2/orders/${strange.data.id}`,
      `/v2/orders/${strange.data.id}/items`,
      '/v2/orders/not-an-id',
    ]) {
      const answer = await get(service, path);
      expect([path, answer.status, withoutRequestId(answer.body)]).toEqual([path, 404, NOT_FOUND]);
    }
    for (const id of [strange.data.id, NOBODYS_ID, 'not-an-id']) {
      const answer = await app.http.delete(`/v2/orders/${id}`).set(service);
      expect([id, answer.status, withoutRequestId(answer.body)]).toEqual([id, 404, NOT_FOUND]);
    }
    expect(await storedOrders(stranger)).toEqual({ orders: 1, items: 1 });
  });

  it.each<[what: string, headers: () => Promise<Headers>, mayRead: boolean]>([
    ['a bare implicit token', () => shop.implicit(), false],
    ['a customer token', () => shop.as(ann), true],
    ['a customer token beside client credentials', async () => ({ ...(await shop.as(ann)), ...service }), true],
    [
      'a key without the permission',
      async () => shop.service(await shop.otherKey({ permissions: ['orders:read'] })),
      true,
    ],
  ])('%s may not write, and gets 403 whatever the body holds', async (_what, headersOf, mayRead) => {
    const headers = await headersOf();
    const before = await storedOrders(shop);

    const answers = [
      await postOrder(shop, headers, orderBody({ customer: { id: ann.id } })),
      await postOrder(shop, headers, { data: 'nonsense' }),
      await app.http.delete(`/v2/orders/${own.data.id}`).set(headers),
      await app.http.delete('/v2/orders/not-an-id').set(headers),
    ];

    expect(
      answers.map(({ status, body }) => [status, (body as { errors: { code: string }[] }).errors[0]?.code]),
    ).toEqual(answers.map(() => [403, 'forbidden']));
    expect(await storedOrders(shop)).toEqual(before);
    for (const path of ['/v2/orders', `/v2/orders/${own.data.id}`, `/v2/orders/${own.data.id}/items`]) {
      expect((await get(headers, path)).status).toBe(mayRead ? 200 : 403);
    }
  });
});
