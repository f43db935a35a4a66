import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { countRows, givenCustomerOfSingleSignOn, givenCustomerToken, storedCustomer } from '../harness/stored-rows.js';

let app: TestApp;
/** By whether the store demands the current password. */
let shops: Record<'lenient' | 'strict', Shop>;

beforeAll(async () => {
  app = await sharedApp();
  shops = {
    lenient: await givenShop(app),
    strict: await givenShop(app, { requireCurrentPassword: true }),
  };
});

const REQUIRED = [{ detail: 'The data.current_password field is required.' }];

/** The three things that a store may guard by the current password, with what they need beside it. */
const SENSITIVE: [what: string, change: (current: object) => { method: 'put' | 'delete'; data: object }][] = [
  ['a new password', (current) => ({ method: 'put', data: { password: 'a new password', ...current } })],
  ['a new email', (current) => ({ method: 'put', data: { email: uniqueEmail(), ...current } })],
  ['both', (current) => ({ method: 'put', data: { email: uniqueEmail(), password: 'a new password', ...current } })],
  ['the deletion', (current) => ({ method: 'delete', data: current })],
];

async function send(
  customer: { id: string },
  { method, data }: { method: 'put' | 'delete'; data: object },
  headers: Record<string, string>,
) {
  return app.http[method](`/v2/customers/${customer.id}`).set(headers).send({ data });
}

function done(method: 'put' | 'delete'): number {
  return method === 'put' ? 200 : 204;
}

/** Expects the error and that nothing of the customer has changed, their tokens included. */
async function expectRefused(
  shop: Shop,
  customer: TestCustomer,
  attempt: () => Promise<Parameters<typeof expectError>[0]>,
  code: 'current_password_invalid' | 'validation_failed',
  entries = [{}],
): Promise<void> {
  const row = await storedCustomer(shop, customer.id);
  const answer = await attempt();
  expectError(answer, code, entries);
  expect(await storedCustomer(shop, customer.id)).toEqual(row);
  expect((await shop.login(customer)).token.split('.')).toHaveLength(3);
}

