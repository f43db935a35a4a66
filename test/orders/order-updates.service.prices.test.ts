import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  details,
  givenOrder,
  itemMembers,
  type Members,
  type OrderAnswer,
  putOrder,
  readOrder,
  storedOrder,
  storedOrders,
  usd,
} from './given-order.js';

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

async function put(id: string, body: object): Promise<OrderAnswer> {
  return (await putOrder(shop, id, body, service).expect(200)).body as OrderAnswer;
}

const USD = (amount: number) => ({ amount, currency: 'USD' });
const prices = (display_price: Members) => ({ meta: { display_price } });

describe('PUT /v2/orders/:orderId with prices', () => {
  it('keeps the price that is given and computes those that were never given', async () => {
    const { data } = await givenOrder(shop);

    const answer = await put(data.id, {
      data: prices({ paid: USD(400), tax: { ...USD(100), formatted: 'a dollar' } }),
    });

    expect(answer.data.meta.display_price).toEqual({
      with_tax: usd(1_000),
      without_tax: usd(900),
      tax: { ...USD(100), formatted: 'a dollar' },
      discount: usd(0),
      balance_owing: usd(600),
      paid: usd(400),
      authorized: usd(0),
      without_discount: usd(1_000),
    });
    expect((await readOrder(shop, data.id)).answer).toEqual(answer);
  });

  it('never recomputes a price that was given before, by the create or by an update', async () => {
    const { data } = await givenOrder(shop, prices({ with_tax: USD(7_000), shipping: USD(50) }));
    await put(data.id, { data: prices({ discount: USD(-5) }) });

    const answer = await put(data.id, { data: { ...prices({ paid: USD(1) }), included: { items: [itemMembers()] } } });

    expect(answer.data.meta.display_price).toEqual({
      with_tax: usd(7_000),
      without_tax: usd(7_000),
      tax: usd(0),
      discount: usd(-5),
      balance_owing: usd(6_999),
      paid: usd(1),
      authorized: usd(0),
      without_discount: usd(6_995),
      shipping: usd(50),
    });
    const row = await storedOrder(shop, data.id);
    expect([row['with_tax'], row['without_tax']]).toEqual(['7000', '7000']);
    expect(Object.keys(row['given_prices'] as object).sort()).toEqual(['discount', 'paid', 'shipping', 'with_tax']);
  });

  it('without prices and items, leaves all prices as they are', async () => {
    const { data } = await givenOrder(shop, prices({ paid: USD(1) }));
    const before = await storedOrder(shop, data.id);

    await put(data.id, { data: { status: 'complete' } });

    const after = await storedOrder(shop, data.id);
    const { status: _, version: __, updated_at: ___, ...rest } = before;
    expect(after).toMatchObject(rest);
  });

  it.each<[what: string, body: object, sentences: string[]]>([
    [
      'a price in another currency than the items have',
      { data: prices({ paid: { amount: 1, currency: 'EUR' } }) },
      ['The data.meta.display_price.paid.currency must be the same currency as in the other prices of the order.'],
    ],
    [
      'items in another currency than a given price has',
      { included: { items: [itemMembers({ unit_price: { amount: 1, currency: 'EUR' } })] }, data: {} },
      [
        'The data.meta.display_price.authorized.currency must be the same currency as in the other prices of the order.',
      ],
    ],
    [
      'a sum beyond what JSON readers keep',
      { data: { included: { items: [1, 2].map(() => itemMembers({ unit_price: USD(Number.MAX_SAFE_INTEGER) })) } } },
      ['The data.meta.display_price.with_tax.amount would be beyond 9007199254740991.'],
    ],
  ])('with %s, answers 422 and changes nothing', async (_what, body, sentences) => {
    const { data, included } = await givenOrder(shop, prices({ authorized: USD(5) }));
    const before = await storedOrder(shop, data.id);

    const answer = await putOrder(shop, data.id, body, service);

    expect(answer.status).toBe(422);
    expect(details(answer.body)).toEqual(sentences);
    expect(await storedOrder(shop, data.id)).toEqual(before);
    expect((await readOrder(shop, data.id)).answer).toEqual({ data, included });
  });
});

