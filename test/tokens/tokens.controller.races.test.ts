import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { changeMeanwhile } from '../harness/held-row.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { storedCustomer } from '../harness/stored-rows.js';
import { sized } from '../harness/tier/sizes.js';

const ROUNDS = sized('rounds of logins beside a change of the password', { test: 15, thorough: 50 });
/** So many rounds take their time on a busy machine; what is asserted does not depend on it. */
const PATIENCE_MS = 90_000;

let app: TestApp;
let twin: TestApp;
let shop: Shop;
let implicit: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  shop = await givenShop(app);
  implicit = await shop.implicit();
});

afterAll(() => twin.close());

async function login(at: TestApp, { email }: TestCustomer, password: string) {
  return at.http.post('/v2/customers/tokens').set(implicit).send({ data: { email, password } });
}

async function liveTokens({ id }: TestCustomer): Promise<number> {
  return app.database.prisma.customerToken.count({ where: { storeId: shop.storeId, customerId: id, revokedAt: null } });
}

async function lastReason(answer: { headers: Record<string, unknown> }): Promise<unknown> {
  return (await app.log.ofRequest(String(answer.headers['x-request-id'])))['reason'];
}

describe('a login that races with a change of the password', { timeout: PATIENCE_MS }, () => {
  it(`leaves no token of the old password alive, in ${ROUNDS} rounds through two apps`, async () => {
    const ann = await shop.customer();
    const service = await shop.service();
    let password = ann.password;
    let won = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = `password of round ${round}`;
      const change = (at: TestApp) =>
        at.http
          .put(`/v2/customers/${ann.id}`)
          .set(service)
          .send({ data: { password: next } });
      const [changed, ...logins] = await Promise.all([
        change(round % 2 === 0 ? app : twin),
        login(app, ann, password),
        login(twin, ann, password),
        login(app, ann, password),
        login(twin, ann, password),
      ]);
      expect(changed.status).toBe(200);
      for (const answer of logins) {
        if (answer.status === 404) {
          expectError(answer, 'credentials_invalid');
          continue;
        }
        won += 1;
        const { token } = (answer.body as { data: { token: string } }).data;
        const read = app.http.get('/v2/customers').set({ ...implicit, 'x-moltin-customer-token': token });
        expectError(await read, 'customer_token_invalid');
      }
      expect(await liveTokens(ann)).toBe(0);
      password = next;
    }
    expect(won).toBeGreaterThan(0);
    expect((await login(app, ann, password)).status).toBe(200);
  });

  it('is refused as a wrong password, when the change comes between the check and the token', async () => {
    const ann = await shop.customer();
    const { password_hash: other } = await storedCustomer(shop, (await shop.customer({ password: 'another one' })).id);

    const answer = await changeMeanwhile(
      shop,
      ann.id,
      () => login(app, ann, ann.password),
      (client) =>
        client.query('UPDATE customers SET password_hash = $3 WHERE store_id = $1 AND id = $2', [
          shop.storeId,
          ann.id,
          other,
        ]),
    );

    expectError(answer, 'credentials_invalid');
    expect(await lastReason(answer)).toBe('password_changed');
    expect(await liveTokens(ann)).toBe(0);
  });

  it('is refused as an unknown email, when the customer goes between the check and the token', async () => {
    const ann = await shop.customer();

    const answer = await changeMeanwhile(
      shop,
      ann.id,
      () => login(app, ann, ann.password),
      (client) => client.query('DELETE FROM customers WHERE store_id = $1 AND id = $2', [shop.storeId, ann.id]),
    );

    expectError(answer, 'credentials_invalid');
    expect(await liveTokens(ann)).toBe(0);
  });

  it('is not refused, when only something else of the customer changes between the check and the token', async () => {
    const ann = await shop.customer();

    const answer = await changeMeanwhile(
      shop,
      ann.id,
      () => login(app, ann, ann.password),
      (client) =>
        client.query('UPDATE customers SET external_ref = $3 WHERE store_id = $1 AND id = $2', [
          shop.storeId,
          ann.id,
          'CRM-1',
        ]),
    );

    expect(answer.status).toBe(200);
    expect(await liveTokens(ann)).toBe(1);
  });
});
