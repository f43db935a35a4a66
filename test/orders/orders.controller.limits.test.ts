import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { givenOrder, type Members, orderBody, storedOrders } from './given-order.js';

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

describe('the size of a body', () => {
  /** JSON of exactly so many bytes: the padding is a member that nobody knows. */
  function padded(body: { data: Members }, bytes: number): string {
    const bare = JSON.stringify({ ...body, padding: '' });
    return JSON.stringify({ ...body, padding: 'x'.repeat(bytes - bare.length) });
  }

  it('of an order may be 1 MiB and not a byte more', async () => {
    const before = await storedOrders(shop);
    const send = (bytes: number) =>
      shop.app.http.post('/v2/orders').set(service).type('json').send(padded(orderBody(), bytes));

    const over = await send(1_048_577);
    expect(over.status).toBe(413);
    expect(over.body).toEqual({
      errors: [
        {
          status: 413,
          title: 'Payload Too Large',
          detail: 'The body is larger than this route takes.',
          code: 'body_too_large',
          request_id: over.headers['x-request-id'],
        },
      ],
    });
    expect(await storedOrders(shop)).toEqual(before);
    expect((await send(1_048_576)).status).toBe(201);
  });

  it('of the update of an order may be as much', async () => {
    const { data } = await givenOrder(shop);
    const send = (bytes: number) =>
      shop.app.http
        .put(`/v2/orders/${data.id}`)
        .set(service)
        .type('json')
        .send(padded({ data: {} }, bytes));

    expectError(await send(1_048_577), 'body_too_large');
    expect((await send(1_048_576)).status).toBe(200);
  });

  it('of another resource stays at 100 KB', async () => {
    const customer = { data: { name: 'Ann Example', email: 'ann@example.test' } };
    const send = (bytes: number) =>
      shop.app.http.post('/v2/customers').set(service).type('json').send(padded(customer, bytes));

    expect((await send(102_401)).status).toBe(413);
    expect((await send(102_400)).status).toBe(201);
  });
});
