import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';

let app: TestApp;
let shop: Shop;
let ann: TestCustomer;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  ann = await shop.customer();
});

/** Each sentence is an entry of its own, in this order. */
type Case = [fault: string, members: Record<string, unknown>, ...sentences: string[]];

/** Faults of members that both writes take; whatever else a create needs is there. */
const WRITTEN: Case[] = [
  ['the name is empty', { name: '' }, 'The data.name field is required.'],
  ['the name is null', { name: null }, 'The data.name field is required.'],
  ['the name is a number', { name: 7 }, 'The data.name must be a string.'],
  ['the name is an object', { name: { contains: '' } }, 'The data.name must be a string.'],
  ['the name is too long', { name: 'x'.repeat(256) }, 'The data.name may not be greater than 255 characters.'],
  ['the email is empty', { email: '' }, 'The data.email field is required.'],
  ['the email is null', { email: null }, 'The data.email field is required.'],
  ['the email is a list', { email: ['a@b.test'] }, 'The data.email must be a string.'],
  ['the email is an operator', { email: { contains: '' } }, 'The data.email must be a string.'],
  ['the email has no at sign', { email: 'ann.example.test' }, 'The data.email must be a valid email address.'],
  ['the email is blank', { email: '   ' }, 'The data.email must be a valid email address.'],
  [
    'the email is too long',
    { email: `${'x'.repeat(60)}@${'y'.repeat(60)}.${'y'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(12)}.test` },
    'The data.email may not be greater than 254 characters.',
  ],
  ['the password is short', { password: '1234567' }, 'The data.password must be at least 8 characters.'],
  ['the password is a number', { password: 12_345_678 }, 'The data.password must be a string.'],
  [
    'the password is too long',
    { password: 'x'.repeat(1_025) },
    'The data.password may not be greater than 1024 bytes.',
  ],
  ['the type is wrong', { type: 'customers' }, 'The selected data.type is invalid.'],
  ['the type is another resource', { type: 'address' }, 'The selected data.type is invalid.'],
  ['the type is in capitals', { type: 'Customer' }, 'The selected data.type is invalid.'],
  ['the type is a number', { type: 1 }, 'The selected data.type is invalid.'],
  ['the type is a list', { type: ['customer'] }, 'The selected data.type is invalid.'],
  ['the reference is a number', { external_ref: 5 }, 'The data.external_ref must be a string.'],
  [
    'the reference is too long',
    { external_ref: 'x'.repeat(2_049) },
    'The data.external_ref may not be greater than 2048 characters.',
  ],
  ['the email is verified by text', { email_verified: 'true' }, 'The data.email_verified must be true or false.'],
  [
    'every member is wrong',
    { type: 'x', name: 1, email: 'x', password: 'short', external_ref: [], email_verified: 1 },
    'The selected data.type is invalid.',
    'The data.name must be a string.',
    'The data.email must be a valid email address.',
    'The data.external_ref must be a string.',
    'The data.email_verified must be true or false.',
    'The data.password must be at least 8 characters.',
  ],
];

const CREATED: Case[] = [
  ['there is no member', {}, 'The data.name field is required.', 'The data.email field is required.'],
  ['there is no name', { name: undefined }, 'The data.name field is required.'],
  ['the password is true, as answers show it', { password: true }, 'The data.password must be a string.'],
  ['there is no email', { email: undefined }, 'The data.email field is required.'],
  ['the id is no UUID', { id: 'customer-1' }, 'The data.id must be a valid UUID.'],
  ['the id is a number', { id: 1 }, 'The data.id must be a string.'],
];

const UPDATED: Case[] = [
  ['the current password is a number', { current_password: 1 }, 'The data.current_password must be a string.'],
  [
    'the current password is too long',
    { current_password: 'x'.repeat(1_025) },
    'The data.current_password may not be greater than 1024 bytes.',
  ],
];

/** Whole bodies that hold no object where one is due. */
const BODIES: [fault: string, body: string, sentence: string][] = [
  ['there is no data', '{}', 'The data field is required.'],
  ['the members are not below data', '{"name":"Ann","email":"ann@example.test"}', 'The data field is required.'],
  ['the data is null', '{"data":null}', 'The data field is required.'],
  ['the data is text', '{"data":"customer"}', 'The data must be an object.'],
  ['the data is a list', '{"data":[{"name":"Ann"}]}', 'The data must be an object.'],
  ['the body is null', 'null', 'The data field is required.'],
  ['the body is a list', '[]', 'The data field is required.'],
  ['the body is text', '"x"', 'The data field is required.'],
  ['the body is empty', '', 'The data field is required.'],
];

describe('POST /v2/customers', () => {
  it.each([...CREATED, ...WRITTEN])(
    'answers 422 with one entry per fault and stores nothing, when %s',
    async (fault, members, ...sentences) => {
      const complete = fault === 'there is no member' ? {} : { name: 'Ann', email: uniqueEmail() };
      const count = await countRows(shop, 'customers');

      const answer = await app.http
        .post('/v2/customers')
        .set(await shop.service())
        .send({ data: { ...complete, ...members } });

      expectFaults(answer, sentences);
      expect(await countRows(shop, 'customers')).toBe(count);
    },
  );

  it.each(BODIES)('answers 422, when %s', async (_, body, sentence) => {
    const answer = await app.http
      .post('/v2/customers')
      .set(await shop.service())
      .type('json')
      .send(body);

    expectFaults(answer, [sentence]);
  });

  it('never repeats a value of the body in an error', async () => {
    const data = { name: 42_424_242, email: 'secret-mail', password: 's3cr3t', type: 'secret-type', id: 'secret-id' };

    const answer = await app.http
      .post('/v2/customers')
      .set(await shop.service())
      .send({ data });

    expect(answer.status).toBe(422);
    expect((answer.body as { errors: unknown[] }).errors).toHaveLength(5);
    expect(answer.text).not.toMatch(/42424242|secret|s3cr3t/);
  });
});

describe('PUT /v2/customers/:id', () => {
  it.each([...UPDATED, ...WRITTEN])(
    'answers 422 with one entry per fault and changes nothing, when %s',
    async (_, members, ...sentences) => {
      const row = await storedCustomer(shop, ann.id);

      const answer = await app.http
        .put(`/v2/customers/${ann.id}`)
        .set(await shop.service())
        .send({ data: { external_ref: 'other', ...members } });

      expectFaults(answer, sentences);
      expect(await storedCustomer(shop, ann.id)).toEqual(row);
    },
  );

  it.each(BODIES)('answers 422, when %s', async (_, body, sentence) => {
    const answer = await app.http
      .put(`/v2/customers/${ann.id}`)
      .set(await shop.service())
      .type('json')
      .send(body);

    expectFaults(answer, [sentence]);
  });
});

function expectFaults(answer: Parameters<typeof expectError>[0], sentences: readonly string[]): void {
  expectError(
    answer,
    'validation_failed',
    sentences.map((detail) => ({ title: 'Failed Validation', detail })),
  );
  expect(answer.status).toBe(422);
}