describe.each(SENSITIVE)('%s, asked for by the customer', (_, change) => {
  it('needs no current password, when the store does not demand it', async () => {
    const ann = await shops.lenient.customer();
    for (const current of [{}, { current_password: '' }, { current_password: null }]) {
      const bob = await shops.lenient.customer();
      expect((await send(bob, change(current), await shops.lenient.as(bob))).status).toBe(done(change({}).method));
    }
    expect((await storedCustomer(shops.lenient, ann.id)).email).toBe(ann.email);
  });

  it('is 422 without the current password, when the store demands it', async () => {
    const ann = await shops.strict.customer();
    const own = await shops.strict.as(ann);
    for (const current of [{}, { current_password: '' }, { current_password: null }]) {
      await expectRefused(shops.strict, ann, () => send(ann, change(current), own), 'validation_failed', REQUIRED);
    }
  });

  it.each(['lenient', 'strict'] as const)(
    'is 403 with a wrong current password, when the store is %s',
    async (kind) => {
      const ann = await shops[kind].customer();
      const own = await shops[kind].as(ann);
      for (const current of ['wrong horse battery', ` ${ann.password}`, 'x']) {
        const attempt = () => send(ann, change({ current_password: current }), own);
        await expectRefused(shops[kind], ann, attempt, 'current_password_invalid');
      }
      const answer = await send(ann, change({ current_password: 'wrong' }), own);
      const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
      expect(line).toMatchObject({ code: 'current_password_invalid', reason: 'password_wrong', customer_id: ann.id });
      expect(line['events']).toEqual(['current_password_refused']);
    },
  );

  it.each(['lenient', 'strict'] as const)(
    'is done with the right current password, when the store is %s',
    async (kind) => {
      const ann = await shops[kind].customer();
      const request = change({ current_password: ann.password });

      const answer = await send(ann, request, await shops[kind].as(ann));

      expect(answer.status).toBe(done(request.method));
      expect(answer.text).not.toContain('current_password');
    },
  );

  it('is 422, when the current password is no text', async () => {
    const ann = await shops.lenient.customer();
    const own = await shops.lenient.as(ann);
    for (const current of [12_345_678, true, ['x'], { contains: '' }]) {
      const attempt = () => send(ann, change({ current_password: current }), own);
      await expectRefused(shops.lenient, ann, attempt, 'validation_failed', [
        { detail: 'The data.current_password must be a string.' },
      ]);
    }
    const long = () => send(ann, change({ current_password: 'x'.repeat(1_025) }), own);
    await expectRefused(shops.lenient, ann, long, 'validation_failed', [
      { detail: 'The data.current_password may not be greater than 1024 bytes.' },
    ]);
  });

  it('needs none of a customer without a password, even when the store demands it, and one that is sent is wrong', async () => {
    const shop = shops.strict;
    const sam = { id: newId(), email: uniqueEmail(), name: 'Sam Sign-On' };
    await givenCustomerOfSingleSignOn(shop, sam);
    const token = await givenCustomerToken(shop, sam);
    const own = { ...(await shop.implicit()), 'x-moltin-customer-token': token };

    const guessed = await send(sam, change({ current_password: 'any guess' }), own);
    expectError(guessed, 'current_password_invalid');
    const line = await app.log.ofRequest(String(guessed.headers['x-request-id']));
    expect(line).toMatchObject({ reason: 'password_not_set' });
    expect((await storedCustomer(shop, sam.id)).password_hash).toBeNull();

    const request = change({});
    expect((await send(sam, request, own)).status).toBe(done(request.method));
  });

  it('needs none under client credentials, and never looks at one that is sent', async () => {
    const ann = await shops.strict.customer();
    const request = change({ current_password: 'wrong' });

    expect((await send(ann, request, await shops.strict.service())).status).toBe(done(request.method));
  });

  it('needs it under client credentials too, when a customer token narrows them', async () => {
    const ann = await shops.strict.customer();
    const headers = { ...(await shops.strict.as(ann)), ...(await shops.strict.service()) };

    await expectRefused(shops.strict, ann, () => send(ann, change({}), headers), 'validation_failed', REQUIRED);
  });
});

describe('what the current password does not guard', () => {
  it('is changed without it, also where the store demands it: the name, and the email sent back as it is', async () => {
    const shop = shops.strict;
    const ann = await shop.customer();

    const data = { name: 'Ann Renamed', email: ann.email.toUpperCase(), password: '' };
    const answer = await send(ann, { method: 'put', data }, await shop.as(ann));

    expect(answer.status).toBe(200);
    expect(await storedCustomer(shop, ann.id)).toMatchObject({
      name: 'Ann Renamed',
      login_email: ann.email,
    });
  });

  it('is 403 all the same, when a wrong one is sent', async () => {
    const shop = shops.lenient;
    const ann = await shop.customer();
    const attempt = async () =>
      send(ann, { method: 'put', data: { name: 'Eve', current_password: 'wrong' } }, await shop.as(ann));

    await expectRefused(shop, ann, attempt, 'current_password_invalid');
  });

  it('is not looked at in a deletion with client credentials, whatever it is', async () => {
    const shop = shops.strict;
    const ann = await shop.customer();
    const answer = await send(ann, { method: 'delete', data: { current_password: 123 } }, await shop.service());
    expect(answer.status).toBe(204);
    await expect(storedCustomer(shop, ann.id)).rejects.toThrow(/no customer/);
  });

  it('is never kept: a current password is stored nowhere, also under client credentials', async () => {
    const shop = shops.lenient;
    const ann = await shop.customer();
    const customers = await countRows(shop, 'customers');

    await send(ann, { method: 'put', data: { name: 'A', current_password: ann.password } }, await shop.as(ann));
    await send(ann, { method: 'put', data: { name: 'A', current_password: ann.password } }, await shop.service());

    expect((await storedCustomer(shop, ann.id)).custom_members).toEqual({});
    expect(JSON.stringify(await storedCustomer(shop, ann.id))).not.toContain(ann.password);
    expect(await countRows(shop, 'customers')).toBe(customers);
  });
});
