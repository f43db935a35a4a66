import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { givenOrder, itemMembers, orderBody, type OrderAnswer, postOrder, putOrder, readOrder } from './given-order.js';

const GIVEN = {
  cart_item: { data: { type: 'cart_item', id: '2097d3a8-6c0e-4b55-8d7f-0b9a5c6e4f12' } },
  promotions: {
    data: [
      { type: 'promotion', id: 'spring' },
      { type: 'promotion', id: '10 % 🦄' },
    ],
  },
  bundle: { data: null },
  taxes: { data: [] },
};

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
});
beforeEach(async () => {
  service = await shop.service();
});

const withItems = (...relationships: unknown[]) => ({
  included: {
    items: relationships.map((given) => itemMembers(given === undefined ? {} : { relationships: given })),
  },
});

/** Of the items of an order, wherever an answer shows them. */
const relationshipsIn = (items: readonly { relationships: unknown }[]) => items.map((item) => item.relationships);

async function shownEverywhere(id: string): Promise<unknown[]> {
  const { answer } = await readOrder(shop, id);
  const items = await shop.app.http.get(`/v2/orders/${id}/items`).set(service).expect(200);
  const list = await shop.app.http.get(`/v2/orders?filter=eq(id,${id})&include=items`).set(service).expect(200);
  return [
    relationshipsIn(answer.included.items),
    relationshipsIn((items.body as { data: { relationships: unknown }[] }).data),
    relationshipsIn((list.body as OrderAnswer).included.items),
  ];
}

const everywhere = (expected: unknown[]) => [expected, expected, expected];

describe('the relationships of an order item', () => {
  it('are what its writer gave, else empty, in every answer that shows the item', async () => {
    const { data, included } = await givenOrder(shop, withItems(GIVEN, undefined, {}, null));

    const expected = [GIVEN, {}, {}, {}];
    expect(relationshipsIn(included.items)).toEqual(expected);
    expect(await shownEverywhere(data.id)).toEqual(everywhere(expected));
  });

  it('are those of a customer’s own order too', async () => {
    const ann = await shop.customer();
    const { data } = await givenOrder(shop, { customer: { id: ann.id }, ...withItems(GIVEN) });
    const answer = await shop.app.http
      .get(`/v2/orders/${data.id}?include=items`)
      .set(await shop.as(ann))
      .expect(200);
    expect(relationshipsIn((answer.body as OrderAnswer).included.items)).toEqual([GIVEN]);
  });

  it('leave out what names no resource, and members that no relationship has', async () => {
    const sent = `{"data":{"type":"order","included":{"items":[${JSON.stringify({
      ...itemMembers(),
      relationships: {
        cart_item: { data: { ...GIVEN.cart_item.data, meta: { a: 1 } }, links: { self: 'x' } },
        nothing: {},
        none: null,
        constructor: { data: null },
      },
    }).replace('"nothing"', '"__proto__"')}]}}}`;
    const answer = await shop.app.http.post('/v2/orders').set(service).type('json').send(sent).expect(201);
    expect(relationshipsIn((answer.body as OrderAnswer).included.items)).toEqual([
      { cart_item: GIVEN.cart_item, constructor: { data: null } },
    ]);
  });

  it('stay in a change without items, and are those of the new items in a change with them', async () => {
    const { data } = await givenOrder(shop, withItems(GIVEN));
    await putOrder(shop, data.id, { data: { payment: 'paid' } }, service).expect(200);
    expect(await shownEverywhere(data.id)).toEqual(everywhere([GIVEN]));

    const changed = { data: withItems({ cart_item: { data: null } }, undefined) };
    const answer = await putOrder(shop, data.id, changed, service).expect(200);
    const expected = [{ cart_item: { data: null } }, {}];
    expect(relationshipsIn((answer.body as OrderAnswer).included.items)).toEqual(expected);
    expect(await shownEverywhere(data.id)).toEqual(everywhere(expected));
  });

  it('go when the order is anonymized, as they may name a person, and a late message does not bring them back', async () => {
    const other = await givenOrder(shop, withItems(GIVEN));
    const { data } = await givenOrder(shop, { status: 'cancelled', ...withItems(GIVEN) });
    const body = { data: { order_ids: [data.id] } };
    await shop.app.http.post('/v2/orders/anonymize').set(service).send(body).expect(200);
    expect(await shownEverywhere(data.id)).toEqual(everywhere([{}]));

    await putOrder(shop, data.id, { data: withItems(GIVEN) }, service).expect(200);
    expect(await shownEverywhere(data.id)).toEqual(everywhere([{}]));
    expect(await shownEverywhere(other.data.id)).toEqual(everywhere([GIVEN]));
  });

  it('may have 4,096 bytes as JSON and no more, per item', async () => {
    const bytesOf = (value: object) => Buffer.byteLength(JSON.stringify(value));
    const padded = (padding: string) => ({
      ...Object.fromEntries(
        Array.from({ length: 18 }, (_, at) => [`${at % 10}${at > 9 ? 'b' : 'a'}${'ä'.repeat(100)}`, { data: null }]),
      ),
      padding: { data: { type: 'p', id: padding } },
    });
    const ofBytes = (bytes: number) => padded('x'.repeat(bytes - bytesOf(padded(''))));
    const largest = ofBytes(4_096);
    expect(bytesOf(largest)).toBe(4_096);
    const { included } = await givenOrder(shop, withItems(largest, largest));
    expect(relationshipsIn(included.items)).toEqual([largest, largest]);

    const refused = await postOrder(shop, service, orderBody(withItems(largest, ofBytes(4_097)))).expect(422);
    expect(refused.body).toMatchObject({
      errors: [
        {
          title: 'Failed Validation',
          detail: 'The data.included.items.1.relationships may not be greater than 4096 bytes.',
        },
      ],
    });
  });

  it.each([
    ['x', 'The data.included.items.0.relationships must be an object.'],
    [[], 'The data.included.items.0.relationships must be an object.'],
    [{ a: 'x' }, 'The data.included.items.0.relationships.a must be an object.'],
    [{ a: { data: 'x' } }, 'The selected data.included.items.0.relationships.a.data is invalid.'],
    [{ a: { data: { type: 't' } } }, 'The selected data.included.items.0.relationships.a.data is invalid.'],
    [{ a: { data: { type: 't', id: 1 } } }, 'The selected data.included.items.0.relationships.a.data is invalid.'],
    [{ a: { data: { type: '', id: 'i' } } }, 'The data.included.items.0.relationships.a.data.type field is required.'],
    [{ a: { data: [{ type: 't' }] } }, 'The selected data.included.items.0.relationships.a.data is invalid.'],
  ])('%j are refused, in a create and in a change, and nothing is written', async (given, detail) => {
    const { data } = await givenOrder(shop, withItems(GIVEN));
    const before = await readOrder(shop, data.id);
    const answers = [
      await postOrder(shop, service, orderBody(withItems(given))),
      await putOrder(shop, data.id, { data: withItems(given) }, service),
    ];
    for (const answer of answers) {
      expect([answer.status, (answer.body as { errors: object[] }).errors]).toMatchObject([422, [{ detail }]]);
    }
    expect(await readOrder(shop, data.id)).toEqual(before);
  });
});
