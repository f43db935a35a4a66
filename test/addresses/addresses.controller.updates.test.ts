import { beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { AddressBook, expectFaults, storedAddresses } from './address-book.js';

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;
let book: AddressBook;

beforeAll(async () => {
  // Of its own, as its clock is moved.
  app = await startApp({ tokenSigningAlg: 'ES256' });
  shop = await givenShop(app, { addressLimit: 1_000 });
  customer = await shop.customer();
  book = await AddressBook.asShopper(shop, customer);
  return () => app.close();
});

describe('an update', () => {
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
    'country',
    'instructions',
  ])('of %s alone changes that member and the time of the update', async (member) => {
    const address = await book.given();
    const other = await book.given();
    app.clock.advanceSeconds(1);
    const answer = await book.put(address.id, { [member]: 'New value' });
    expect(answer.status).toBe(200);
    const { data } = answer.body as { data: typeof address };
    const { meta, ...rest } = data;
    expect(rest).toEqual({ ...address, [member]: 'New value', meta: undefined });
    expect(meta.timestamps.created_at).toBe(address.meta.timestamps.created_at);
    const elapsed = Date.parse(meta.timestamps.updated_at) - Date.parse(address.meta.timestamps.updated_at);
    expect(elapsed).toBeGreaterThanOrEqual(1_000);
    expect((await book.get(address.id)).body).toEqual({ data });
    expect((await book.get(other.id)).body).toEqual({ data: other });
  });

  it('keeps a phone number that it does not name, and one that it does', async () => {
    const address = await book.given({ phone_number: '123' });
    expect((await book.put(address.id, { name: 'Work' })).body).toMatchObject({ data: { phone_number: '123' } });
    expect((await book.put(address.id, { phone_number: '456' })).body).toMatchObject({
      data: { phone_number: '456' },
    });
    expect((await book.put(address.id, { phone_number: 789 })).body).toMatchObject({ data: { phone_number: '789' } });
  });

  it.each(['name', 'phone_number', 'company_name', 'line_2', 'city', 'instructions'])(
    'empties %s by empty text and by null',
    async (member) => {
      for (const value of ['', null]) {
        const address = await book.given({ [member]: 'Something' });
        const answer = await book.put(address.id, { [member]: value });
        expect(answer.status).toBe(200);
        expect(answer.body).toMatchObject({ data: { [member]: '' } });
        expect((await book.get(address.id)).body).toMatchObject({ data: { [member]: '' } });
      }
    },
  );

  it('may empty county or region as long as the other names the district', async () => {
    const address = await book.given({ county: 'Shire', region: 'Region' });
    expect((await book.put(address.id, { county: '' })).body).toMatchObject({
      data: { county: '', region: 'Region' },
    });
    expectFaults(await book.put(address.id, { region: '' }), 'county is required');
    expectFaults(await book.put(address.id, { region: null }), 'county is required');
    expectFaults(await book.put(address.id, { region: '', county: '' }), 'county is required');
    expect((await book.put(address.id, { region: '', county: 'Other' })).body).toMatchObject({
      data: { county: 'Other', region: '' },
    });
    expectFaults(await book.put(address.id, { county: null }), 'county is required');
    expect((await book.get(address.id)).body).toMatchObject({ data: { county: 'Other', region: '' } });
  });

  it('never leaves an address without a district when both halves are emptied at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { id } = await book.given({ county: 'Shire', region: 'Region' });
      const answers = await Promise.all([book.put(id, { county: '' }), book.put(id, { region: '' })]);
      expect(answers.map(({ status }) => `${status}`).sort()).toEqual(['200', '400']);
      const { data } = (await book.get(id)).body as { data: { county: string; region: string } };
      expect(data.county + data.region).not.toBe('');
    }
  });

  it('cannot move an address, nor set what only the service sets', async () => {
    const other = await shop.customer();
    const address = await book.given();
    const foreign = {
      id: 'another',
      customer_id: other.id,
      store_id: other.id,
      links: {},
      meta: { timestamps: { created_at: '2001-01-01T00:00:00Z', updated_at: '2001-01-01T00:00:00Z' } },
      created_at: '2001-01-01T00:00:00Z',
      relationships: { customer: { data: { type: 'customer', id: other.id } } },
      name: 'Changed',
    };
    for (const by of [book, await AddressBook.asService(shop, customer)]) {
      const answer = await by.put(address.id, foreign);
      expect(answer.status).toBe(200);
      const { meta, ...rest } = (answer.body as { data: typeof address }).data;
      expect(rest).toEqual({ ...address, name: 'Changed', meta: undefined });
      expect(meta.timestamps.created_at).toBe(address.meta.timestamps.created_at);
      expect(meta.timestamps.updated_at.slice(0, 4)).not.toBe('2001');
    }
    expect((await storedAddresses(shop)).find((row) => row['id'] === address.id)).toMatchObject({
      store_id: shop.storeId,
      customer_id: customer.id,
    });
  });

  it('takes back what GET answered, whole and unchanged', async () => {
    const address = await book.given({ name: 'Home', region: 'Region' });
    const read = (await book.get(address.id)).body as { data: Record<string, unknown> };
    const answer = await book.put(address.id, read.data);
    expect(answer.status).toBe(200);
    expect((answer.body as { data: typeof address }).data).toMatchObject({
      ...address,
      meta: { timestamps: { created_at: address.meta.timestamps.created_at } },
    });
  });
});

describe('an address', () => {
  it('goes with its customer', async () => {
    const leaving = await shop.customer();
    const theirs = await AddressBook.asService(shop, leaving);
    const { id } = await theirs.given(addressMembers);
    const service = await shop.service();
    expect((await app.http.delete(`/v2/customers/${leaving.id}`).set(service)).status).toBe(204);
    expectError(await theirs.byLink(id), 'address_not_found');
    expectError(await theirs.get(id), 'customer_not_found');
    expectError(await theirs.list(), 'customer_not_found');
    expectError(await theirs.post(addressMembers), 'customer_not_found');
    expect((await storedAddresses(shop)).filter((row) => row['customer_id'] === leaving.id)).toEqual([]);
  });
});
