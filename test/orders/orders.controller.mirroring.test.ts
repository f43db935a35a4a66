import { runInThisContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyPresets } from '../../src/application-keys/key-rights.js';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp } from '../harness/app.js';
import { LoopbackServers } from '../harness/loopback-servers.js';
import { exampleCalled } from '../harness/readme-examples.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { itemMembers, type Members, readOrder } from './given-order.js';

/** The system that owns the orders. It tells that an order has changed, by messages that come late, twice and side by side. */
class OrderSystem {
  private readonly orders = new Map<string, number>();

  constructor(private readonly customer: { id: string; name: string; email: string } | undefined) {}

  change(id: string): void {
    this.orders.set(id, this.revisionOf(id) + 1);
  }

  revisionOf(id: string): number {
    return this.orders.get(id) ?? 0;
  }

  read(id: string): Promise<Members> {
    const revision = this.revisionOf(id);
    const items = [itemMembers({ name: `revision ${revision}` })];
    return Promise.resolve({ order_number: `${revision}`, customer: this.customer, included: { items } });
  }
}

type Consumer = (id: string) => Promise<void>;
type Call = (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Response>;

const servers = new LoopbackServers();
/** `METHOD path` of each request of a test. */
const calls: string[] = [];
/** Whether the last of the calls does not get through to the service. */
let isLost: () => boolean;
let shop: Shop;
let call: Call;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
  const { grants, permissions } = keyPresets.orders;
  const service = await shop.service(await shop.otherKey({ grants: [...grants], permissions: [...permissions] }));
  const unavailable = await servers.http((request, response) => request.resume() && response.writeHead(503).end('{}'));
  call = async (method, path, body, headers = {}) => {
    calls.push(`${method} ${path}`);
    const origin = isLost() ? unavailable : shop.app.origin;
    return fetch(`${origin}${path}`, {
      method,
      headers: { ...service, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
});
afterAll(() => servers.endAll());
beforeEach(() => {
  isLost = () => false;
  calls.length = 0;
});

/** The example of the README as it stands. */
function consumerOf(system: OrderSystem): Consumer {
  const source = `(call, readFromOurSystem) => { ${exampleCalled('consumer')}; return onOrderChanged; }`;
  const make = runInThisContext(source) as (call: Call, read: OrderSystem['read']) => Consumer;
  return make(call, (id) => system.read(id));
}

async function deleteCustomer({ id }: TestCustomer): Promise<void> {
  await shop.app.http
    .delete(`/v2/customers/${id}`)
    .set(await shop.service())
    .expect(204);
}

async function storedOrders(id: string): Promise<number> {
  return shop.app.database.prisma.order.count({ where: { storeId: shop.storeId, id } });
}

describe('the consumer of the README, with a key of the preset orders', () => {
  it('has at most 15 lines', () => {
    expect(exampleCalled('consumer').trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  });

  it('of messages that repeat, overtake each other and run side by side, always ends with the newest order', async () => {
    for (let round = 0; round < 10; round += 1) {
      const customer = await shop.customer();
      const [system, id] = [new OrderSystem(customer), newId()];
      const onOrderChanged = consumerOf(system);
      const pending: Promise<void>[] = [];
      for (let change = 0; change < 4; change += 1) {
        system.change(id);
        pending.push(onOrderChanged(id), onOrderChanged(id));
        await Promise.race(pending);
      }
      await Promise.all(pending);

      const { data, included } = (await readOrder(shop, id)).answer;
      expect(data.order_number).toBe('4');
      expect(included.items.map(({ name }) => name)).toEqual(['revision 4']);
      expect(data.customer).toEqual({ id: customer.id, name: customer.name, email: customer.email });
    }
  });

  it('takes a message that repeats, long after, for what is there', async () => {
    const customer = await shop.customer();
    const [system, id] = [new OrderSystem(customer), newId()];
    system.change(id);
    const onOrderChanged = consumerOf(system);
    for (let message = 0; message < 3; message += 1) await onOrderChanged(id);

    expect(calls.map((each) => each.split(' ')[0])).toEqual(['GET', 'POST', 'GET', 'PUT', 'GET', 'PUT']);
    expect((await readOrder(shop, id)).answer.data).toMatchObject({ order_number: '1', customer: { id: customer.id } });
  });

  it('goes on when the customer is deleted, before the order came or after', async () => {
    const customer = await shop.customer();
    const [system, before, after] = [new OrderSystem(customer), newId(), newId()];
    const onOrderChanged = consumerOf(system);
    system.change(before);
    await onOrderChanged(before);
    await deleteCustomer(customer);
    for (const id of [before, after]) {
      system.change(id);
      await onOrderChanged(id);
      const { data } = (await readOrder(shop, id)).answer;
      expect(data.order_number).toBe(String(system.revisionOf(id)));
      expect(data.customer).toEqual({ name: customer.name, email: customer.email });
    }
  });

  it('writes the order of a guest', async () => {
    const [system, id] = [new OrderSystem(undefined), newId()];
    await consumerOf(system)(id);
    expect((await readOrder(shop, id)).answer.data.customer).toEqual({ name: '', email: '' });
  });

  it.each([
    ['the first look', false, () => calls.at(-1)?.startsWith('GET ') === true],
    ['the first write', false, () => calls.at(-1)?.startsWith('POST ') === true],
    ['the write without the id', true, () => calls.filter((each) => each.startsWith('POST ')).length === 2],
  ])(
    'when the service does not answer %s, throws and stores nothing; a later message makes it good',
    async (_, deleted, lost) => {
      const customer = await shop.customer();
      if (deleted) await deleteCustomer(customer);
      const [system, id] = [new OrderSystem(customer), newId()];
      const onOrderChanged = consumerOf(system);
      isLost = lost;
      await expect(onOrderChanged(id)).rejects.toThrow(`order ${id}: try again later`);
      expect(await storedOrders(id)).toBe(0);

      isLost = () => false;
      await onOrderChanged(id);
      const { name, email } = customer;
      const expected = deleted ? { name, email } : { id: customer.id, name, email };
      expect((await readOrder(shop, id)).answer.data.customer).toEqual(expected);
    },
  );

  it('throws and stores nothing when the id is refused for another reason', async () => {
    const [system, id] = [new OrderSystem({ ...(await shop.customer()), id: 'no id' }), newId()];
    await expect(consumerOf(system)(id)).rejects.toThrow(`order ${id}: try again later`);
    expect(await storedOrders(id)).toBe(0);
  });
});
