import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  details,
  givenOrder,
  itemMembers,
  type Members,
  NOBODYS_ID,
  putOrder,
  readOrder,
  storedOrder,
} from './given-order.js';

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

const related = (id: string) => ({ relationships: { customer: { data: { type: 'customer', id } } } });

describe('PUT /v2/orders/:orderId', () => {
  it.each<[what: string, body: object, sentences: string[]]>([
    ['no data', {}, ['The data field is required.']],
    ['another type', { data: { type: 'cart' } }, ['The selected data.type is invalid.']],
    ['an unknown status', { data: { status: 'shipped' } }, ['The selected data.status is invalid.']],
    ['an unknown payment', { data: { payment: 'PAID' } }, ['The selected data.payment is invalid.']],
    ['a shipping that is no text', { data: { shipping: 1 } }, ['The selected data.shipping is invalid.']],
    ['a number as order number', { data: { order_number: 7 } }, ['The data.order_number must be a string.']],
    [
      'texts that are too long',
      {
        data: {
          order_number: 'x'.repeat(256),
          external_ref: 'x'.repeat(2_049),
          shipping_address: { first_name: 'x'.repeat(256), phone_number: 'x'.repeat(256) },
          billing_address: { country: 'x'.repeat(256) },
        },
      },
      [
        'The data.order_number may not be greater than 255 characters.',
        'The data.external_ref may not be greater than 2048 characters.',
        'The data.shipping_address.first_name may not be greater than 255 characters.',
        'The data.shipping_address.phone_number may not be greater than 255 characters.',
        'The data.billing_address.country may not be greater than 255 characters.',
      ],
    ],
    [
      'an address that is no object',
      { data: { billing_address: [] } },
      ['The data.billing_address must be an object.'],
    ],
    ['items that are no list', { data: {}, included: { items: {} } }, ['The included.items must be an array.']],
    [
      'items in data and beside it',
      { data: { included: { items: [itemMembers()] } }, included: { items: [itemMembers()] } },
      ['The included.items may not be given in data and beside it.'],
    ],
    [
      'two items with one id',
      { data: {}, included: { items: [itemMembers({ id: NOBODYS_ID }), itemMembers({ id: NOBODYS_ID })] } },
      ['The included.items.1.id is the id of another item too.'],
    ],
  ])('with %s, answers 422 and changes nothing', async (_what, body, sentences) => {
    const { data } = await givenOrder(shop);
    const before = await storedOrder(shop, data.id);

    const answer = await putOrder(shop, data.id, body, service);

    expect(answer.status).toBe(422);
    expect(details(answer.body)).toEqual(sentences);
    expect(await storedOrder(shop, data.id)).toEqual(before);
  });

  it.each<[what: string, members: (id: string) => Members, member: string]>([
    ['customer.id', (id) => ({ customer: { id } }), 'data.customer.id'],
    ['relationships.customer', related, 'data.relationships.customer.data.id'],
  ])(
    'with the id of another customer in %s, answers 422, and the order stays with its own',
    async (_what, members, member) => {
      const [ann, bob] = [await shop.customer(), await shop.customer()];
      const owned = await givenOrder(shop, { customer: { id: ann.id } });
      const guests = await givenOrder(shop);

      for (const { data, included } of [owned, guests]) {
        const answer = await putOrder(shop, data.id, { data: { status: 'complete', ...members(bob.id) } }, service);
        expectError(answer, 'validation_failed', [{ detail: `The ${member} may not be changed.` }]);
        expect((await readOrder(shop, data.id)).answer).toEqual({ data, included });
      }
      await putOrder(shop, owned.data.id, { data: members(ann.id.toUpperCase()) }, service).expect(200);
    },
  );

  it('with two customers that differ, answers 422', async () => {
    const ann = await shop.customer();
    const { data } = await givenOrder(shop, { customer: { id: ann.id } });

    const answer = await putOrder(
      shop,
      data.id,
      { data: { customer: { id: ann.id }, ...related(NOBODYS_ID) } },
      service,
    );

    const detail = 'The data.customer.id and data.relationships.customer.data.id must not differ.';
    expectError(answer, 'validation_failed', [{ detail }]);
  });

  it('on an order that does not exist, of another store, or text that is no id, answers the same 404', async () => {
    const other = await givenShop(shop.app);
    const { data, included } = await givenOrder(other);

    for (const id of [NOBODYS_ID, data.id, 'attributes', '1042']) {
      expectError(await putOrder(shop, id, { data: { status: 'complete' } }, service), 'order_not_found');
    }
    expect((await readOrder(other, data.id)).answer).toEqual({ data, included });
  });

  it('is refused to storefronts, to customers on their own orders, and to keys that may only read', async () => {
    const ann = await shop.customer();
    const { data } = await givenOrder(shop, { customer: { id: ann.id } });
    const readers = await shop.otherKey({ permissions: ['orders:read', 'customers:read'] });
    const before = await storedOrder(shop, data.id);

    for (const headers of [
      await shop.implicit(),
      await shop.as(ann),
      { ...(await shop.as(ann)), ...service },
      await shop.service(readers),
    ]) {
      expectError(await putOrder(shop, data.id, { data: { status: 'complete' } }, headers), 'forbidden');
    }
    expect(await storedOrder(shop, data.id)).toEqual(before);
  });
});
