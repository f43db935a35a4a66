import { beforeAll, describe, expect, it } from 'vitest';
import type { AddressResource } from '../../src/addresses/addresses.contract.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { AddressBook, bareAddress, storedAddresses } from './address-book.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RFC_3339_MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;

beforeAll(async () => {
  app = await sharedApp();
});

describe.each(['asService', 'asShopper'] as const)('%s', (role) => {
  let book: AddressBook;

  beforeAll(async () => {
    shop = await givenShop(app);
    customer = await shop.customer();
    book = await AddressBook[role](shop, customer);
  });

  it('POST with the required members answers 201 with the whole address and stores it', async () => {
    const before = Date.now();
    const answer = await book.post(addressMembers);
    expect(answer.status).toBe(201);
    const { data } = answer.body as { data: AddressResource };
    expect(answer.body).toEqual({
      data: {
        ...bareAddress,
        id: expect.stringMatching(UUID_V7) as string,
        links: { self: `https://id.shop.example/v2/addresses/${data.id}` },
        meta: {
          timestamps: {
            created_at: expect.stringMatching(RFC_3339_MILLISECONDS) as string,
            updated_at: data.meta.timestamps.created_at,
          },
        },
        relationships: { customer: { data: { type: 'customer', id: customer.id } } },
      },
    });
    const created = Date.parse(data.meta.timestamps.created_at);
    expect(created >= before && created <= Date.now()).toBe(true);
    expect(await storedAddresses(shop)).toEqual([
      {
        store_id: shop.storeId,
        id: data.id,
        customer_id: customer.id,
        name: '',
        first_name: 'Ann',
        last_name: 'Example',
        company_name: '',
        phone_number: '',
        line_1: '1 Road',
        line_2: '',
        city: '',
        county: 'Shire',
        region: '',
        postcode: 'ZZ1 1ZZ',
        country: 'GB',
        instructions: '',
        created_at: new Date(data.meta.timestamps.created_at),
        updated_at: new Date(data.meta.timestamps.created_at),
      },
    ]);
  });

  it('GET answers what POST answered, below the customer and by its own link', async () => {
    const address = await book.given({ name: 'Work' });
    const below = await book.get(address.id);
    expect(below.status).toBe(200);
    expect(below.body).toEqual({ data: address });
    const linked = await book.byLink(address.id);
    expect(linked.status).toBe(200);
    expect(linked.body).toEqual({ data: address });
    expect(address.links.self).toBe(`${app.config.publicUrl}/v2/addresses/${address.id}`);
  });

  it('PUT answers 200 with the whole address and changes only what it names', async () => {
    const address = await book.given({ name: 'Home', city: 'Town', phone_number: '1' });
    const answer = await book.put(address.id, { type: 'address', phone_number: '+44 20 7946 0000' });
    expect(answer.status).toBe(200);
    const { data } = answer.body as { data: AddressResource };
    expect(data).toEqual({
      ...address,
      phone_number: '+44 20 7946 0000',
      meta: {
        timestamps: {
          created_at: address.meta.timestamps.created_at,
          updated_at: expect.stringMatching(RFC_3339_MILLISECONDS) as string,
        },
      },
    });
    expect(data.meta.timestamps.updated_at >= address.meta.timestamps.updated_at).toBe(true);
    expect((await book.get(address.id)).body).toEqual({ data });
  });

  it('DELETE answers 204 without a body and removes that address only', async () => {
    const gone = await book.given();
    const before = await storedAddresses(shop);
    const answer = await book.remove(gone.id);
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect(answer.headers['content-type']).toBeUndefined();
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await storedAddresses(shop)).toEqual(before.filter(({ id }) => id !== gone.id));
    expectError(await book.get(gone.id), 'address_not_found');
    expectError(await book.byLink(gone.id), 'address_not_found');
    expectError(await book.put(gone.id, { name: 'x' }), 'address_not_found');
    expectError(await book.remove(gone.id), 'address_not_found');
  });

  it('takes an id in capitals for the same id', async () => {
    const address = await book.given();
    const capitals = new AddressBook(app, customer.id.toUpperCase(), await shop.service());
    const answer = await capitals.get(address.id.toUpperCase());
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data: address });
    const list = await capitals.list();
    expect(list.status).toBe(200);
    expect(list.body).toMatchObject({
      links: { current: `https://id.shop.example/v2/customers/${customer.id}/addresses?page[offset]=0&page[limit]=25` },
    });
    expect((await book.byLink(address.id.toUpperCase())).body).toEqual({ data: address });
  });
});

describe('many at once', () => {
  let book: AddressBook;

  beforeAll(async () => {
    shop = await givenShop(app);
    customer = await shop.customer();
    book = await AddressBook.asService(shop, customer);
  });

  it('two partial updates of different members both survive, thirty times', async () => {
    const { id } = await book.given();
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all([
        book.put(id, { city: `Town ${round}` }),
        book.put(id, { company_name: `Company ${round}` }),
        book.put(id, { postcode: `P${round}` }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await book.get(id)).body).toMatchObject({
        data: { city: `Town ${round}`, company_name: `Company ${round}`, postcode: `P${round}` },
      });
    }
  });

  it('of ten deletions of one address one succeeds and nine find nothing', async () => {
    const { id } = await book.given();
    const answers = await Promise.all(Array.from({ length: 10 }, () => book.remove(id)));
    expect(answers.map(({ status }) => `${status}`).sort()).toEqual(['204', ...Array<string>(9).fill('404')]);
  });

  it('an update that meets a deletion finds the address or finds nothing, and never brings it back', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { id } = await book.given();
      const [update, removal] = await Promise.all([book.put(id, { city: 'Town' }), book.remove(id)]);
      expect([200, 404]).toContain(update.status);
      expect(removal.status).toBe(204);
      expectError(await book.get(id), 'address_not_found');
    }
  });
});
