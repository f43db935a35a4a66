import { runInThisContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp } from '../harness/app.js';
import { findNginx, Nginx } from '../harness/nginx.js';
import { exampleCalled } from '../harness/readme-examples.js';
import { selfSigned } from '../harness/self-signed.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { isThorough } from '../harness/tier/sizes.js';
import { itemMembers, readOrder } from '../orders/given-order.js';
import { filledIn } from './filled-in.js';

const HOST = 'api.shop.example.com';
const program = findNginx();
const told =
  'No nginx here: what it does to entity tags was not tried. Install the package nginx, or name a program in NGINX.';

type Call = (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Response>;
type Consumer = (id: string) => Promise<void>;

let shop: Shop;
let nginx: Nginx;
let call: Call;
/** Status of each write that came through the proxy. */
const writes: number[] = [];

beforeAll(async () => {
  if (program === null) {
    if (process.env['REQUIRE_NGINX'] === 'yes') throw new Error(told);
    return;
  }
  const app = await sharedApp();
  shop = await givenShop(app);
  const service = await shop.service();
  // Nothing is asked of the vendor here.
  const vendor = { url: 'https://localhost:9', certificate: selfSigned('localhost').cert, token: 'Bearer none' };
  nginx = await Nginx.start(
    program,
    HOST,
    (port, folder) =>
      `gzip on;\ngzip_types application/json;\n${filledIn({ port, folder, gatehouse: app.origin, vendor })}`,
  );
  call = async (method, path, body, headers = {}) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = { ...service, 'content-type': 'application/json', 'accept-encoding': 'gzip', ...headers };
    const answer = await nginx.ask(path, { method, headers: sent, ...(text === undefined ? {} : { body: text }) });
    if (method !== 'GET') writes.push(answer.status);
    const shown = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
    return new Response(answer.body, { status: answer.status, headers: shown });
  };
});
afterAll(async () => {
  await (nginx as Nginx | undefined)?.stop();
});
beforeEach((context) => {
  if (program === null) context.skip(told);
  writes.length = 0;
});

/** The example of the README as it stands. */
function consumerOf(read: (id: string) => Promise<object>): Consumer {
  const source = `(call, readFromOurSystem) => { ${exampleCalled('consumer')}; return onOrderChanged; }`;
  const make = runInThisContext(source) as (call: Call, read: (id: string) => Promise<object>) => Consumer;
  return make(call, read);
}

const revision = (number: number) => ({
  order_number: `${number}`,
  included: { items: [itemMembers({ name: `revision ${number}` })] },
});

describe.runIf(isThorough)('an nginx that compresses, in front of the service', () => {
  it('weakens the entity tag of an order, which then still lets the write of this version go on and no other', async () => {
    const id = newId();
    await call('POST', '/v2/orders', { data: { id, ...revision(1) } });
    const { etag } = await readOrder(shop, id);
    const weakened = (await call('GET', `/v2/orders/${id}`)).headers.get('etag') ?? '';
    expect(weakened).toBe(`W/${etag}`);

    const write = (tag: string, number: number) =>
      call('PUT', `/v2/orders/${id}`, { data: revision(number) }, { 'If-Match': tag });
    expect((await write(weakened, 2)).status).toBe(200);
    // Somebody else has written since: the tag is an older one.
    expect((await write(weakened, 3)).status).toBe(412);
    expect((await readOrder(shop, id)).answer.data.order_number).toBe('2');
  });

  it('does not keep the consumer of the README from writing: the newest order ends up stored', async () => {
    const id = newId();
    let current = 0;
    const onOrderChanged = consumerOf(() => Promise.resolve(revision(current)));
    for (current = 1; current < 4; current += 1) await onOrderChanged(id);
    expect(writes).toEqual([201, 200, 200]);

    const messages: Promise<void>[] = [];
    for (let change = 0; change < 3; change += 1) {
      current += 1;
      messages.push(onOrderChanged(id), onOrderChanged(id));
      await Promise.race(messages);
    }
    await Promise.all(messages);
    const { data, included } = (await readOrder(shop, id)).answer;
    expect([data.order_number, included.items.map(({ name }) => name)]).toEqual([
      `${current}`,
      [`revision ${current}`],
    ]);
  });
});
