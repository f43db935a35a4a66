import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { CustomersService } from '../../src/customers/customers.service.js';
import { AppError } from '../../src/errors/app-error.js';
import { customerInPath, type RequestScope } from '../../src/scope/request-scope.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

let app: TestApp;
let shop: Shop;
let ann: TestCustomer;
let bob: TestCustomer;
/** As of a request with Ann's customer token. */
let annsScope: RequestScope;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  ann = await shop.customer();
  bob = await shop.customer();
  const { storeId } = shop;
  annsScope = {
    storeId,
    keyId: shop.key.keyId,
    credential: 'customer',
    customer: { storeId, customerId: ann.id, tokenId: newId(), issuedAt: 0, expiresAt: 1 },
    origin: { requestId: 'request', clientAddress: '192.0.2.1', recorded: () => undefined },
  };
});

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (cause) {
    return cause instanceof AppError ? cause.code : String(cause);
  }
}

/** Three locks hold a customer token to its customer. Each is tried here without the others. */
describe('the customer of a path, under a customer token', () => {
  it('is refused by the guard for another customer, before the body is looked at', async () => {
    const own = await shop.as(ann);
    const answer = await app.http
      .put(`/v2/customers/${bob.id}`)
      .set(own)
      .send({ data: { name: 7 } });
    expectError(answer, 'customer_forbidden');
  });

  it('is refused by the scope for another customer, an unknown one and text that is no id, all alike', () => {
    expect(customerInPath(annsScope, ann.id.toUpperCase())).toBe(ann.id);
    for (const text of [bob.id, newId(), 'no id', '']) {
      expect(codeOf(() => customerInPath(annsScope, text))).toBe('customer_forbidden');
    }
    const { storeId } = annsScope;
    expect(customerInPath({ storeId, customer: null }, bob.id)).toBe(bob.id);
    expect(codeOf(() => customerInPath({ storeId, customer: null }, 'no id'))).toBe('customer_not_found');
  });

  it('is not there for a query that asks for another one', async () => {
    const customers = app.nest.get(CustomersService, { strict: false });
    expect((await customers.get(annsScope, ann.id)).id).toBe(ann.id);
    await expect(customers.get(annsScope, bob.id)).rejects.toMatchObject({ code: 'customer_not_found' });
    const change = { name: 'Mallory', email: undefined, password: undefined, current_password: undefined };
    const write = customers.update(annsScope, bob.id, { ...change, email_verified: undefined }, {});
    await expect(write).rejects.toMatchObject({ code: 'customer_not_found' });
    await expect(customers.remove(annsScope, bob.id, undefined)).rejects.toMatchObject({ code: 'customer_not_found' });
    const row = await app.database.prisma.customer.findFirstOrThrow({ where: { storeId: shop.storeId, id: bob.id } });
    expect(row.name).toBe(bob.name);
  });
});
