import supertest, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { startSecondProcess } from '../harness/second-process.js';
import { endAll, until } from '../harness/service-process.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { asTestKey, createKey, PATH, tokenStatus } from './managed-keys.js';

/** The promise about a revocation's reach. */
const REACH_MS = 1_000;

type Http = TestApp['http'];

/** Two processes of the service on one database: this one and a real other one. */
let here: Http;
let there: Http;
let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  const app = await sharedApp();
  here = app.http;
  there = supertest(await startSecondProcess(app));
  shop = await givenShop(app);
  service = await shop.service();
});
afterAll(endAll);

const places = [
  ['this process', () => ({ first: here, second: there })],
  ['the other process', () => ({ first: there, second: here })],
] as const;

/** Asks until the answer has this status, and expects that no request that was sent a second after `since` had another one. */
async function soon(since: number, status: number, ask: () => Promise<{ status: number }>): Promise<void> {
  let stillOther = since;
  await until(async () => {
    const asked = Date.now();
    if ((await ask()).status === status) return true;
    stillOther = asked;
    return null;
  });
  expect(stillOther - since).toBeLessThanOrEqual(REACH_MS);
  expect((await ask()).status).toBe(status);
}

describe('an application key, when two processes serve one database', () => {
  it.each(places)(
    'ends with its tokens at once where it is deleted, and within a second in the other: %s',
    async (_, at) => {
      const { first, second } = at();
      const made = await createKey(shop, { preset: 'orders' });
      const headers = await shop.service(asTestKey(made, made.client_secret));
      const read = (http: Http): Promise<Response> => Promise.resolve(http.get('/v2/orders').set(headers));
      // Both have just seen that it is good.
      for (const http of [first, second]) expect((await read(http)).status).toBe(200);

      expect((await first.delete(`${PATH}/${made.id}`).set(service)).status).toBe(204);
      const ended = Date.now();

      expect((await read(first)).status).toBe(401);
      expect(await tokenStatus(first, made.client_id, made.client_secret)).toBe(401);
      await soon(ended, 401, () => read(second));
      expect(await tokenStatus(second, made.client_id, made.client_secret)).toBe(401);
    },
  );

  it.each(places)('has its new secret and its new rights at once and within a second: %s', async (_, at) => {
    const { first, second } = at();
    const made = await createKey(shop, { preset: 'orders' });
    const headers = await shop.service(asTestKey(made, made.client_secret));
    for (const http of [first, second]) {
      expect(await tokenStatus(http, made.client_id, made.client_secret)).toBe(200);
      expect((await http.get('/v2/customers').set(headers)).status).toBe(403);
    }

    const path = `${PATH}/${made.id}`;
    const rotation = await first
      .post(`${path}/rotate`)
      .set(service)
      .send({ data: { overlap_seconds: 0 } });
    const rotated = Date.now();
    const { client_secret } = (rotation.body as { data: typeof made }).data;
    expect(await tokenStatus(first, made.client_id, client_secret)).toBe(200);
    expect(await tokenStatus(first, made.client_id, made.client_secret)).toBe(401);
    const statusOf = async (secret: string) => ({ status: await tokenStatus(second, made.client_id, secret) });
    await soon(rotated, 401, () => statusOf(made.client_secret));
    await soon(rotated, 200, () => statusOf(client_secret));

    const change = { data: { permissions: ['customers:read'] } };
    expect((await first.put(path).set(service).send(change)).status).toBe(200);
    const changed = Date.now();
    expect((await first.get('/v2/customers').set(headers)).status).toBe(200);
    await soon(changed, 200, async () => second.get('/v2/customers').set(headers));
  });
});
