import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AddressResource } from '../../src/addresses/addresses.contract.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { AddressBook, bareAddress, expectFaults, storedAddresses } from './address-book.js';

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;
let book: AddressBook;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app, { addressLimit: 1_000 });
  customer = await shop.customer();
  book = await AddressBook.asService(shop, customer);
});

async function created(members: Record<string, unknown>): Promise<AddressResource> {
  const answer = await book.post({ ...addressMembers, ...members });
  expect(answer.status).toBe(201);
  return (answer.body as { data: AddressResource }).data;
}

/** It is told these faults, and nothing is stored. */
async function expectRefused(members: Record<string, unknown>, ...faults: string[]): Promise<void> {
  const before = await storedAddresses(shop);
  expectFaults(await book.post({ ...addressMembers, ...members }), ...faults);
  expect(await storedAddresses(shop)).toEqual(before);
}

describe('the members of a new address', () => {
  it('are all kept as they are given', async () => {
    const members = {
      type: 'address',
      name: 'Höme 😀',
      first_name: 'Zoë',
      last_name: "O'Brien; DROP TABLE addresses",
      phone_number: '+44 (0) 20 7946 0000',
      company_name: '<b>Company</b>',
      line_1: ' 1  Road ',
      line_2: '\n',
      city: '東京',
      county: 'Shire',
      region: 'Region',
      postcode: 'zz1 1zz',
      country: 'United Kingdom',
      instructions: 'Leave behind the bins.',
    };
    const data = await created(members);
    expect(data).toMatchObject({ ...members, post_code: 'zz1 1zz' });
    expect((await book.get(data.id)).body).toEqual({ data });
  });

  it.each(['name', 'company_name', 'phone_number', 'line_2', 'city', 'region', 'instructions'])(
    'may lack %s, which is then empty text, as it is for null and empty text',
    async (member) => {
      for (const value of [undefined, null, '']) {
        expect(await created({ [member]: value })).toMatchObject(bareAddress);
      }
    },
  );

  it.each([
    [5_551_234, '5551234'],
    [0, '0'],
    [-1, '-1'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ])('may have a number as phone_number, which is kept as text: %s', async (given, kept) => {
    expect(await created({ phone_number: given })).toMatchObject({ phone_number: kept });
  });

  it.each([1.5, 2 ** 60, true, {}, ['1']])('may have nothing else as phone_number: %j', async (given) => {
    await expectRefused({ phone_number: given }, 'phone_number must be a string');
  });

  it.each(['address', '', null, undefined])('may have the type %j', async (type) => {
    expect(await created({ type })).toMatchObject({ type: 'address' });
  });

  it.each(['customer', 'Address', 1])('may not have the type %j', async (type) => {
    await expectRefused({ type }, 'type is not an allowed value');
  });

  it('may be 255 characters long, instructions 2,048, whatever the characters', async () => {
    const limits = Object.entries(addressMembers).filter(([name]) => name !== 'type');
    const long = Object.fromEntries(limits.map(([name]) => [name, 'é'.repeat(255)]));
    const data = await created({ ...long, name: '字'.repeat(255), instructions: 'i'.repeat(2_048) });
    expect(data).toMatchObject({ ...long, name: '字'.repeat(255), instructions: 'i'.repeat(2_048) });
  });

  it.each([
    'name',
    'first_name',
    'last_name',
    'phone_number',
    'company_name',
    'line_1',
    'line_2',
    'city',
    'county',
    'region',
    'postcode',
    'country',
  ])('may not be longer: %s', async (member) => {
    await expectRefused({ [member]: 'x'.repeat(256) }, `${member} must not be longer than 255 characters`);
  });

  it('may not have longer instructions', async () => {
    await expectRefused({ instructions: 'x'.repeat(2_049) }, 'instructions must not be longer than 2048 characters');
  });
});

describe('members that a caller may not set', () => {
  it('are ignored and never stored', async () => {
    const other = await shop.customer();
    const foreign = {
      customer_id: other.id,
      customerId: other.id,
      store_id: randomUUID(),
      storeId: randomUUID(),
      links: { self: 'https://evil.test' },
      meta: { timestamps: { created_at: '2001-01-01T00:00:00Z', updated_at: '2001-01-01T00:00:00Z' } },
      created_at: '2001-01-01T00:00:00Z',
      createdAt: '2001-01-01T00:00:00Z',
      updated_at: '2001-01-01T00:00:00Z',
      relationships: { customer: { data: { type: 'customer', id: other.id } } },
      firstName: 'Eve',
      line1: 'Elsewhere',
      custom: { any: 'thing' },
    };
    const data = await created(foreign);
    expect(data).toMatchObject({ ...bareAddress, relationships: { customer: { data: { id: customer.id } } } });
    expect(Object.keys(data)).not.toContain('custom');
    expect(data.meta.timestamps.created_at.slice(0, 4)).not.toBe('2001');
    const row = (await storedAddresses(shop)).find(({ id }) => id === data.id);
    expect(row).toMatchObject({ store_id: shop.storeId, customer_id: customer.id, first_name: 'Ann' });
    expect(JSON.stringify(row)).not.toMatch(/Eve|Elsewhere|thing/);
  });
});

describe('an id that the writer brings', () => {
  it('is taken from a service, in lower case', async () => {
    const id = randomUUID();
    const data = await created({ id: id.toUpperCase() });
    expect(data.id).toBe(id);
    expect(data.links.self).toBe(`https://id.shop.example/v2/addresses/${id}`);
    expect((await book.get(id)).body).toEqual({ data });
  });

  it('is 409 where it is in use in the store, also by another customer, and changes nothing', async () => {
    const { id } = await book.given();
    const before = await storedAddresses(shop);
    const other = await AddressBook.asService(shop, await shop.customer());
    expectError(await book.post({ ...addressMembers, id }), 'id_taken');
    expectError(await other.post({ ...addressMembers, id: id.toUpperCase() }), 'id_taken');
    expect(await storedAddresses(shop)).toEqual(before);
  });

  it('may be in use in another store, and each store sees its own', async () => {
    const { id } = await book.given({ name: 'Here' });
    const elsewhere = await givenShop(app);
    const there = await AddressBook.asService(elsewhere, await elsewhere.customer());
    expect((await there.post({ ...addressMembers, id, name: 'There' })).status).toBe(201);
    expect((await book.byLink(id)).body).toMatchObject({ data: { id, name: 'Here' } });
    expect((await there.byLink(id)).body).toMatchObject({ data: { id, name: 'There' } });
  });

  it.each(['', null])('counts as absent where it is %j', async (id) => {
    const data = await created({ id });
    expect(data.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(['x', '123', 'urn:uuid:0190a5d4-1111-7222-8333-abcdefabcdef'])('is 400 where it is %j', async (id) => {
    await expectRefused({ id }, 'id must be a valid UUID');
  });

  it('is ignored from a shopper, whatever it is', async () => {
    const { id: taken } = await book.given();
    const before = await storedAddresses(shop);
    const shopper = await AddressBook.asShopper(shop, customer);
    for (const id of [randomUUID(), taken, 'x', 7, {}, '', null]) {
      const answer = await shopper.post({ ...addressMembers, id });
      expect(answer.status).toBe(201);
      expect((answer.body as { data: AddressResource }).data.id).not.toBe(id);
    }
    expect(await storedAddresses(shop)).toHaveLength(before.length + 7);
  });
});
