import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  EMPTY_SHIPPING_ADDRESS,
  givenOrder,
  itemMembers,
  laterTag,
  putOrder,
  readOrder,
  storedOrder,
  storedOrders,
  usd,
} from './given-order.js';
import { sized } from '../harness/tier/sizes.js';

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

const ROUNDS = sized('rounds of two updates of one order at once', { test: 10, thorough: 50 });

describe('PUT /v2/orders/:orderId, two at once', () => {
  it(`of disjoint members, in ${ROUNDS} rounds, always ends with both in the row`, async () => {
    const { data } = await givenOrder(shop);
    const first = (await readOrder(shop, data.id)).etag;

    for (let round = 0; round < ROUNDS; round += 1) {
      const paid = { amount: round, currency: 'USD' };
      const [one, other] = await Promise.all([
        putOrder(shop, data.id, { data: { order_number: `${round}`, meta: { display_price: { paid } } } }, service),
        putOrder(
          shop,
          data.id,
          {
            data: {
              external_ref: `ref-${round}`,
              shipping_address: { postcode: `${round}` },
              included: {
                items: [itemMembers({ name: `item ${round}`, unit_price: { amount: round, currency: 'USD' } })],
              },
            },
          },
          service,
        ),
      ]);

      expect([one.status, other.status]).toEqual([200, 200]);
      const { answer, etag } = await readOrder(shop, data.id);
      expect(answer.data).toMatchObject({
        order_number: `${round}`,
        external_ref: `ref-${round}`,
        shipping_address: { ...EMPTY_SHIPPING_ADDRESS, postcode: `${round}` },
        meta: { display_price: { paid: usd(round), with_tax: usd(round), balance_owing: usd(0) } },
      });
      expect(answer.included.items.map(({ name }) => name)).toEqual([`item ${round}`]);
      expect(etag).toBe(laterTag(first, 2 * (round + 1)));
    }
    expect(await storedOrder(shop, data.id)).toMatchObject({ with_tax: String(ROUNDS - 1) });
  });

  it('of members of one address, keeps what each has changed', async () => {
    const { data } = await givenOrder(shop, { shipping_address: { city: 'Town' } });

    await Promise.all(
      ['first_name', 'last_name', 'line_1', 'county', 'region', 'postcode'].map((member) =>
        putOrder(shop, data.id, { data: { shipping_address: { [member]: member } } }, service).expect(200),
      ),
    );

    expect((await readOrder(shop, data.id)).answer.data.shipping_address).toEqual({
      ...EMPTY_SHIPPING_ADDRESS,
      city: 'Town',
      first_name: 'first_name',
      last_name: 'last_name',
      line_1: 'line_1',
      county: 'county',
      region: 'region',
      postcode: 'postcode',
    });
  });

  it('of all items, ends with the items of one of them and none of the other', async () => {
    const { data } = await givenOrder(shop);
    const before = await storedOrders(shop);
    const three = (name: string) => ({ included: { items: [1, 2, 3].map(() => itemMembers({ name })) } });

    await Promise.all(['a', 'b'].map((name) => putOrder(shop, data.id, { data: three(name) }, service).expect(200)));

    const { answer } = await readOrder(shop, data.id);
    const names = answer.included.items.map(({ name }) => name);
    expect([
      ['a', 'a', 'a'],
      ['b', 'b', 'b'],
    ]).toContainEqual(names);
    expect(await storedOrders(shop)).toEqual({ orders: before.orders, items: before.items + 2 });
  });

  it('beside a deletion, is answered 200 before it or 404 after it, and no item stays behind', async () => {
    const before = await storedOrders(shop);

    for (let round = 0; round < 10; round += 1) {
      const { data } = await givenOrder(shop);
      const [update, deletion] = await Promise.all([
        putOrder(shop, data.id, { data: { included: { items: [itemMembers(), itemMembers()] } } }, service),
        shop.app.http.delete(`/v2/orders/${data.id}`).set(service),
      ]);
      expect(deletion.status).toBe(204);
      expect([200, 404]).toContain(update.status);
    }
    expect(await storedOrders(shop)).toEqual(before);
  });
});
