import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { aSecondLater } from '../harness/process-time.js';
import { givenShop, Shop, type TestCustomer } from '../harness/shop.js';

const HEADER = 'x-moltin-customer-token';

/** Two processes on one database: at once in the one that made the change, within a second in the other. */
describe('the customer-scope guard, once a token has lost its reason', () => {
  let here: Shop;
  let there: Shop;
  let apps: TestApp[];

  beforeAll(async () => {
    const first = await startApp({ tokenSigningAlg: 'ES256' });
    const second = await startApp({ tokenSigningAlg: 'ES256', databaseUrl: first.config.databaseUrl });
    apps = [first, second];
    here = await givenShop(first);
    there = new Shop(second, here.storeId, here.key);
  });

  afterAll(async () => {
    for (const app of apps) await app.close();
  });

  async function read(shop: Shop, customer: TestCustomer, token: string) {
    return shop.app.http
      .get(`/v2/customers/${customer.id}`)
      .set(await shop.implicit())
      .set(HEADER, token);
  }

  /** A customer whose token both processes have just accepted. */
  async function knownCustomer(): Promise<{ customer: TestCustomer; token: string }> {
    const customer = await here.customer();
    const { token } = await here.login(customer);
    for (const shop of [here, there]) expect((await read(shop, customer, token)).status).toBe(200);
    return { customer, token };
  }

  async function expectRefusedEverywhere(customer: TestCustomer, token: string, reason: string): Promise<void> {
    const atOnce = await read(here, customer, token);
    expectError(atOnce, 'customer_token_invalid');
    expect(await here.app.log.ofRequest(String(atOnce.headers['x-request-id']))).toMatchObject({ reason });
    await aSecondLater(async () => {
      expectError(await read(there, customer, token), 'customer_token_invalid');
      // The same for a process that never saw the token, as both remember nothing of it now.
      expectError(await read(here, customer, token), 'customer_token_invalid');
    });
  }

  it('by the deletion of its customer, is refused', async () => {
    const { customer, token } = await knownCustomer();
    await here.app.http
      .delete(`/v2/customers/${customer.id}`)
      .set(await here.service())
      .expect(204);
    await expectRefusedEverywhere(customer, token, 'customer_gone');
  });

  it('by the deletion of its customer, never opens the account that registers the same email, or takes the same id, later', async () => {
    const { customer, token } = await knownCustomer();
    await here.app.http
      .delete(`/v2/customers/${customer.id}`)
      .set(await here.service())
      .expect(204);
    const anew = await here.customer({ id: customer.id, email: customer.email, name: 'Somebody Else' });

    expect(anew.id).toBe(customer.id);
    await expectRefusedEverywhere(anew, token, 'customer_gone');
    expect((await read(here, anew, (await here.login(anew)).token)).status).toBe(200);
  });

  it('by a new password that a service sets, is refused, and the new password gives a good one', async () => {
    const { customer, token } = await knownCustomer();
    const password = 'another horse battery';
    await here.app.http
      .put(`/v2/customers/${customer.id}`)
      .set(await here.service())
      .send({ data: { password } })
      .expect(200);

    await expectRefusedEverywhere(customer, token, 'revoked');
    expect((await read(there, customer, (await there.login({ ...customer, password })).token)).status).toBe(200);
  });

  it('by a new password that the customer sets, is refused, but the token that set it goes on', async () => {
    const { customer, token } = await knownCustomer();
    const { token: setting } = await here.login(customer);
    await here.app.http
      .put(`/v2/customers/${customer.id}`)
      .set(await here.implicit())
      .set(HEADER, setting)
      .send({ data: { password: 'another horse battery' } })
      .expect(200);

    await expectRefusedEverywhere(customer, token, 'revoked');
    for (const shop of [here, there]) expect((await read(shop, customer, setting)).status).toBe(200);
  });

  it('of one customer, leaves the tokens of all others good', async () => {
    const { customer: bob, token } = await knownCustomer();
    const { customer } = await knownCustomer();
    await here.app.http
      .delete(`/v2/customers/${customer.id}`)
      .set(await here.service())
      .expect(204);
    for (const shop of [here, there]) expect((await read(shop, bob, token)).status).toBe(200);
  });
});
