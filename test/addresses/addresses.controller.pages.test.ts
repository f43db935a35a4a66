import { beforeAll, describe, expect, it } from 'vitest';
import type { AddressResource } from '../../src/addresses/addresses.contract.js';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { AddressBook } from './address-book.js';

interface ListAnswer {
  data: AddressResource[];
  links: Record<string, string | null>;
  meta: unknown;
}

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;
let book: AddressBook;
const addresses: AddressResource[] = [];

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  customer = await shop.customer();
  book = await AddressBook.asShopper(shop, customer);
  addresses.length = 0;
  for (const name of ['1st', '2nd', '3rd', '4th', '5th']) addresses.push(await book.given({ name }));
  await (await AddressBook.asService(shop, await shop.customer())).given({ name: "somebody else's" });
});

async function list(query = ''): Promise<ListAnswer> {
  const answer = await book.list(query);
  expect(answer.status).toBe(200);
  return answer.body as ListAnswer;
}

const collection = () => `https://id.shop.example/v2/customers/${customer.id}/addresses`;
const link = (offset: number, limit: number) => `${collection()}?page[offset]=${offset}&page[limit]=${limit}`;

describe('the list of addresses', () => {
  it('has all of the customer in the order of their creation, with links and meta', async () => {
    expect(await list()).toEqual({
      data: addresses,
      links: { current: link(0, 25), first: link(0, 25), last: null, next: null, prev: null },
      meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 5 } },
    });
  });

  it('is the same for a service', async () => {
    const answer = await (await AddressBook.asService(shop, customer)).list();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(await list());
  });

  it('of a customer without addresses is empty and has working links', async () => {
    const nobody = await shop.customer();
    const answer = await (await AddressBook.asShopper(shop, nobody)).list();
    const own = `https://id.shop.example/v2/customers/${nobody.id}/addresses?page[offset]=0&page[limit]=25`;
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: [],
      links: { current: own, first: own, last: null, next: null, prev: null },
      meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 0 } },
    });
  });

  it('comes in pages where they are asked for', async () => {
    expect(await list('?page[limit]=2&page[offset]=2')).toEqual({
      data: addresses.slice(2, 4),
      links: { current: link(2, 2), first: link(0, 2), last: link(4, 2), next: link(4, 2), prev: link(0, 2) },
      meta: { page: { limit: 2, offset: 2, current: 2, total: 3 }, results: { total: 5 } },
    });
  });

  it('is whole for a client that follows next', async () => {
    const seen: string[] = [];
    for (let query: string | undefined = '?page[limit]=2'; query !== undefined;) {
      const { data, links }: ListAnswer = await list(query);
      seen.push(...data.map(({ id }) => id));
      query = links['next']?.slice(collection().length);
    }
    expect(seen).toEqual(addresses.map(({ id }) => id));
  });

  it('behind the end is empty, since clients ask until nothing comes', async () => {
    const behind = await list('?page[limit]=25&page[offset]=25');
    expect(behind.data).toEqual([]);
    expect(behind.meta).toEqual({
      page: { limit: 25, offset: 25, current: 2, total: 1 },
      results: { total: 5 },
    });
  });

  it('takes a limit above 100 for 100', async () => {
    const { data, links } = await list('?page[limit]=1000');
    expect(data).toEqual(addresses);
    expect(links['current']).toBe(link(0, 100));
  });

  it.each([
    ['page[limit]=0', 'page[limit] must be at least 1.'],
    ['page[limit]=-1', 'page[limit] must be a whole number.'],
    ['page[limit]=x', 'page[limit] must be a whole number.'],
    ['page[offset]=10001', 'page[offset] must not be greater than 10000.'],
    ['page=2', 'page must be given as page[limit] and page[offset].'],
  ])('is 400 for a page that cannot be: %s', async (query, detail) => {
    expectError(await book.list(`?${query}`), 'page_invalid', [{ detail }]);
  });

  it('is 400 for a filter and for a sort order that it does not know, never everything', async () => {
    expectError(await book.list('?filter=eq(customer_id,GB)'), 'filter_unsupported');
    expectError(await book.list('?sort=-country'), 'sort_unsupported');
  });

  it('ignores an include that it does not know', async () => {
    expect((await list('?include=customer')).data).toEqual(addresses);
  });

  it('breaks ties of time by id', async () => {
    const twin = await shop.customer();
    const moment = new Date('2025-03-01T10:00:00.487Z');
    const ids = [newId(), newId(), newId(), newId()];
    const text = { name: '', firstName: 'Ann', lastName: 'Example', companyName: '', phoneNumber: '', line1: '1 Road' };
    const more = { line2: '', city: '', county: 'Shire', region: '', postcode: 'P', country: 'GB', instructions: '' };
    await app.database.prisma.address.createMany({
      data: ids.toReversed().map((id) => ({
        storeId: shop.storeId,
        id,
        customerId: twin.id,
        ...text,
        ...more,
        createdAt: moment,
        updatedAt: moment,
      })),
    });
    const answer = await (await AddressBook.asShopper(shop, twin)).list();
    const { data } = answer.body as ListAnswer;
    expect(data.map(({ id }) => id)).toEqual(ids);
    expect(data[0]?.meta).toEqual({
      timestamps: { created_at: '2025-03-01T10:00:00.487Z', updated_at: '2025-03-01T10:00:00.487Z' },
    });
  });
});

describe('the page that a client gets who asks for none', () => {
  it('is as long as the store allows addresses, since older clients know no pages, but never above 100', async () => {
    for (const [pageLength, addressLimit, expected] of [
      [25, 25, 25],
      [10, 40, 40],
      [60, 40, 60],
      [10, 1_000, 100],
    ] as const) {
      const other = await givenShop(app, { pageLength, addressLimit });
      const answer = await (await AddressBook.asService(other, await other.customer())).list();
      expect(answer.body).toMatchObject({ meta: { page: { limit: expected } } });
    }
  });
});
