import type { Response } from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { waitersFor } from '../harness/held-row.js';
import { withClient } from '../harness/postgres.js';
import { until } from '../harness/service-process.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';

const DELETION = 'DELETE FROM application_keys WHERE store_id = $1 AND id = $2';

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

/** A request that is one statement: who sends it, and what it writes. */
interface Request {
  readonly keyId: string;
  readonly send: () => Promise<Response>;
  readonly written: () => Promise<number>;
}

async function login(): Promise<Request & { readonly customerId: string }> {
  const key = await shop.otherKey({});
  const headers = await shop.implicit(key);
  const { id: customerId, email, password } = await shop.customer();
  const data = { type: 'token', email, password };
  const send = async () => app.http.post('/v2/customers/tokens').set(headers).send({ data });
  const where = { storeId: shop.storeId, customerId };
  return { keyId: key.keyId, customerId, send, written: () => app.database.prisma.customerToken.count({ where }) };
}

async function registration(): Promise<Request> {
  const key = await shop.otherKey({});
  const headers = await shop.implicit(key);
  const loginEmail = uniqueEmail();
  const data = { type: 'customer', name: 'Late', email: loginEmail, password: 'correct horse battery' };
  const send = async () => app.http.post('/v2/customers').set(headers).send({ data });
  const where = { storeId: shop.storeId, loginEmail };
  return { keyId: key.keyId, send, written: () => app.database.prisma.customer.count({ where }) };
}

describe('a statement under an application key', () => {
  it.each([
    ['login', login],
    ['registration', registration],
  ])('that meets a deletion of the key on its way waits for it, and writes nothing: %s', async (_what, given) => {
    const { keyId, send, written } = await given();

    const answer = await withClient(app.config.databaseUrl, async (client) => {
      await client.query('BEGIN');
      await client.query(DELETION, [shop.storeId, keyId]);
      const sent = send();
      await until(async () => ((await waitersFor(client)) > 0 ? true : null));
      await client.query('COMMIT');
      return sent;
    });

    expectError(answer, 'access_token_invalid');
    expect(await written()).toBe(0);
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ status: 401, reason: 'key_gone' });
    expect(line).not.toHaveProperty('events');
  });

  it('keeps a deletion of the key waiting while it waits for a row itself, and comes before it', async () => {
    const { keyId, customerId, send, written } = await login();
    const which = [shop.storeId, customerId];

    await withClient(app.config.databaseUrl, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM customers WHERE store_id = $1 AND id = $2 FOR UPDATE', which);
      const sent = send();
      await until(async () => ((await waitersFor(client)) > 0 ? true : null));
      await withClient(app.config.databaseUrl, async (other) => {
        await other.query('SET lock_timeout = 50');
        await expect(other.query(DELETION, [shop.storeId, keyId])).rejects.toMatchObject({ code: '55P03' });
      });
      await client.query('COMMIT');
      expect((await sent).status).toBe(200);
    });

    expect(await written()).toBe(1);
  });
});
