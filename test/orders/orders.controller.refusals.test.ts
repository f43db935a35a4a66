import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  details,
  givenOrder,
  itemMembers,
  type Members,
  NOBODYS_ID,
  orderBody,
  postOrder,
  storedOrders,
} from './given-order.js';

const LARGEST = Number.MAX_SAFE_INTEGER;

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

function oneItem(members: Members): Members {
  return { included: { items: [itemMembers(members)] } };
}

const USD = (amount: number) => ({ amount, currency: 'USD' });
const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const long = (length: number) => 'x'.repeat(length);
const item = (rest: string) => `The data.included.items.0.${rest}`;

describe('POST /v2/orders', () => {
  it.each<[what: string, body: object, sentences: string[]]>([
    ['no data', {}, ['The data field is required.']],
    ['a list as data', { data: [] }, ['The data must be an object.']],
    ['another type', orderBody({ type: 'cart' }), ['The selected data.type is invalid.']],
    ['an id that is no UUID', orderBody({ id: '1042' }), ['The data.id must be a valid UUID.']],
    ['an unknown status', orderBody({ status: 'shipped' }), ['The selected data.status is invalid.']],
    ['an unknown payment', orderBody({ payment: 'PAID' }), ['The selected data.payment is invalid.']],
    ['a shipping that is no text', orderBody({ shipping: 1 }), ['The selected data.shipping is invalid.']],
    ['a name that is inherited', orderBody({ status: 'constructor' }), ['The selected data.status is invalid.']],
    ['anonymized as text', orderBody({ anonymized: 'true' }), ['The data.anonymized must be true or false.']],
    ['an order number as number', orderBody({ order_number: 1042 }), ['The data.order_number must be a string.']],
    [
      'texts that are too long',
      orderBody({
        order_number: long(256),
        external_ref: long(2_049),
        customer: { name: long(256), email: long(255) },
        account: { id: long(256), member_id: long(256) },
        contact: { name: long(256), email: long(255) },
        shipping_address: { first_name: long(256), phone_number: long(256), instructions: long(2_049) },
        billing_address: { country: long(256) },
        ...oneItem({ product_id: long(256), sku: long(256), name: long(256), location: long(256) }),
      }),
      [
        'The data.order_number may not be greater than 255 characters.',
        'The data.external_ref may not be greater than 2048 characters.',
        'The data.customer.name may not be greater than 255 characters.',
        'The data.customer.email may not be greater than 254 characters.',
        'The data.account.id may not be greater than 255 characters.',
        'The data.account.member_id may not be greater than 255 characters.',
        'The data.contact.name may not be greater than 255 characters.',
        'The data.contact.email may not be greater than 254 characters.',
        'The data.shipping_address.first_name may not be greater than 255 characters.',
        'The data.shipping_address.phone_number may not be greater than 255 characters.',
        'The data.shipping_address.instructions may not be greater than 2048 characters.',
        'The data.billing_address.country may not be greater than 255 characters.',
        item('product_id may not be greater than 255 characters.'),
        item('sku may not be greater than 255 characters.'),
        item('name may not be greater than 255 characters.'),
        item('location may not be greater than 255 characters.'),
      ],
    ],
    ['items that are no list', orderBody({ included: { items: {} } }), ['The data.included.items must be an array.']],
    [
      'more than a thousand items',
      orderBody({ included: { items: Array.from({ length: 1_001 }, () => itemMembers()) } }),
      ['The data.included.items may not have more than 1000 items.'],
    ],
    [
      'an item with nothing',
      orderBody({ included: { items: [{}] } }),
      [item('quantity field is required.'), item('unit_price field is required.')],
    ],
    [
      'an item of another type beside data',
      { data: {}, included: { items: [itemMembers({ type: 'cart_item', id: 'x' })] } },
      ['The included.items.0.id must be a valid UUID.', 'The selected included.items.0.type is invalid.'],
    ],
    ['no piece', orderBody(oneItem({ quantity: 0 })), [item('quantity must be at least 1.')]],
    ['half a piece', orderBody(oneItem({ quantity: 1.5 })), [item('quantity must be an integer.')]],
    [
      'too many pieces',
      orderBody(oneItem({ quantity: 2 ** 31 })),
      [item('quantity may not be greater than 2147483647.')],
    ],
    [
      'an amount with decimals',
      orderBody(oneItem({ unit_price: USD(9.5) })),
      [item('unit_price.amount must be an integer.')],
    ],
    [
      'amounts that JSON readers would round',
      orderBody(oneItem({ unit_price: USD(LARGEST + 1), value: USD(-LARGEST - 1) })),
      [
        item(`unit_price.amount may not be greater than ${LARGEST}.`),
        item(`value.amount must be at least -${LARGEST}.`),
      ],
    ],
    [
      'a price without its currency',
      orderBody({ meta: { display_price: { tax: { amount: 1 } } } }),
      ['The data.meta.display_price.tax.currency field is required.'],
    ],
    [
      'two words about tax that differ',
      orderBody(oneItem({ unit_price: { ...USD(1), include_tax: true, includes_tax: false } })),
      [item('unit_price.includes_tax and include_tax must not differ.')],
    ],
    [
      'a time that is none',
      orderBody({ meta: { timestamps: { created_at: '2025-02-30T10:00:00Z' } } }),
      ['The data.meta.timestamps.created_at must be a valid RFC 3339 date-time.'],
    ],
    [
      'items inside data and beside it',
      { ...orderBody(), included: { items: [itemMembers()] } },
      ['The included.items may not be given in data and beside it.'],
    ],
    [
      'an item id twice',
      orderBody({ included: { items: [NOBODYS_ID, NOBODYS_ID.toUpperCase()].map((id) => itemMembers({ id })) } }),
      ['The data.included.items.1.id is the id of another item too.'],
    ],
    [
      'two customers',
      orderBody({
        customer: { id: NOBODYS_ID },
        relationships: { customer: { data: { id: NOBODYS_ID.replace('7', '8') } } },
      }),
      ['The data.customer.id and data.relationships.customer.data.id must not differ.'],
    ],
    [
      'a customer id that is no UUID',
      orderBody({ customer: { id: 'ann' } }),
      ['The data.customer.id must be a valid UUID.'],
    ],
    ['an unknown customer', orderBody({ customer: { id: NOBODYS_ID } }), ['The selected data.customer.id is invalid.']],
    [
      'an unknown customer by relationship',
      orderBody({ relationships: { customer: { data: { type: 'customer', id: NOBODYS_ID } } } }),
      ['The selected data.relationships.customer.data.id is invalid.'],
    ],
    [
      'an unknown customer of an anonymized order',
      orderBody({ anonymized: true, customer: { id: NOBODYS_ID } }),
      ['The selected data.customer.id is invalid.'],
    ],
    [
      'prices that do not fit together, and an unknown customer',
      orderBody({
        customer: { id: NOBODYS_ID },
        meta: { display_price: { paid: EUR(1) } },
        ...oneItem({ unit_price: USD(LARGEST), quantity: 2, value: { amount: 1, currency: 'usd' } }),
      }),
      [
        item('value.currency must be a currency code of ISO 4217.'),
        'The data.meta.display_price.paid.currency must be the same currency as in the other prices of the order.',
        'The selected data.customer.id is invalid.',
      ],
    ],
    [
      'an item beside data whose value is too large',
      { data: {}, included: { items: [itemMembers({ unit_price: USD(LARGEST), quantity: 2 })] } },
      [`The included.items.0.value.amount would be beyond ${LARGEST}.`],
    ],
    [
      'neither an item nor a price',
      { data: {} },
      ['The data.meta.display_price.with_tax.currency is required for an order without items.'],
    ],
  ])('with %s, answers 422 with a sentence per fault and stores nothing', async (_what, body, sentences) => {
    const before = await storedOrders(shop);

    const answer = await postOrder(shop, service, body);

    expect(details(answer.body)).toEqual(sentences);
    const requestId = answer.headers['x-request-id'];
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual({
      errors: sentences.map((detail) => ({
        status: 422,
        title: 'Failed Validation',
        detail,
        code: 'validation_failed',
        request_id: requestId,
      })),
    });
    expect(await storedOrders(shop)).toEqual(before);
  });

  it('with a customer of another store, answers 422 as for an unknown one', async () => {
    const stranger = await (await givenShop(shop.app)).customer();

    const answer = await postOrder(shop, service, orderBody({ customer: { id: stranger.id } })).expect(422);

    expect(details(answer.body)).toEqual(['The selected data.customer.id is invalid.']);
  });

  it('with a wrong currency in every item, answers the first fifty faults only', async () => {
    const items = Array.from({ length: 200 }, () => itemMembers({ unit_price: { amount: 1, currency: 'XYZ' } }));

    const answer = await postOrder(shop, service, orderBody({ included: { items } })).expect(422);

    expect(details(answer.body)).toEqual(
      items
        .slice(0, 50)
        .map((_, index) => `The data.included.items.${index}.unit_price.currency must be a currency code of ISO 4217.`),
    );
  });

  it('with the id of an order that exists, answers 409 with the time of its last write, and leaves that order alone', async () => {
    const { data } = await givenOrder(shop, { order_number: 'first' });
    const before = await storedOrders(shop);

    const answer = await postOrder(shop, service, orderBody({ id: data.id, order_number: 'second' }));

    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({
      errors: [
        {
          status: 409,
          title: 'Conflict',
          detail: 'This id is already in use.',
          code: 'id_taken',
          request_id: answer.headers['x-request-id'],
          meta: { updated_at: data.meta.timestamps.updated_at },
        },
      ],
    });
    expect((await shop.app.http.get(`/v2/orders/${data.id}`).set(service)).body).toEqual({ data });
    expect(await storedOrders(shop)).toEqual(before);
  });

  it('with the id of an item of another order, answers 409 and stores nothing of the order', async () => {
    const { included } = await givenOrder(shop);
    const before = await storedOrders(shop);

    const items = [itemMembers(), itemMembers({ id: included.items[0]?.id })];
    const answer = await postOrder(shop, service, orderBody({ included: { items } }));

    expect(answer.status).toBe(409);
    expect(details(answer.body)).toEqual(['This id is already in use.']);
    expect(await storedOrders(shop)).toEqual(before);
  });
});
