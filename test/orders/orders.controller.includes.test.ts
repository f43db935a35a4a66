import { beforeAll, describe, expect, it } from 'vitest';
import type { CustomerResource } from '../../src/customers/customers.contract.js';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { givenOrder, type OrderAnswer, setUpdatedAt } from './given-order.js';

type Headers = Record<string, string>;
interface Answer {
  data: unknown;
  links: { current: string };
  included?: object;
}

let shop: Shop;
let service: Headers;
let ann: TestCustomer;
let bob: TestCustomer;
/** In the order of the list. */
let orders: OrderAnswer[];

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
  [ann, bob] = [await shop.customer({ name: 'Ann', external_ref: 'crm-1' }), await shop.customer({ name: 'Bob' })];
  orders = [];
  for (const members of [
    { customer: { id: bob.id } },
    {},
    { customer: { id: ann.id } },
    { customer: { id: bob.id } },
  ]) {
    const order = await givenOrder(shop, members);
    await setUpdatedAt(shop, order, new Date(Date.UTC(2026, 0, 1, 12, 59 - orders.length)));
    orders.push(order);
  }
});

async function get(path: string, headers: Headers = service): Promise<Answer> {
  return (await shop.app.http.get(path).set(headers).expect(200)).body as Answer;
}

async function resourceOf({ id }: TestCustomer): Promise<CustomerResource> {
  return (await get(`/v2/customers/${id}`)).data as CustomerResource;
}

describe('include=customer', () => {
  it('on the list, adds the customers of the page, each once, in the order of the orders', async () => {
    const answer = await get('/v2/orders?include=customer');

    expect(answer.data).toEqual(orders.map(({ data }) => data));
    expect(answer.included).toEqual({ customer: [await resourceOf(bob), await resourceOf(ann)] });
    const current = 'https://id.shop.example/v2/orders?page[offset]=0&page[limit]=25&include=customer';
    expect(answer.links.current).toBe(current);
  });

  it('with items, adds both, and the links keep it', async () => {
    const answer = await get('/v2/orders?include=items,customer&page[limit]=2&page[offset]=1');

    expect(answer.included).toEqual({
      items: [...(orders[1]?.included.items ?? []), ...(orders[2]?.included.items ?? [])],
      customer: [await resourceOf(ann)],
    });
    const current = 'https://id.shop.example/v2/orders?page[offset]=1&page[limit]=2&include=items,customer';
    expect(answer.links.current).toBe(current);
  });

  it('on one order, adds its customer, and none where it has none', async () => {
    const [bobs, guests] = orders;

    expect(await get(`/v2/orders/${bobs?.data.id}?include=customer`)).toEqual({
      data: bobs?.data,
      included: { customer: [await resourceOf(bob)] },
    });
    expect(await get(`/v2/orders/${guests?.data.id}?include=customer,items`)).toEqual({
      data: guests?.data,
      included: { items: guests?.included.items, customer: [] },
    });
  });

  it('under a customer token, adds the customer of the token and nobody else', async () => {
    const answer = await get('/v2/orders?include=customer', await shop.as(bob));

    expect(answer.data).toEqual([orders[0]?.data, orders[3]?.data]);
    expect(answer.included).toEqual({ customer: [await resourceOf(bob)] });
  });

  it('with a key that may not read customers, is a name like any other that is not known', async () => {
    const headers = await shop.service(await shop.otherKey({ permissions: ['orders:read'] }));

    expect(Object.keys(await get('/v2/orders?include=customer', headers))).toEqual(['data', 'links', 'meta']);
    expect(await get(`/v2/orders/${orders[0]?.data.id}?include=customer`, headers)).toEqual({ data: orders[0]?.data });
    expect((await get('/v2/orders?include=customer,items&page[limit]=1', headers)).included).toEqual({
      items: orders[0]?.included.items,
    });
  });
});
