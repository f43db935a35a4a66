import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  givenOrder,
  itemMembers,
  laterTag,
  NOBODYS_ID,
  orderBody,
  postOrder,
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

const meaning = (tag: string) => ({ ...service, 'if-match': tag });
const write = { data: { status: 'complete' } };
const etagIn = ({ header }: { header: unknown }) => (header as Record<string, string | undefined>)['etag'];

async function remove(id: string, headers: Record<string, string>) {
  return shop.app.http.delete(`/v2/orders/${id}`).set(headers);
}

/** The id of a new order, and its tag. */
async function given(): Promise<{ id: string; tag: string }> {
  const { id } = (await givenOrder(shop)).data;
  return { id, tag: (await readOrder(shop, id)).etag };
}

describe('the entity tag of an order', () => {
  it('is answered by POST, GET, HEAD and PUT, and each write moves it', async () => {
    const created = await postOrder(shop, service, orderBody()).expect(201);
    const { id } = (created.body as { data: { id: string } }).data;
    const tag = etagIn(created);
    const head = await shop.app.http.head(`/v2/orders/${id}`).set(service).expect(200);
    const read = await readOrder(shop, id);
    const updated = await putOrder(shop, id, write, service).expect(200);

    expect(tag).toMatch(/^"\d+"$/);
    expect([etagIn(head), read.etag]).toEqual([tag, tag]);
    expect([etagIn(updated), (await readOrder(shop, id)).etag]).toEqual([laterTag(tag), laterTag(tag)]);
  });

  it('is shown to a customer too, and not with lists, items and refusals', async () => {
    const ann = await shop.customer();
    const { data } = await givenOrder(shop, { customer: { id: ann.id } });
    const headers = await shop.as(ann);
    const etagOf = async (path: string) => etagIn(await shop.app.http.get(path).set(headers));

    expect(await etagOf(`/v2/orders/${data.id}`)).toBe((await readOrder(shop, data.id)).etag);
    expect(await etagOf('/v2/orders')).toBe(undefined);
    expect(await etagOf(`/v2/orders/${data.id}/items`)).toBe(undefined);
    expect(await etagOf(`/v2/orders/${NOBODYS_ID}`)).toBe(undefined);
  });

  it('may be read by the scripts of a storefront', async () => {
    const { id } = await given();

    const answer = await shop.app.http.get(`/v2/orders/${id}`).set({ ...service, origin: 'http://localhost:8080' });

    expect(answer.headers['access-control-expose-headers']).toBe('X-Request-Id, Retry-After, ETag');
  });

  it('of an order that is made anew under the id of a deleted one, is none that the deleted one had', async () => {
    const { id, tag } = await given();
    await remove(id, service);
    await postOrder(shop, service, orderBody({ id })).expect(201);

    expectError(await putOrder(shop, id, write, meaning(tag)), 'precondition_failed');
    expect((await readOrder(shop, id)).answer.data.status).toBe('incomplete');
  });
});

describe('If-Match', () => {
  it.each<[what: string, header: (tag: string) => string]>([
    ['the tag', (tag) => tag],
    ['a star', () => '*'],
    ['the tag among others', (tag) => `W/"7", "8", ${tag}`],
    ['the tag that a proxy made weak', (tag) => `W/${tag}`],
    ['the tag with the coding that a proxy chose', (tag) => `"${tag.slice(1, -1)}-gzip"`],
  ])('with %s, lets PUT and DELETE go on', async (_what, header) => {
    const [one, other] = [await given(), await given()];

    const answer = await putOrder(shop, one.id, write, meaning(header(one.tag)));

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ data: { id: one.id, status: 'complete' } });
    expect((await remove(other.id, meaning(header(other.tag)))).status).toBe(204);
  });

  it.each<[what: string, header: (tag: string) => string]>([
    ['another tag', (tag) => laterTag(tag)],
    ['another tag that a proxy made weak', (tag) => `W/${laterTag(tag)}`],
    ['another tag with a coding', (tag) => `"${laterTag(tag).slice(1, -1)}-gzip"`],
    ['the tag without its quotes', (tag) => tag.slice(1, -1)],
    ['nothing', () => ''],
  ])('with %s, answers 412 and changes nothing', async (_what, header) => {
    const { id, tag } = await given();
    const before = await storedOrder(shop, id);

    expectError(await putOrder(shop, id, write, meaning(header(tag))), 'precondition_failed');
    expectError(await remove(id, meaning(header(tag))), 'precondition_failed');
    expect(await storedOrder(shop, id)).toEqual(before);
  });

  it('with the tag of a GET, after somebody else has written, answers 412, and with the new tag 200', async () => {
    const { id, tag } = await given();
    await putOrder(shop, id, { data: { payment: 'paid' } }, service).expect(200);

    expectError(await putOrder(shop, id, write, meaning(tag)), 'precondition_failed');
    const { answer, etag } = await readOrder(shop, id);
    expect(answer.data).toMatchObject({ status: 'incomplete', payment: 'paid' });
    await putOrder(shop, id, write, meaning(etag)).expect(200);
    expect((await readOrder(shop, id)).answer.data).toMatchObject({ status: 'complete', payment: 'paid' });
  });

  it('is looked at before what the body would do, and after what it says', async () => {
    const { id } = await given();
    const otherCustomer = { data: { customer: { id: NOBODYS_ID } } };

    expectError(await putOrder(shop, id, otherCustomer, meaning('"9"')), 'precondition_failed');
    const detail = 'The selected data.status is invalid.';
    const unknownState = { data: { status: 'lost' } };
    expectError(await putOrder(shop, id, unknownState, meaning('"9"')), 'validation_failed', [{ detail }]);
  });

  it('on an order that does not exist, a star too, answers 404', async () => {
    for (const tag of ['*', '"1"']) {
      expectError(await putOrder(shop, NOBODYS_ID, write, meaning(tag)), 'order_not_found');
      expectError(await remove(NOBODYS_ID, meaning(tag)), 'order_not_found');
    }
  });

  it('lets exactly one of twenty writers go on who have read the same version', async () => {
    const { id, tag } = await given();

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        putOrder(shop, id, { data: { included: { items: [itemMembers({ name: `${index}` })] } } }, meaning(tag)),
      ),
    );

    const won = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
    const { answer, etag } = await readOrder(shop, id);
    expect(answer.included.items.map(({ name }) => name)).toEqual([`${won[0]}`]);
    expect(etag).toBe(laterTag(tag));
  });
});
