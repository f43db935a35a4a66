import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { itemMembers, type Members, readOrder } from './given-order.js';

/** The system that owns the orders. It tells that an order has changed, by messages that come late, twice and side by side. */
class OrderSystem {
  private readonly orders = new Map<string, number>();

  constructor(private readonly customer: { id: string; name: string; email: string }) {}

  change(id: string): void {
    this.orders.set(id, this.revisionOf(id) + 1);
  }

  revisionOf(id: string): number {
    return this.orders.get(id) ?? 0;
  }

  read(id: string): Promise<Members & { customer: { id: string } }> {
    const revision = this.revisionOf(id);
    const items = [itemMembers({ name: `revision ${revision}` })];
    return Promise.resolve({ order_number: `${revision}`, customer: this.customer, included: { items } });
  }
}

let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  service = await shop.service();
});

function call(method: string, path: string, headers: Record<string, string> = {}, body?: object): Promise<Response> {
  return fetch(`${shop.app.origin}${path}`, {
    method,
    headers: { ...service, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** What is written is read after the tag, so it is never older than what the tag stands for. */
async function onOrderChanged(system: OrderSystem, id: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const stored = await call('GET', `/v2/orders/${id}`);
    const { customer, ...order } = await system.read(id);
    const known = (await call('GET', `/v2/customers/${customer.id}`)).ok;
    const tag = { 'if-match': stored.headers.get('etag') ?? '' };
    const answer =
      stored.status === 404
        ? await call(
            'POST',
            '/v2/orders',
            {},
            { data: { id, customer: known ? customer : { ...customer, id: null }, ...order } },
          )
        : await call('PUT', `/v2/orders/${id}`, tag, { data: order });
    if (answer.ok) return;
    if (![404, 409, 412].includes(answer.status)) throw new Error(`order ${id}: ${answer.status}`);
  }
  throw new Error(`order ${id}: written by others again and again`);
}

describe('a consumer that reads the tag, then the order, and writes with If-Match', () => {
  it('of messages that repeat, overtake each other and run side by side, always ends with the newest order', async () => {
    for (let round = 0; round < 10; round += 1) {
      const customer = await shop.customer();
      const [system, id] = [new OrderSystem(customer), newId()];
      const pending: Promise<void>[] = [];
      for (let change = 0; change < 4; change += 1) {
        system.change(id);
        pending.push(onOrderChanged(system, id), onOrderChanged(system, id));
        await Promise.race(pending);
      }
      await Promise.all(pending);

      const { data, included } = (await readOrder(shop, id)).answer;
      expect(data.order_number).toBe('4');
      expect(included.items.map(({ name }) => name)).toEqual(['revision 4']);
      expect(data.customer).toEqual({ id: customer.id, name: customer.name, email: customer.email });
    }
  });

  it('goes on when the customer is deleted, before the order came or after', async () => {
    const customer = await shop.customer();
    const [system, before, after] = [new OrderSystem(customer), newId(), newId()];
    system.change(before);
    await onOrderChanged(system, before);
    await call('DELETE', `/v2/customers/${customer.id}`);
    for (const id of [before, after]) {
      system.change(id);
      await onOrderChanged(system, id);
      const { data } = (await readOrder(shop, id)).answer;
      expect(data.order_number).toBe(String(system.revisionOf(id)));
      expect(data.customer).toEqual({ name: customer.name, email: customer.email });
    }
  });
});
