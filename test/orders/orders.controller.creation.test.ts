import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  EMPTY_BILLING_ADDRESS,
  EMPTY_SHIPPING_ADDRESS,
  givenOrder,
  itemMembers,
  orderBody,
  type OrderAnswer,
  postOrder,
  storedOrders,
  unitAndValue,
  usd,
} from './given-order.js';

const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const ORDER_ID = 'B7F4B1C6-3F0E-4C11-8D9F-52B6AE0C1D01';
const ITEM_ID = 'B7F4B1C6-3F0E-4C11-8D9F-52B6AE0C1D02';

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

async function create(body: object): Promise<OrderAnswer> {
  return (await postOrder(shop, service, body).expect(201)).body as OrderAnswer;
}

async function read(id: string): Promise<OrderAnswer> {
  return (await shop.app.http.get(`/v2/orders/${id}?include=items`).set(service).expect(200)).body as OrderAnswer;
}

describe('POST /v2/orders', () => {
  it('with all that a writer may give, keeps and answers all of it, then and later', async () => {
    const ann = await shop.customer({ name: 'Ann Example' });
    const shippingAddress = {
      first_name: 'Ann',
      last_name: 'Example',
      phone_number: '020 7946 0000',
      company_name: 'Example Ltd',
      line_1: '1 Road',
      line_2: 'Flat 2',
      city: 'Town',
      county: 'Shire',
      region: 'North',
      postcode: 'ZZ1 1ZZ',
      country: 'GB',
      instructions: 'Ring twice',
    };
    const { phone_number: _, instructions: __, ...billingAddress } = { ...shippingAddress, line_1: '2 Road' };
    const odd = (amount: number) => ({ amount, currency: 'USD', formatted: `about ${amount}` });
    const displayPrice = {
      with_tax: odd(5_000),
      without_tax: odd(4_000),
      tax: odd(1_000),
      discount: odd(-7),
      balance_owing: odd(3),
      paid: odd(4_997),
      authorized: odd(1),
      without_discount: odd(5_007),
      shipping: odd(250),
      shipping_discount: odd(-250),
    };
    const pair = (unit: number, value: number) => ({ unit: odd(unit), value: odd(value) });
    const itemPrice = {
      with_tax: pair(2_500, 5_000),
      without_tax: pair(2_000, 4_000),
      tax: pair(500, 1_000),
      discount: pair(-3, -7),
      without_discount: pair(2_503, 5_007),
    };
    const item = {
      type: 'order_item',
      id: ITEM_ID,
      product_id: '8713',
      sku: 'GR-1',
      name: 'Gas Range',
      location: 'shelf-9',
      quantity: 2,
      unit_price: { amount: 2_000, currency: 'USD', includes_tax: false },
      value: { amount: 4_000, currency: 'USD', includes_tax: false },
      meta: {
        display_price: itemPrice,
        timestamps: { created_at: '2025-03-01T09:00:00Z', updated_at: '2025-03-02T09:00:00Z' },
      },
      relationships: { cart_item: { data: { type: 'cart_item', id: '2097' } } },
    };
    const data = {
      type: 'order',
      id: ORDER_ID,
      order_number: '1042',
      external_ref: 'erp-77',
      status: 'processing',
      payment: 'partially_paid',
      shipping: 'fulfilled',
      anonymized: false,
      customer: { id: ann.id, name: 'Ann at the time', email: 'then@example.test' },
      account: { id: 'acc-1', member_id: 'mem-1' },
      contact: { name: 'Con Tact', email: 'contact@example.test' },
      shipping_address: shippingAddress,
      billing_address: billingAddress,
      meta: { display_price: displayPrice, timestamps: { created_at: '2025-03-01T12:00:00+02:00' } },
    };

    const answer = await create({ data: { ...data, included: { items: [item] } } });

    const { account: _account, meta: _meta, ...echoed } = data;
    expect(answer).toEqual({
      data: {
        ...echoed,
        id: ORDER_ID.toLowerCase(),
        links: {},
        meta: {
          display_price: displayPrice,
          timestamps: { created_at: '2025-03-01T10:00:00Z', updated_at: expect.stringMatching(SECONDS) },
          is_manual: true,
        },
        relationships: {
          items: { data: [{ type: 'item', id: ITEM_ID.toLowerCase() }] },
          customer: { data: { type: 'customer', id: ann.id } },
          account: { data: { type: 'account', id: 'acc-1' } },
          account_member: { data: { type: 'account_member', id: 'mem-1' } },
        },
      },
      included: { items: [{ ...item, id: ITEM_ID.toLowerCase(), links: {} }] },
    });
    expect(await read(ORDER_ID)).toEqual(answer);
  });

  it('with one item and nothing else, computes the prices and fills in the defaults', async () => {
    const before = Date.now();
    const answer = await create({
      data: { included: { items: [{ quantity: 3, unit_price: { amount: 350_000, currency: 'USD' } }] } },
    });

    const { id, relationships, meta } = answer.data;
    const [item] = answer.included.items;
    const times = { created_at: expect.stringMatching(SECONDS), updated_at: meta.timestamps.created_at };
    expect(Date.parse(meta.timestamps.created_at)).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000);
    expect(answer).toEqual({
      data: {
        type: 'order',
        id,
        order_number: null,
        external_ref: null,
        status: 'incomplete',
        payment: 'unpaid',
        shipping: 'unfulfilled',
        anonymized: false,
        customer: { name: '', email: '' },
        shipping_address: EMPTY_SHIPPING_ADDRESS,
        billing_address: EMPTY_BILLING_ADDRESS,
        links: {},
        meta: {
          display_price: {
            with_tax: usd(1_050_000),
            without_tax: usd(1_050_000),
            tax: usd(0),
            discount: usd(0),
            balance_owing: usd(1_050_000),
            paid: usd(0),
            authorized: usd(0),
            without_discount: usd(1_050_000),
          },
          timestamps: times,
          is_manual: true,
        },
        relationships: { items: { data: [{ type: 'item', id: item?.id }] } },
      },
      included: {
        items: [
          {
            type: 'order_item',
            id: relationships.items.data[0]?.id,
            product_id: '',
            name: '',
            sku: '',
            quantity: 3,
            unit_price: { amount: 350_000, currency: 'USD', includes_tax: false },
            value: { amount: 1_050_000, currency: 'USD', includes_tax: false },
            links: {},
            meta: {
              display_price: {
                with_tax: unitAndValue(350_000, 1_050_000),
                without_tax: unitAndValue(350_000, 1_050_000),
                tax: unitAndValue(0, 0),
                discount: unitAndValue(0, 0),
                without_discount: unitAndValue(350_000, 1_050_000),
              },
              timestamps: times,
            },
            relationships: {},
          },
        ],
      },
    });
    expect(await read(id)).toEqual(answer);
  });

  it('with its own answer as the body, after the order was deleted, makes the same order again', async () => {
    const ann = await shop.customer();
    const first = await givenOrder(shop, {
      customer: { id: ann.id },
      contact: { name: 'Con Tact' },
      shipping_address: { first_name: 'Ann', postcode: 'ZZ1 1ZZ' },
      included: { items: [itemMembers(), itemMembers({ quantity: 7 }), itemMembers({ location: 'shelf-1' })] },
    });
    await shop.app.http.delete(`/v2/orders/${first.data.id}`).set(service).expect(204);

    const second = await create(first);

    const { updated_at } = second.data.meta.timestamps;
    const { meta } = first.data;
    expect(second).toEqual({
      data: { ...first.data, meta: { ...meta, timestamps: { ...meta.timestamps, updated_at } } },
      included: first.included,
    });
  });

  it('without items, takes the currency from the total that was given', async () => {
    const answer = await create({
      data: { meta: { display_price: { with_tax: { amount: 1_200, currency: 'JPY' } } } },
    });

    expect(answer.data.meta.display_price.with_tax).toEqual({ amount: 1_200, currency: 'JPY', formatted: '¥1,200' });
    expect(answer.data.relationships).toEqual({ items: { data: [] } });
    expect(answer.included).toEqual({ items: [] });
    expect(await read(answer.data.id)).toEqual(answer);
  });

  it('with amounts up to 2^53 - 1, answers them exactly', async () => {
    const amount = Number.MAX_SAFE_INTEGER;
    const answer = await create(
      orderBody({ included: { items: [itemMembers({ unit_price: { amount, currency: 'USD' } })] } }),
    );

    const formatted = '$90,071,992,547,409.91';
    expect(answer.data.meta.display_price.with_tax).toEqual({ amount, currency: 'USD', formatted });
    expect(await read(answer.data.id)).toEqual(answer);
  });

  it('with a thousand items, keeps them all', async () => {
    const before = await storedOrders(shop);
    const items = Array.from({ length: 1_000 }, (_, index) => itemMembers({ name: `item ${index}` }));

    const answer = await create(orderBody({ included: { items } }));

    expect(answer.included.items.map(({ name }) => name)).toEqual(items.map(({ name }) => name));
    expect(await read(answer.data.id)).toEqual(answer);
    expect(await storedOrders(shop)).toEqual({ orders: before.orders + 1, items: before.items + 1_000 });
  });

  it('with an order number and a reference that another order has, takes them', async () => {
    const members = { order_number: '7', external_ref: 'same' };
    await create(orderBody(members));

    expect((await create(orderBody(members))).data).toMatchObject(members);
  });

  it('with an id that an order of another store has, takes it', async () => {
    const other = await givenShop(shop.app);
    const { data, included } = await givenOrder(other, { order_number: 'theirs' });

    const answer = await create({ data: { ...data, order_number: 'ours' }, included });

    expect(answer.data.id).toBe(data.id);
    const theirs = await other.service();
    expect((await shop.app.http.get(`/v2/orders/${data.id}?include=items`).set(theirs)).body).toEqual({
      data,
      included,
    });
    expect((await shop.app.http.get('/v2/orders?include=items').set(theirs)).body).toMatchObject({
      data: [data],
      included,
    });
    expect((await shop.app.http.get(`/v2/orders/${data.id}/items`).set(theirs)).body).toEqual({ data: included.items });
  });
});
