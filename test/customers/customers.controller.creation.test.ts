import argon2 from 'argon2';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

async function create(data: object, headers?: Record<string, string>) {
  return app.http
    .post('/v2/customers')
    .set(headers ?? (await shop.service()))
    .send({ data });
}

describe('POST /v2/customers', () => {
  it('answers 201 with the whole customer and stores it, when name, email and password are given', async () => {
    const email = uniqueEmail();
    const before = Date.now();

    const answer = await create({ type: 'customer', name: 'Ann Example', email, password: 'correct horse' });

    const after = Date.now();
    const { data } = answer.body as { data: { id: string; meta: { timestamps: { created_at: string } } } };
    const { created_at: createdAt } = data.meta.timestamps;
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      data: {
        id: expect.stringMatching(ID),
        type: 'customer',
        name: 'Ann Example',
        email,
        password: true,
        external_ref: null,
        authentication_mechanism: 'password',
        email_verified: false,
        meta: { timestamps: { created_at: expect.stringMatching(SECONDS), updated_at: createdAt } },
      },
    });
    const row = await storedCustomer(shop, data.id);
    expect(row).toEqual({
      store_id: shop.storeId,
      id: data.id,
      name: 'Ann Example',
      name_folded: 'ann example',
      email,
      email_canonical: email,
      email_domain: 'example.test',
      login_email: email,
      email_verified: false,
      external_ref: null,
      authentication_mechanism: 'password',
      password_hash: expect.stringMatching(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/),
      custom_members: {},
      created_at: row.updated_at,
      updated_at: row.created_at,
    });
    expect(await argon2.verify(row.password_hash ?? '', 'correct horse')).toBe(true);
    expect(row.created_at.getTime()).toBeGreaterThanOrEqual(before);
    expect(row.created_at.getTime()).toBeLessThanOrEqual(after);
    expect(createdAt).toBe(`${row.created_at.toISOString().slice(0, 19)}Z`);
  });

  it('answers a customer without a password as `password: false`, when none is given, and stores none', async () => {
    const answer = await create({ name: 'Ann', email: uniqueEmail() });

    expect(answer.status).toBe(201);
    const { data } = answer.body as { data: { id: string; password: boolean; authentication_mechanism: string } };
    expect(data.password).toBe(false);
    expect(data.authentication_mechanism).toBe('password');
    expect((await storedCustomer(shop, data.id)).password_hash).toBeNull();
  });

  it.each([
    ['left out', {}],
    ['customer', { type: 'customer' }],
    ['empty', { type: '' }],
    ['null', { type: null }],
  ])('takes a body whose type is %s', async (_, type) => {
    const answer = await create({ ...type, name: 'Ann', email: uniqueEmail() });

    expect(answer.status).toBe(201);
    expect((answer.body as { data: { type: string } }).data.type).toBe('customer');
  });

  it.each([
    ['text', 'CRM-1', 'CRM-1'],
    ['empty text', '', ''],
    ['null', null, null],
    ['2,048 characters', 'x'.repeat(2_048), 'x'.repeat(2_048)],
  ])('keeps the external reference, when it is %s', async (_, given, kept) => {
    const answer = await create({ name: 'Ann', email: uniqueEmail(), external_ref: given });

    expect(answer.status).toBe(201);
    const { data } = answer.body as { data: { id: string; external_ref: string | null } };
    expect(data.external_ref).toBe(kept);
    expect((await storedCustomer(shop, data.id)).external_ref).toBe(kept);
  });

  it.each([
    ['id', '018f3b2e-7a4c-7d10-8a51-5f7f7c1f2a11'],
    ['email_verified', true],
    ['external_ref', 'CRM-1'],
    ['external_ref', 5],
    ['loyalty_points', 1_000],
  ])(
    'ignores %s %s of a storefront, so that nobody is found or trusted by what they wrote of themselves',
    async (name, value) => {
      for (const headers of [await shop.implicit(), await shop.as(await shop.customer())]) {
        const answer = await create({ name: 'Ann', email: uniqueEmail(), [name]: value }, headers);

        expect(answer.status).toBe(201);
        const { data } = answer.body as { data: { id: string } };
        expect(data.id).not.toBe(value);
        expect(data).toMatchObject({ email_verified: false, external_ref: null });
        expect(await storedCustomer(shop, data.id)).toMatchObject({
          email_verified: false,
          external_ref: null,
          custom_members: {},
        });
      }
    },
  );

  it('keeps a name of any script, length and look as it is sent, if it stays on one line', async () => {
    for (const name of ['Ｚｏë 🦄 قيس', ' two  blanks ', 'x'.repeat(255), '<b>"&', "Robert'); DROP TABLE"]) {
      const answer = await create({ name, email: uniqueEmail() });
      const { id } = (answer.body as { data: { id: string } }).data;
      const read = await app.http.get(`/v2/customers/${id}`).set(await shop.service());
      expect((read.body as { data: { name: string } }).data.name).toBe(name);
    }
  });

  it('creates a customer for a storefront that nobody is logged in to', async () => {
    const email = uniqueEmail();

    const answer = await create({ type: 'customer', name: 'Ann', email, password: '12345678' }, await shop.implicit());

    expect(answer.status).toBe(201);
    const { data } = answer.body as { data: { id: string; email: string; password: boolean } };
    expect(data).toMatchObject({ email, password: true });
    expect((await storedCustomer(shop, data.id)).login_email).toBe(email);
  });

  it('never looks at the customer token, so that a stale one does not block a registration', async () => {
    for (const token of ['', 'undefined', 'stale', 'a.b.c']) {
      for (const credentials of [await shop.implicit(), await shop.service()]) {
        const answer = await create(
          { name: 'Ann', email: uniqueEmail() },
          { ...credentials, 'x-moltin-customer-token': token },
        );
        expect(answer.status).toBe(201);
      }
    }
  });

  it('answers 403 and stores nothing, when the store registers customers with client credentials only', async () => {
    const closed = await givenShop(app, { registration: 'client_credentials' });
    const data = { name: 'Ann', email: uniqueEmail(), password: '12345678' };

    const refused = await create(data, await closed.implicit());
    expectError(refused, 'forbidden', [{ detail: 'This store registers customers with client credentials only.' }]);
    expect(await countRows(closed, 'customers')).toBe(0);

    expect((await create(data, await closed.service())).status).toBe(201);
    expect(await countRows(closed, 'customers')).toBe(1);
  });

  it('answers 409 with the whole error and leaves the first customer alone, when the email is taken', async () => {
    const ann = await shop.customer();
    const row = await storedCustomer(shop, ann.id);
    const count = await countRows(shop, 'customers');

    for (const credentials of [await shop.service(), await shop.implicit()]) {
      const data = { type: 'customer', name: 'Eve', email: ann.email.toUpperCase(), password: 'another one' };
      const answer = await create(data, credentials);
      expectError(answer, 'email_taken', [
        { title: 'Duplicate email', detail: 'This email is already in use by another customer.' },
      ]);
      expect(answer.status).toBe(409);
    }
    expect(await storedCustomer(shop, ann.id)).toEqual(row);
    expect(await countRows(shop, 'customers')).toBe(count);
  });

  it('takes the same email in another store, and the two customers know nothing of each other', async () => {
    const ann = await shop.customer();
    const elsewhere = await givenShop(app);

    const twin = await elsewhere.customer({ email: ann.email, name: 'Other Ann' });

    expect(twin.email).toBe(ann.email);
    expect(await countRows(elsewhere, 'customers')).toBe(1);
    expect((await app.http.get(`/v2/customers/${ann.id}`).set(await elsewhere.service())).status).toBe(404);
    expect((await app.http.get(`/v2/customers/${twin.id}`).set(await shop.service())).status).toBe(404);
  });

  it('logs who was created, by id and masked email, and nothing else of the body', async () => {
    const email = uniqueEmail();

    const answer = await create({ name: 'Ann Unlogged', email, password: 'unlogged password' });

    const { id } = (answer.body as { data: { id: string } }).data;
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toEqual({
      level: 30,
      time: expect.any(String),
      service: 'gatehouse',
      request_id: answer.headers['x-request-id'],
      method: 'POST',
      route: '/v2/customers',
      status: 201,
      ms: expect.any(Number),
      address: '127.0.0.1',
      key_id: shop.key.keyId,
      store_id: shop.storeId,
      customer_id: id,
      email: 'a***@example.test',
      events: ['customer_created'],
      msg: 'request',
    });
  });
});
