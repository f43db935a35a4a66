import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  EMPTY_BILLING_ADDRESS,
  EMPTY_SHIPPING_ADDRESS,
  givenOrder,
  laterTag,
  type Members,
  NOBODYS_ID,
  type OrderAnswer,
  putOrder,
  readOrder,
  storedOrder,
  withoutRequestId,
} from './given-order.js';

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

function anonymize(body: object, headers = service) {
  return shop.app.http.post('/v2/orders/anonymize').set(headers).send(body);
}

const ids = (...orders: OrderAnswer[]) => ({ data: { order_ids: orders.map(({ data }) => data.id) } });
const allOf = (address: object, text: string) => Object.fromEntries(Object.keys(address).map((name) => [name, text]));
const removed = {
  anonymized: true,
  customer: { name: '**', email: '**' },
  shipping_address: allOf(EMPTY_SHIPPING_ADDRESS, '**'),
  billing_address: allOf(EMPTY_BILLING_ADDRESS, '**'),
};

/** The answer that is expected of an order that had a customer and no account. */
function withoutPerson(order: OrderAnswer, answer: unknown): object {
  const { customer: _, ...relationships } = order.data.relationships;
  const { timestamps, ...meta } = order.data.meta;
  const { updated_at } = (answer as OrderAnswer['data']).meta.timestamps;
  return { ...order.data, ...removed, meta: { ...meta, timestamps: { ...timestamps, updated_at } }, relationships };
}

function refusalOf(order: OrderAnswer): object {
  const { id, status, payment, shipping } = order.data;
  const states = `order:${status}, payment:${payment}, shipping:${shipping}`;
  return {
    status: 422,
    title: 'Could not anonymize orders',
    detail: `Order has status: ${states}; only fulfilled or refunded or cancelled orders may be anonymized`,
    code: 'anonymization_refused',
    meta: { order_id: id },
  };
}