describe('PUT /v2/orders/:orderId with items', () => {
  it.each<[what: string, body: (items: Members[]) => object]>([
    ['in data', (items) => ({ data: { included: { items } } })],
    ['beside data', (items) => ({ data: {}, included: { items } })],
  ])('%s, replaces all of them, keeps the ids that are brought, and computes the order anew', async (_what, body) => {
    const first = await givenOrder(shop, {
      included: { items: [itemMembers({ name: 'kept' }), itemMembers({ name: 'dropped' })] },
    });
    const kept = first.included.items[0];
    const old = new Date('2026-01-01T00:00:00.000Z');
    await shop.app.database.prisma.orderItem.updateMany({
      where: { storeId: shop.storeId, orderId: first.data.id },
      data: { createdAt: old, updatedAt: old },
    });
    const before = await storedOrders(shop);
    const brought = newId();

    const items = [
      itemMembers({ name: 'without an id', quantity: 2 }),
      itemMembers({ name: 'kept and renamed', id: kept?.id }),
      itemMembers({ name: 'brought', id: brought.toUpperCase() }),
    ];
    const answer = await put(first.data.id, body(items));

    expect(answer.included.items.map(({ id, name }) => [id, name])).toEqual([
      [expect.any(String), 'without an id'],
      [kept?.id, 'kept and renamed'],
      [brought, 'brought'],
    ]);
    const { updated_at } = answer.data.meta.timestamps;
    expect(answer.included.items.map(({ meta }) => meta.timestamps)).toEqual([
      { created_at: updated_at, updated_at },
      { created_at: '2026-01-01T00:00:00Z', updated_at },
      { created_at: updated_at, updated_at },
    ]);
    expect(answer.data.relationships.items.data).toEqual(answer.included.items.map(({ id }) => ({ type: 'item', id })));
    expect(answer.data.meta.display_price.with_tax).toEqual(usd(4_000));
    expect(await storedOrders(shop)).toEqual({ orders: before.orders, items: before.items + 1 });
    expect((await readOrder(shop, first.data.id)).answer).toEqual(answer);
  });

  it('with an empty list, removes all items and keeps the currency', async () => {
    const { data } = await givenOrder(shop, {
      included: { items: [itemMembers({ unit_price: { amount: 9, currency: 'JPY' } })] },
    });

    const answer = await put(data.id, { data: { included: { items: [] } } });

    expect(answer.included).toEqual({ items: [] });
    expect(answer.data.relationships.items).toEqual({ data: [] });
    expect(answer.data.meta.display_price.with_tax).toEqual({ amount: 0, currency: 'JPY', formatted: '¥0' });
    expect((await readOrder(shop, data.id)).answer).toEqual(answer);
  });

  it('in another currency, takes it over where no price was given in the old one', async () => {
    const { data } = await givenOrder(shop);

    const answer = await put(data.id, {
      data: { included: { items: [itemMembers({ unit_price: { amount: 1_234, currency: 'BHD' } })] } },
    });

    expect(answer.data.meta.display_price.with_tax).toEqual({
      amount: 1_234,
      currency: 'BHD',
      formatted: 'BHD\u00a01.234',
    });
  });

  it('with the id of an item of another order, answers 409 and changes nothing', async () => {
    const other = await givenOrder(shop);
    const { data, included } = await givenOrder(shop);

    const items = [itemMembers({ id: other.included.items[0]?.id })];
    const answer = await putOrder(shop, data.id, { data: { status: 'complete', included: { items } } }, service);

    expect(answer.status).toBe(409);
    expect(details(answer.body)).toEqual(['This id is already in use.']);
    expect((await readOrder(shop, data.id)).answer).toEqual({ data, included });
    expect((await readOrder(shop, other.data.id)).answer).toEqual(other);
  });
});
