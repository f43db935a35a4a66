import { randomUUID } from 'node:crypto';
import argon2 from 'argon2';
import { afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { countRows, givenCustomerOfSingleSignOn, storedCustomer } from '../harness/stored-rows.js';

let app: TestApp;
let shop: Shop;
let implicit: Record<string, string>;
let ann: TestCustomer;
let withoutPassword: TestCustomer;
let ofSingleSignOn: string;
let verifications: MockInstance<typeof argon2.verify>;
let hashings: MockInstance<typeof argon2.hash>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  implicit = await shop.implicit();
  ann = await shop.customer();
  withoutPassword = await shop.customer({ password: null });
  ofSingleSignOn = uniqueEmail();
  await givenCustomerOfSingleSignOn(shop, { id: newId(), email: ofSingleSignOn });
});

beforeEach(() => {
  verifications = vi.spyOn(argon2, 'verify');
  hashings = vi.spyOn(argon2, 'hash');
});

afterEach(() => {
  verifications.mockRestore();
  hashings.mockRestore();
});

async function login(email: string, password: string, requestId: string = randomUUID()) {
  return app.http
    .post('/v2/customers/tokens')
    .set({ ...implicit, 'x-request-id': requestId })
    .send({ data: { type: 'token', email, password } });
}

/** The parameters that a hash was checked with: what the work cost. */
function costs(): unknown[] {
  return verifications.mock.calls.map(([hash]) => hash.split('$').slice(0, 4).join('$'));
}

async function store(passwordHash: string): Promise<TestCustomer> {
  const customer = await shop.customer();
  const where = { storeId_id: { storeId: shop.storeId, id: customer.id } };
  await app.database.prisma.customer.update({ where, data: { passwordHash } });
  return customer;
}

/** Each kind of refusal: the attempt, and the reason that only the log is told. */
const KINDS: [kind: string, attempt: () => [email: string, password: string], reason: string][] = [
  ['an unknown email', () => [uniqueEmail(), ann.password], 'email_unknown'],
  ['a wrong password', () => [ann.email, 'wrong horse battery'], 'password_wrong'],
  ['a customer without a password', () => [withoutPassword.email, ann.password], 'password_not_set'],
  ['a customer of single sign-on', () => [ofSingleSignOn, ann.password], 'email_unknown'],
  ['text that is no email', () => ['not an email', ann.password], 'email_unknown'],
  ['a password of the right one and more', () => [ann.email, `${ann.password} `], 'password_wrong'],
  ['the stored hash as password', () => [ann.email, '$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA'], 'password_wrong'],
];

describe('a refused login', () => {
  it.each(KINDS)(
    'answers 404 and the one body, after exactly one hash of the usual cost, for %s',
    async (_, attempt, reason) => {
      const tokens = await countRows(shop, 'customer_tokens');

      const answer = await login(...attempt());

      expectError(answer, 'credentials_invalid', [
        { title: 'Not Found', detail: 'No customer matches this email and password.' },
      ]);
      expect(answer.status).toBe(404);
      expect(costs()).toEqual(['$argon2id$v=19$m=8,t=1,p=1']);
      expect(hashings).not.toHaveBeenCalled();
      expect(await countRows(shop, 'customer_tokens')).toBe(tokens);
      const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
      expect(line).toMatchObject({ status: 404, code: 'credentials_invalid', reason, events: ['login_failed'] });
      expect(JSON.stringify(line)).not.toContain(ann.password);
    },
  );

  it('answers every kind with the same bytes and the same headers', async () => {
    const answers = [];
    for (const [, attempt] of KINDS) answers.push(await login(...attempt(), 'same-for-all'));

    const [first] = answers;
    for (const { text, headers } of answers) {
      expect(text).toBe(first?.text);
      expect({ ...headers, date: '' }).toEqual({ ...first?.headers, date: '' });
    }
  });

  it('is not refused, when the same customer gives the right password, after one hash as well', async () => {
    expect((await login(ann.email, ann.password)).status).toBe(200);
    expect(costs()).toEqual(['$argon2id$v=19$m=8,t=1,p=1']);
  });
});

describe('a stored hash that is none', () => {
  const DAMAGED: [what: string, hash: string][] = [
    ['empty', ''],
    ['plain text', 'correct horse battery'],
    ['of another algorithm', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['of another variant', '$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A'],
    ['cut off', '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ'],
    [
      'of parameters that no hash has',
      '$argon2id$v=19$m=8,t=0,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
    ],
    [
      'of less memory than lanes need',
      '$argon2id$v=19$m=19,t=1,p=9$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
    ],
    [
      'of all memory there is',
      '$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
    ],
    ['without parameters', '$argon2id$v=19$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A'],
    ['of another encoding', '$argon2id$v=19$m=8,t=1,p=1$!!!!!!!!!!!!$!!!!!!!!!!!!!!!!!!!!!!'],
  ];

  it.each(DAMAGED)(
    'is answered as a wrong password after the same work, and alerts, when it is %s',
    async (_, hash) => {
      const customer = await store(hash);

      const answer = await login(customer.email, customer.password);
      const asPassword = hash === '' ? answer : await login(customer.email, hash);

      for (const refused of [answer, asPassword]) expectError(refused, 'credentials_invalid');
      expect(new Set(costs())).toEqual(new Set(['$argon2id$v=19$m=8,t=1,p=1']));
      expect(verifications).toHaveBeenCalledTimes(hash === '' ? 1 : 2);
      const requestId = String(answer.headers['x-request-id']);
      const line = await app.log.ofRequest(requestId);
      const ofThisRequest = app.log.entries().filter(({ request_id: id }) => id === requestId);
      const [alert, ...others] = ofThisRequest.filter(({ msg }) => msg !== 'request');
      expect(others).toEqual([]);
      expect(alert).toMatchObject({
        level: 50,
        msg: 'stored password hash is unusable',
        store_id: shop.storeId,
        customer_id: customer.id,
      });
      expect(line).toMatchObject({ level: 30, status: 404, reason: 'password_unusable' });
      expect(JSON.stringify([alert, line])).not.toMatch(/stack|argon2|c29tZXNhbHQ/);
      expect((await storedCustomer(shop, customer.id)).password_hash).toBe(hash);
    },
  );

  it('is mended by a new password', async () => {
    const customer = await store('damaged');
    const answer = await app.http
      .put(`/v2/customers/${customer.id}`)
      .set(await shop.service())
      .send({ data: { password: 'a new password' } });

    expect(answer.status).toBe(200);
    expect((await login(customer.email, 'a new password')).status).toBe(200);
  });

  it('is a wrong current password too', async () => {
    const customer = await shop.customer();
    const own = await shop.as(customer);
    const where = { storeId_id: { storeId: shop.storeId, id: customer.id } };
    await app.database.prisma.customer.update({ where, data: { passwordHash: 'damaged' } });

    const answer = await app.http
      .put(`/v2/customers/${customer.id}`)
      .set(own)
      .send({ data: { password: 'a new password', current_password: customer.password } });

    expectError(answer, 'current_password_invalid');
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ reason: 'password_unusable' });
    expect((await storedCustomer(shop, customer.id)).password_hash).toBe('damaged');
  });
});
