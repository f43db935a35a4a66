import { beforeAll, describe, expect, it } from 'vitest';
import { OrderPayment, OrderShipping, OrderStatus } from '../../src/database/enumerations.js';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  EMPTY_BILLING_ADDRESS,
  EMPTY_SHIPPING_ADDRESS,
  givenOrder,
  itemMembers,
  type Members,
  type OrderAnswer,
  putOrder,
  readOrder,
  setUpdatedAt,
  storedOrder,
} from './given-order.js';

const BEFORE = new Date('2026-01-01T00:00:00.000Z');

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

/** An order that was written long ago. */
async function givenOldOrder(members: Members = {}): Promise<OrderAnswer> {
  const order = await givenOrder(shop, members);
  await setUpdatedAt(shop, order, BEFORE);
  return order;
}

async function put(id: string, data: Members): Promise<OrderAnswer> {
  return (await putOrder(shop, id, { data }, service).expect(200)).body as OrderAnswer;
}

/** The answer that is expected where these members of `data` change and nothing else but the time. */
function changed(order: OrderAnswer, members: Members, answer: OrderAnswer): object {
  const { updated_at } = answer.data.meta.timestamps;
  const { meta } = order.data;
  const timestamps = { ...meta.timestamps, updated_at };
  return { data: { ...order.data, ...members, meta: { ...meta, timestamps } }, included: order.included };
}

describe('PUT /v2/orders/:orderId', () => {
  it.each<[what: string, members: Members]>([
    ['the status', { status: 'complete' }],
    ['the payment', { payment: 'paid' }],
    ['the shipping', { shipping: 'fulfilled' }],
    ['the order number', { order_number: '1043' }],
    ['the reference', { external_ref: 'erp-78' }],
    ['all of these', { status: 'cancelled', payment: 'refunded', order_number: '7', external_ref: 'x' }],
  ])('changes %s and leaves the rest, then and later, and the time of the last write moves', async (_what, members) => {
    const ann = await shop.customer();
    const order = await givenOldOrder({
      order_number: '1042',
      external_ref: 'erp-77',
      customer: { id: ann.id },
      contact: { name: 'Con Tact' },
      account: { id: 'acc-1', member_id: 'mem-1' },
      shipping_address: { line_1: '1 Road', postcode: 'ZZ1 1ZZ' },
      meta: { timestamps: { created_at: '2025-03-01T10:00:00Z' } },
    });

    const answer = await put(order.data.id, { type: 'order', ...members });

    expect(answer).toEqual(changed(order, members, answer));
    expect(Date.parse(answer.data.meta.timestamps.updated_at)).toBeGreaterThan(BEFORE.getTime());
    expect((await readOrder(shop, order.data.id)).answer).toEqual(answer);
  });

  it.each<[what: string, value: string | null]>([
    ['empty text', ''],
    ['null', null],
  ])('with %s as order number and reference, removes them', async (_what, value) => {
    const order = await givenOldOrder({ order_number: '1042', external_ref: 'erp-77' });

    const answer = await put(order.data.id, { order_number: value, external_ref: value });

    expect(answer).toEqual(changed(order, { order_number: null, external_ref: null }, answer));
    const row = await storedOrder(shop, order.data.id);
    expect([row['order_number'], row['external_ref'], row['external_ref_start']]).toEqual([null, null, null]);
  });

  it('with nothing, null or empty text where a state belongs, changes nothing but the time', async () => {
    const order = await givenOldOrder({ status: 'processing', order_number: '1042' });

    const data = {
      type: 'order',
      status: null,
      payment: '',
      shipping: null,
      customer: null,
      meta: null,
      included: null,
    };
    const answer = await put(order.data.id, data);

    expect(answer).toEqual(changed(order, {}, answer));
    expect(answer.data.meta.timestamps.updated_at).not.toBe(order.data.meta.timestamps.updated_at);
  });

  it('lets any state follow any other', async () => {
    const { data } = await givenOrder(shop);
    const moves = Object.entries({ status: OrderStatus, payment: OrderPayment, shipping: OrderShipping }).flatMap(
      ([member, states]) =>
        Object.values(states).flatMap((from) => Object.values(states).map((to) => [member, from, to] as const)),
    );

    for (const [member, from, to] of moves) {
      await put(data.id, { [member]: from });
      expect(await put(data.id, { [member]: to })).toMatchObject({ data: { [member]: to } });
    }
    expect(moves).toHaveLength(16 + 36 + 4);
  });

  it('of an address changes the members that are given, empties those given empty, and leaves the others', async () => {
    const shipping_address = { first_name: 'Ann', last_name: 'Example', line_2: 'Flat 2', postcode: 'ZZ1 1ZZ' };
    const billing_address = { first_name: 'Ann', company_name: 'Example Ltd', country: 'GB' };
    const order = await givenOldOrder({ shipping_address, billing_address });

    const answer = await put(order.data.id, {
      shipping_address: { first_name: 'Zoë', line_2: '', postcode: 'YY2 2YY', phone_number: 2_079_460_000 },
      billing_address: { company_name: null, last_name: 'Example' },
    });

    const addresses = {
      shipping_address: {
        ...EMPTY_SHIPPING_ADDRESS,
        first_name: 'Zoë',
        last_name: 'Example',
        postcode: 'YY2 2YY',
        phone_number: '2079460000',
      },
      billing_address: { ...EMPTY_BILLING_ADDRESS, first_name: 'Ann', last_name: 'Example', country: 'GB' },
    };
    expect(answer).toEqual(changed(order, addresses, answer));
    expect(await storedOrder(shop, order.data.id)).toMatchObject({
      ...addresses,
      shipping_postcode: 'YY2 2YY',
      billing_postcode: '',
      shipping_name: 'Zoë Example',
      billing_name: 'Ann Example',
    });
  });

  it('with its own answer as the body, changes nothing but the time', async () => {
    const ann = await shop.customer();
    const order = await givenOldOrder({
      customer: { id: ann.id },
      account: { id: 'acc-1', member_id: 'mem-1' },
      shipping_address: { first_name: 'Ann' },
      included: { items: [itemMembers({ location: 'shelf-1' }), itemMembers({ quantity: 3 })] },
    });

    const answer = (await putOrder(shop, order.data.id, order, service).expect(200)).body as OrderAnswer;

    expect(answer).toEqual(changed(order, {}, answer));
    expect((await readOrder(shop, order.data.id)).answer).toEqual(answer);
  });

  it('overlooks the members that an update may not set', async () => {
    const order = await givenOldOrder();
    const before = await storedOrder(shop, order.data.id);

    const answer = await put(order.data.id, {
      id: '7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11',
      anonymized: true,
      customer: { name: 'Mallory', email: 'mallory@example.test' },
      contact: { name: 'Mallory' },
      account: { id: 'acc-9' },
      version: 99,
      store_id: '7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11',
      meta: {
        timestamps: { created_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z' },
        is_manual: false,
      },
    });

    expect(answer).toEqual(changed(order, {}, answer));
    expect(await storedOrder(shop, order.data.id)).toEqual({
      ...before,
      version: `${BigInt(String(before['version'])) + 1n}`,
      updated_at: expect.any(Date) as unknown,
    });
  });
});