describe('POST /v2/orders/anonymize', () => {
  it('replaces all that tells of a person, in the row itself, and keeps the rest and the items', async () => {
    const ann = await shop.customer({ name: 'Canary Name' });
    const address = { ...allOf(EMPTY_SHIPPING_ADDRESS, 'Canary'), instructions: 'Canary instructions' };
    const order = await givenOrder(shop, {
      shipping: 'fulfilled',
      order_number: '1042',
      external_ref: 'erp-77',
      customer: { id: ann.id },
      contact: { name: 'Canary contact', email: 'contact@canary.example' },
      account: { id: 'acc-1', member_id: 'canary-member' },
      shipping_address: address,
      billing_address: address,
    });
    const before = await storedOrder(shop, order.data.id);
    const { etag } = await readOrder(shop, order.data.id);

    const answer = await anonymize(ids(order));

    const account = { account: { data: { type: 'account', id: 'acc-1' } } };
    const [first] = (answer.body as { data: unknown[] }).data;
    const expected = {
      ...withoutPerson(order, first),
      contact: { name: '**', email: '**' },
      relationships: { items: order.data.relationships.items, ...account },
    };
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data: [expected] });
    const read = await readOrder(shop, order.data.id);
    expect(read).toEqual({ answer: { data: expected, included: order.included }, etag: laterTag(etag) });

    const row = await storedOrder(shop, order.data.id);
    expect(JSON.stringify(row)).not.toMatch(/canary/i);
    expect(JSON.stringify(row)).not.toContain(ann.id);
    expect(JSON.stringify(row)).not.toContain(ann.email);
    expect(row).toEqual({
      ...before,
      anonymized: true,
      customer_id: null,
      customer_name: '**',
      customer_email: '**',
      customer_email_domain: '',
      contact_name: '**',
      contact_email: '**',
      contact_email_domain: '',
      account_member_id: null,
      shipping_address: removed.shipping_address,
      billing_address: removed.billing_address,
      shipping_postcode: '**',
      billing_postcode: '**',
      shipping_name: '**',
      billing_name: '**',
      version: `${BigInt(String(before['version'])) + 1n}`,
      updated_at: row['updated_at'],
    });
  });

  it.each<[what: string, members: Members]>([
    ['fulfilled', { shipping: 'fulfilled' }],
    ['refunded', { payment: 'refunded' }],
    ['cancelled', { status: 'cancelled' }],
  ])('takes a %s order whatever its other states are, and its customer no longer sees it', async (_what, members) => {
    const ann = await shop.customer();
    const order = await givenOrder(shop, { status: 'processing', customer: { id: ann.id }, ...members });

    const { body } = await anonymize(ids(order)).expect(200);

    const [answer] = (body as { data: unknown[] }).data;
    expect(answer).toEqual(withoutPerson(order, answer));
    const list = await shop.app.http.get('/v2/orders').set(await shop.as(ann));
    expect(list.body).toMatchObject({ data: [], meta: { results: { total: 0 } } });
    expectError(await shop.app.http.get(`/v2/orders/${order.data.id}`).set(await shop.as(ann)), 'order_not_found');
  });

  it('answers the orders in the order of the ids, one that is named twice once, and leaves others alone', async () => {
    const orders: OrderAnswer[] = [];
    for (let count = 0; count < 4; count += 1) orders.push(await givenOrder(shop, { status: 'cancelled' }));
    const [a, b, c, other] = orders.map(({ data }) => data.id);

    const answer = await anonymize({ data: { order_ids: [c, a?.toUpperCase(), b, a] } }).expect(200);

    expect((answer.body as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([c, a, b]);
    expect((await readOrder(shop, other ?? '')).answer).toEqual(orders[3]);
  });

  it('again, answers the same', async () => {
    const order = await givenOrder(shop, { status: 'cancelled' });
    await anonymize(ids(order)).expect(200);

    const [answer] = ((await anonymize(ids(order)).expect(200)).body as { data: unknown[] }).data;

    expect(answer).toEqual(withoutPerson(order, answer));
  });

  it('with orders that may not be, or do not exist, says so of each, and writes nothing at all', async () => {
    const allowed = await givenOrder(shop, { status: 'cancelled' });
    const open = await givenOrder(shop, { status: 'complete', payment: 'paid' });
    const started = await givenOrder(shop, { status: 'processing' });
    const foreign = await givenOrder(await givenShop(shop.app), { status: 'cancelled' });
    const missing = (id: string) => ({
      status: 422,
      title: 'Could not anonymize orders',
      detail: 'Order not found',
      code: 'anonymization_refused',
      meta: { order_id: id },
    });

    const order_ids = [allowed.data.id, open.data.id, NOBODYS_ID, started.data.id, foreign.data.id];
    const answer = await anonymize({ data: { order_ids } });

    expect(answer.status).toBe(422);
    expect(withoutRequestId(answer.body)).toEqual({
      errors: [refusalOf(open), missing(NOBODYS_ID), refusalOf(started), missing(foreign.data.id)],
    });
    for (const order of [allowed, open, started]) {
      expect((await readOrder(shop, order.data.id)).answer).toEqual(order);
    }
  });

  it.each<[what: string, body: object, detail: string]>([
    ['no data', {}, 'The data field is required.'],
    ['no ids', { data: {} }, 'The data.order_ids field is required.'],
    ['an empty list', { data: { order_ids: [] } }, 'The data.order_ids must have at least 1 items.'],
    ['one id without a list', { data: { order_ids: NOBODYS_ID } }, 'The data.order_ids must be an array.'],
    ['text that is no id', { data: { order_ids: ['1042'] } }, 'The data.order_ids.0 must be a valid UUID.'],
    [
      'more than a hundred ids',
      { data: { order_ids: Array.from({ length: 101 }, () => newId()) } },
      'The data.order_ids may not have more than 100 items.',
    ],
  ])('with %s, answers 422', async (_what, body, detail) => {
    expectError(await anonymize(body), 'validation_failed', [{ detail }]);
  });

  it('with a hundred ids, takes them all', async () => {
    const crowd = await givenShop(shop.app);
    const headers = await crowd.service();
    const { data } = await givenOrder(crowd, { status: 'cancelled' });
    const copies = Array.from({ length: 99 }, () => newId());
    await crowd.app.database.pool.query(
      `INSERT INTO orders SELECT (jsonb_populate_record(orders, jsonb_build_object('id', copy))).*
         FROM orders, unnest($2::uuid[]) AS copy WHERE store_id = $1`,
      [crowd.storeId, copies],
    );

    const answer = await anonymize({ data: { order_ids: [data.id, ...copies] } }, headers);

    expect(answer.status).toBe(200);
    const anonymized = { storeId: crowd.storeId, anonymized: true, customerName: '**' };
    expect(await crowd.app.database.prisma.order.count({ where: anonymized })).toBe(100);
  });

  it('is refused to storefronts, and to a customer on an own order', async () => {
    const ann = await shop.customer();
    const order = await givenOrder(shop, { status: 'cancelled', customer: { id: ann.id } });

    for (const headers of [await shop.implicit(), await shop.as(ann), { ...(await shop.as(ann)), ...service }]) {
      expectError(await anonymize(ids(order), headers), 'forbidden');
    }
    expect((await readOrder(shop, order.data.id)).answer).toEqual(order);
  });

  it('in two requests at once about the same orders in opposite order, takes both', async () => {
    const orders: OrderAnswer[] = [];
    for (let count = 0; count < 5; count += 1) orders.push(await givenOrder(shop, { status: 'cancelled' }));

    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all([anonymize(ids(...orders)), anonymize(ids(...orders.toReversed()))]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    }
  });
});

describe('PUT of an anonymized order', () => {
  it('changes its states, and overlooks whatever would bring a person back', async () => {
    const ann = await shop.customer();
    const order = await givenOrder(shop, { status: 'cancelled', customer: { id: ann.id } });
    await anonymize(ids(order)).expect(200);

    const late = {
      customer: { id: ann.id },
      shipping_address: { first_name: 'Ann' },
      billing_address: { city: 'Town' },
    };
    const { body } = await putOrder(shop, order.data.id, { data: { payment: 'refunded', ...late } }, service).expect(
      200,
    );

    const { data } = body as OrderAnswer;
    expect(data).toEqual({ ...withoutPerson(order, data), payment: 'refunded' });
    expect(JSON.stringify(await storedOrder(shop, order.data.id))).not.toMatch(/Ann|Town/);
  });
});
