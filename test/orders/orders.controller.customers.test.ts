import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { givenOrder, type Members, type OrderAnswer } from './given-order.js';

let shop: Shop;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
});

async function idsOf(headers: Record<string, string>): Promise<string[]> {
  const answer = await shop.app.http.get('/v2/orders').set(headers).expect(200);
  return (answer.body as { data: { id: string }[] }).data.map(({ id }) => id);
}

async function read(id: string): Promise<OrderAnswer> {
  return (
    await shop.app.http
      .get(`/v2/orders/${id}`)
      .set(await shop.service())
      .expect(200)
  ).body as OrderAnswer;
}

describe('the customer of an order', () => {
  it.each<[what: string, members: (id: string) => Members]>([
    ['customer.id', (id) => ({ customer: { id } })],
    ['customer.id in capitals', (id) => ({ customer: { id: id.toUpperCase() } })],
    ['relationships.customer', (id) => ({ relationships: { customer: { data: { type: 'customer', id } } } })],
    ['both', (id) => ({ customer: { id }, relationships: { customer: { data: { id: id.toUpperCase() } } } })],
  ])('when named by %s, is linked, and name and email are copied', async (_what, members) => {
    const ann = await shop.customer({ name: 'Ann Example' });

    const { data } = await givenOrder(shop, members(ann.id));

    expect(data.customer).toEqual({ id: ann.id, name: 'Ann Example', email: ann.email });
    expect(data.relationships.customer).toEqual({ data: { type: 'customer', id: ann.id } });
    expect(await idsOf(await shop.as(ann))).toEqual([data.id]);
  });

  it('when linked, with a name that the writer gave, has that name and the copied email', async () => {
    const ann = await shop.customer({ name: 'Ann Example' });

    const { data } = await givenOrder(shop, { customer: { id: ann.id, name: 'Ann Before' } });

    expect(data.customer).toEqual({ id: ann.id, name: 'Ann Before', email: ann.email });
  });

  it('when renamed later, leaves the order as it was', async () => {
    const ann = await shop.customer({ name: 'Ann Example' });
    const { data } = await givenOrder(shop, { customer: { id: ann.id } });

    await shop.app.http
      .put(`/v2/customers/${ann.id}`)
      .set(await shop.service())
      .send({ data: { name: 'Ann Other', email: `new.${ann.email}` } })
      .expect(200);

    expect((await read(data.id)).data).toEqual(data);
  });

  it('when only an email is given that a customer has, is not linked, and the customer does not see the order', async () => {
    const ann = await shop.customer();

    const { data } = await givenOrder(shop, { customer: { name: ann.name, email: ann.email } });

    expect(data.customer).toEqual({ name: ann.name, email: ann.email });
    expect(Object.keys(data.relationships)).toEqual(['items']);
    expect(await idsOf(await shop.as(ann))).toEqual([]);
  });

  it('when the order came anonymized, is not linked and not copied', async () => {
    const ann = await shop.customer();

    const { data } = await givenOrder(shop, { anonymized: true, customer: { id: ann.id, name: '**' } });

    expect(data.anonymized).toBe(true);
    expect(data.customer).toEqual({ name: '**', email: '' });
    expect(Object.keys(data.relationships)).toEqual(['items']);
    expect(await idsOf(await shop.as(ann))).toEqual([]);
  });

  it('when deleted, leaves the order with its copy of name and email, for client credentials only', async () => {
    const ann = await shop.customer({ name: 'Ann Example' });
    const { data, included } = await givenOrder(shop, { customer: { id: ann.id } });

    await shop.app.http
      .delete(`/v2/customers/${ann.id}`)
      .set(await shop.service())
      .expect(204);
    const again = await shop.customer({ email: ann.email });

    const { customer: _, ...relationships } = data.relationships;
    const unlinked = { ...data, customer: { name: 'Ann Example', email: ann.email }, relationships };
    const answer = await shop.app.http
      .get(`/v2/orders/${data.id}?include=items`)
      .set(await shop.service())
      .expect(200);
    expect(answer.body).toEqual({ data: unlinked, included });
    const asAgain = await shop.as(again);
    expect(await idsOf(asAgain)).toEqual([]);
    await shop.app.http.get(`/v2/orders/${data.id}`).set(asAgain).expect(404);
    await shop.app.http.get(`/v2/orders/${data.id}/items`).set(asAgain).expect(404);
  });
});
