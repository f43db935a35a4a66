import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  EMPTY_SHIPPING_ADDRESS,
  itemMembers,
  type Members,
  orderBody,
  type OrderAnswer,
  postOrder,
  usd,
} from './given-order.js';

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

describe('the body of POST /v2/orders', () => {
  it('with items beside data instead of inside, makes the same order, in the order of the items', async () => {
    const items = ['c', 'a', 'b'].map((name) => itemMembers({ name }));

    const answer = await create({ data: { type: 'order' }, included: { items } });

    expect(answer.included.items.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    expect(answer.data.relationships.items.data.map(({ id }) => id)).toEqual(answer.included.items.map(({ id }) => id));
    expect(answer.data.meta.display_price.with_tax).toEqual(usd(3_000));
    expect(await read(answer.data.id)).toEqual(answer);
  });

  it('with include_tax or includes_tax, reads both and answers includes_tax; a value without either is like its unit price', async () => {
    const price = { amount: 100, currency: 'USD' };
    const tax = { value: { amount: 20, currency: 'USD' } };
    const item = (unit: Members, value?: Members) =>
      itemMembers({ unit_price: { ...price, ...unit }, value, meta: { display_price: { tax } } });
    const answer = await create(
      orderBody({
        included: {
          items: [
            item({ include_tax: true }),
            item({ includes_tax: true }),
            item({ include_tax: false, includes_tax: false }),
            item({ includes_tax: true }, price),
            item({ includes_tax: true }, { ...price, include_tax: false }),
          ],
        },
      }),
    );

    expect(
      answer.included.items.map(({ unit_price: unit, value, meta }) => [
        unit.includes_tax,
        value.includes_tax,
        meta.display_price.with_tax.value.amount,
      ]),
    ).toEqual([
      [true, true, 100],
      [true, true, 100],
      [false, false, 120],
      [true, true, 100],
      [true, false, 120],
    ]);
  });

  it('with null and empty text in optional members, treats them as left out', async () => {
    const answer = await create({
      data: {
        type: '',
        id: '',
        order_number: '',
        external_ref: null,
        status: '',
        payment: null,
        shipping: '',
        anonymized: null,
        customer: { id: '', name: null, email: '' },
        account: { id: '', member_id: null },
        contact: { name: '', email: null },
        shipping_address: { first_name: null, phone_number: null, instructions: '' },
        billing_address: null,
        relationships: { customer: { data: null } },
        meta: { display_price: { tax: null }, timestamps: { created_at: '' } },
        included: { items: [itemMembers({ id: null, sku: null, location: '', value: null, meta: null })] },
      },
      included: null,
    });

    const plain = await create({ data: { included: { items: [itemMembers({ sku: '' })] } } });
    const { id, relationships, meta } = answer.data;
    expect(answer.data).toEqual({ ...plain.data, id, relationships, meta: { ...plain.data.meta, ...meta } });
    expect(meta.display_price).toEqual(plain.data.meta.display_price);
    expect(relationships).toEqual({ items: { data: [{ type: 'item', id: answer.included.items[0]?.id }] } });
  });

  it('with members that it does not know, or that are not the writer’s to set, ignores them', async () => {
    const body = orderBody({
      customer_id: (await shop.customer()).id,
      store_id: '00000000-0000-4000-8000-000000000000',
      created_at: '2001-01-01T00:00:00Z',
      links: { self: 'x' },
      colour: 'red',
      relationships: { items: { data: [{ type: 'item', id: 'x' }] }, promotions: [] },
    });
    const answer = await create({ ...body, links: [] });

    const plain = await create(orderBody());
    expect(Object.keys(answer.data)).toEqual(Object.keys(plain.data));
    expect(answer.data.relationships).toEqual({
      items: { data: [{ type: 'item', id: answer.included.items[0]?.id }] },
    });
    expect(answer.data.meta.timestamps.created_at).not.toBe('2001-01-01T00:00:00Z');
    expect(await read(answer.data.id)).toEqual(answer);
  });

  it('with a phone number that is a number, keeps it as text', async () => {
    const answer = await create(orderBody({ shipping_address: { phone_number: 2079460000 } }));

    expect(answer.data.shipping_address).toEqual({ ...EMPTY_SHIPPING_ADDRESS, phone_number: '2079460000' });
  });
});
