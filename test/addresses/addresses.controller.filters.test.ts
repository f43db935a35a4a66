import { beforeAll, describe, expect, it } from 'vitest';
import type { AddressResource } from '../../src/addresses/addresses.contract.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { AddressBook } from './address-book.js';

const MEMBERS = [
  'name',
  'first_name',
  'last_name',
  'company_name',
  'phone_number',
  'line_1',
  'line_2',
  'city',
  'county',
  'region',
  'postcode',
  'country',
  'instructions',
] as const;

/** Every text of the second address, which differs from those of the others in every member. */
const texts = Object.fromEntries(MEMBERS.map((member) => [member, `Über_${member} 50%`]));

let app: TestApp;
let shop: Shop;
let book: AddressBook;
/** In the order of their creation, a millisecond apart; the last change was made to the first. */
let addresses: AddressResource[];

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  book = await AddressBook.asShopper(shop, await shop.customer());
  addresses = [];
  for (const [index, members] of [{}, texts, { line_1: '2 Road' }].entries()) {
    const { id } = await book.given(members);
    const [created, updated] = [Date.UTC(2026, 1, 1, 10, 0, 0, index), Date.UTC(2026, 1, 2, 10, 0, 0, 9 - index)];
    await app.database.prisma.address.update({
      where: { storeId_id: { storeId: shop.storeId, id } },
      data: { createdAt: new Date(created), updatedAt: new Date(updated) },
    });
    addresses.push(((await book.get(id)).body as { data: AddressResource }).data);
  }
  // Somebody else has the same.
  const other = await AddressBook.asService(shop, await shop.customer());
  await other.given(texts);
});

/** Which of the three are found, by their places. @param filter not encoded */
async function found(filter: string, sort = ''): Promise<number[]> {
  const answer = await book.list(`?filter=${encodeURIComponent(filter)}&sort=${sort}`);
  expect(answer.status).toBe(200);
  const { data, meta } = answer.body as { data: AddressResource[]; meta: { results: unknown } };
  expect(meta.results).toEqual({ total: data.length });
  return data.map((address) => addresses.findIndex((known) => JSON.stringify(known) === JSON.stringify(address)));
}

describe('the list of addresses', () => {
  it.each([...MEMBERS, 'post_code'])('can be filtered by %s, as it is and in any case', async (member) => {
    const text = `Über_${member === 'post_code' ? 'postcode' : member} 50%`;
    expect(await found(`eq(${member},${text})`)).toEqual([1]);
    expect(await found(`eq(${member},${text.toLowerCase()})`)).toEqual([]);
    expect(await found(`in(${member},"${text}",other)`)).toEqual([1]);
    expect(await found(`like(${member},${text})`)).toEqual([1]);
    expect(await found(`like(${member},Über_*)`)).toEqual([1]);
    expect(await found(`like(${member},* 50%)`)).toEqual([1]);
    expect(await found(`like(${member},*ber_*)`)).toEqual([1]);
    expect(await found(`like(${member},über*)`)).toEqual([]);
    expect(await found(`like(${member},*BER_*)`)).toEqual([]);
    expect(await found(`like(${member},*berX*)`)).toEqual([]);
    expect(await found(`ilike(${member},${text.toUpperCase()})`)).toEqual([1]);
    expect(await found(`ilike(${member},über_*)`)).toEqual([1]);
    expect(await found(`ilike(${member},*ÜBER_*)`)).toEqual([1]);
    expect(await found(`ilike(${member},*_er*)`)).toEqual([]);
  });

  it.each<[string, number[]]>([
    ['eq(company_name,"")', [0, 2]],
    ['like(line_1,* Road)', [0, 2]],
    ['(eq(line_1,2 Road)|like(city,Über*))', [1, 2]],
    ['eq(created_at,2026-02-01T10:00:00.001Z)', [1]],
    ['eq(created_at,2026-02-01T10:00:00Z)', [0]],
    ['gt(created_at,2026-02-01T10:00:00Z)', [1, 2]],
    ['le(created_at,"2026-02-01T10:00:00.001Z")', [0, 1]],
    ['lt(updated_at,2026-02-03):ge(updated_at,2026-02-02T10:00:00.008Z)', [0, 1]],
    ['in(updated_at,2026-02-02T10:00:00.007Z)', [2]],
  ])('finds by %s', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it('can be filtered by id', async () => {
    const ids = addresses.map(({ id }) => id);
    expect(await found(`eq(id,${ids[1]})`)).toEqual([1]);
    expect(await found(`in(id,${ids[2]},${ids[0]},x)`)).toEqual([0, 2]);
    expect(await found(`gt(id,${ids[0]})`)).toEqual([1, 2]);
    expect(await found(`le(id,${ids[0]})`)).toEqual([0]);
  });

  it.each<[string, number[]]>([
    ['created_at', [0, 1, 2]],
    ['-created_at', [2, 1, 0]],
    ['updated_at', [2, 1, 0]],
    ['-updated_at', [0, 1, 2]],
    ['id', [0, 1, 2]],
    ['-id', [2, 1, 0]],
  ])('can be sorted by %s', async (sort, expected) => {
    expect(await found('like(name,*)', sort)).toEqual(expected);
  });

  it('keeps filter, sort order and counting method in its links', async () => {
    const kept = 'filter=like(line_1,*%20Road)&sort=-created_at&page[total_method]=observed';
    const answer = await book.list(`?${kept}&page[limit]=1`);
    const url = (offset: number) => `https://id.shop.example${book.path}?page[offset]=${offset}&page[limit]=1&${kept}`;
    expect(answer.body).toEqual({
      data: [addresses[2]],
      links: { current: url(0), first: url(0), last: url(1), next: url(1), prev: null },
      meta: {
        page: { limit: 1, offset: 0, current: 1, total: 2 },
        results: { total: 2, total_method: 'exact' },
      },
    });
  });

  it.each([
    'neq(country,GB)',
    'is_null(region)',
    'gt(postcode,A)',
    'eq(store_id,x)',
    'eq(customer_id,x)',
    'eq(type,address)',
  ])('is 400 when the filter is %s', async (filter) => {
    expectError(await book.list(`?filter=${filter}`), 'filter_unsupported');
  });

  it('of another customer stays out of reach, whatever the filter says', async () => {
    const stranger = await shop.customer();
    const answer = await app.http
      .get(`/v2/customers/${stranger.id}/addresses?filter=like(name,*)`)
      .set(await shop.as(await shop.customer()));
    expectError(answer, 'customer_forbidden');
  });
});
