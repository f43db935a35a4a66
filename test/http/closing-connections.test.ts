import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { changeMeanwhile } from '../harness/held-row.js';
import { until } from '../harness/service-process.js';
import { givenShop, type Shop } from '../harness/shop.js';

let ending: TestApp;
let shop: Shop;

beforeAll(async () => {
  const app = await sharedApp();
  shop = await givenShop(app);
  ending = await startApp({ databaseUrl: app.config.databaseUrl });
});
afterAll(() => ending.close());

/** Settles when nobody listens there any more. */
async function refusesConnections(origin: string): Promise<void> {
  const { hostname, port } = new URL(origin);
  const isRefused = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.once('connect', () => socket.destroy());
      socket.once('connect', () => resolve(false));
      socket.once('error', () => resolve(true));
    });
  await until(async () => ((await isRefused()) ? true : null));
}

describe('a client that keeps its connection', () => {
  it('is told that it ends with the answer, when the service is told to end before that', async () => {
    const ann = await shop.customer();
    const service = await shop.service();
    const change = () =>
      ending.http
        .put(`/v2/customers/${ann.id}`)
        .set(service)
        .send({ data: { type: 'customer', name: 'Ann Other' } })
        .then((answer) => answer);
    const { headers } = await ending.http.get('/health/live');
    expect(headers['connection']).toBe('keep-alive');

    let closed: Promise<void> | undefined;
    const answer = await changeMeanwhile(shop, ann.id, change, async () => {
      closed = ending.close();
      await refusesConnections(ending.origin);
    });

    expect([answer.status, answer.headers['connection']]).toEqual([200, 'close']);
    // With the connection open, this would take as long as the client likes.
    await closed;
  });
});
