import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { AddressBook, storedAddresses } from './address-book.js';

const LIMIT = 25;

/** Two processes on one database, as far as the database can tell. */
let one: TestApp;
let other: TestApp;
let shop: Shop;

beforeAll(async () => {
  one = await startApp({ tokenSigningAlg: 'ES256' });
  other = await startApp({ tokenSigningAlg: 'ES256', databaseUrl: one.config.databaseUrl });
});
afterAll(async () => {
  await one.close();
  await other.close();
});

async function givenBook(): Promise<{ customer: TestCustomer; book: AddressBook }> {
  shop = await givenShop(one, { addressLimit: LIMIT });
  const customer = await shop.customer();
  return { customer, book: await AddressBook.asShopper(shop, customer) };
}

describe('the address limit of a store', () => {
  it('holds when 50 addresses are created at once through two processes: 25 are, 25 are told', async () => {
    const { customer, book } = await givenBook();
    const headers = await shop.as(customer);
    const through = [book, new AddressBook(other, customer.id, headers)] as const;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        through[index % 2 === 0 ? 0 : 1].post({ ...addressMembers, name: `${index}` }),
      ),
    );
    const created = answers.filter(({ status }) => status === 201);
    expect(created).toHaveLength(LIMIT);
    for (const answer of answers.filter(({ status }) => status !== 201)) expectError(answer, 'address_limit_reached');
    const ids = created.map(({ body }) => (body as { data: { id: string } }).data.id);
    expect((await storedAddresses(shop)).map(({ id }) => id)).toEqual(ids.sort());
  });

  it('is exact: the last address fits, the next does not, whoever adds it', async () => {
    const { customer, book } = await givenBook();
    for (let count = 0; count < LIMIT; count += 1) await book.given();
    expectError(await book.post(addressMembers), 'address_limit_reached');
    expectError(await (await AddressBook.asService(shop, customer)).post(addressMembers), 'address_limit_reached');
    expect(await storedAddresses(shop)).toHaveLength(LIMIT);
  });

  it('comes second to faults of the body and to an id that is there: whoever loads addresses again is told which are', async () => {
    const { customer, book } = await givenBook();
    const service = await AddressBook.asService(shop, customer);
    const { id } = await book.given();
    for (let count = 1; count < LIMIT; count += 1) await book.given();
    expectError(await service.post({ ...addressMembers, id, line_1: '' }), 'member_invalid', [
      { source: 'data', title: 'required', detail: 'line_1 is required' },
    ]);
    expectError(await service.post({ ...addressMembers, id }), 'id_taken');
    expectError(await service.post({ ...addressMembers, id: newId() }), 'address_limit_reached');
    expect(await storedAddresses(shop)).toHaveLength(LIMIT);
  });

  it('counts the addresses of one customer only', async () => {
    const { book } = await givenBook();
    for (let count = 0; count < LIMIT; count += 1) await book.given();
    const another = await AddressBook.asShopper(shop, await shop.customer());
    expect((await another.post(addressMembers)).status).toBe(201);
  });

  it('gives way again when an address goes', async () => {
    const { book } = await givenBook();
    const first = await book.given();
    for (let count = 1; count < LIMIT; count += 1) await book.given();
    expectError(await book.post(addressMembers), 'address_limit_reached');
    expect((await book.remove(first.id)).status).toBe(204);
    expect((await book.post(addressMembers)).status).toBe(201);
    expectError(await book.post(addressMembers), 'address_limit_reached');
  });

  it('follows the setting of the store, and does not touch what is there when it shrinks', async () => {
    const { book } = await givenBook();
    const service = await shop.service();
    const limitTo = (address_limit: number) =>
      one.http.put('/v2/settings/store').set(service).send({ data: { address_limit } });
    expect((await limitTo(2)).status).toBe(200);
    const first = await book.given();
    await book.given();
    expectError(await book.post(addressMembers), 'address_limit_reached');
    expect((await limitTo(3)).status).toBe(200);
    await book.given();
    expect((await limitTo(1)).status).toBe(200);
    expectError(await book.post(addressMembers), 'address_limit_reached');
    expect(await storedAddresses(shop)).toHaveLength(3);
    expect((await book.put(first.id, { name: 'Still mine' })).status).toBe(200);
  });
});
