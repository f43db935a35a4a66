import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';

const TOTAL_METHOD_DETAIL = 'page[total_method] must be exact, observed or lower_bound.';
const URL = 'https://id.shop.example/v2/customers';

let app: TestApp;
/** Has 30 customers, the last one made first in the list; the fifth to the eighth were made in one millisecond. */
let shop: Shop;
let service: Record<string, string>;
let newestFirst: string[];

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  service = await shop.service();
  const begin = new Date('2026-01-01T00:00:00.000Z').getTime();
  const twins = new Set([4, 5, 6, 7]);
  const ids: string[] = [];
  for (let index = 0; index < 30; index += 1) {
    // Ids in an order of their own, so that the list is seen to follow the time and not the id.
    const id = `${((index * 7) % 30).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
    ids.push((await shop.customer({ id, name: `Customer ${index}`, password: null })).id);
    await app.database.prisma.customer.update({
      where: { storeId_id: { storeId: shop.storeId, id } },
      data: { createdAt: new Date(begin + (twins.has(index) ? 4 : index)) },
    });
  }
  const tied = ids.slice(4, 8).toSorted().toReversed();
  newestFirst = [...ids.slice(8).toReversed(), ...tied, ...ids.slice(0, 4).toReversed()];
});

async function list(query: string, headers = service) {
  const answer = await app.http.get(`/v2/customers${query}`).set(headers);
  return { answer, ids: (answer.body as { data?: { id: string }[] }).data?.map(({ id }) => id) };
}

function link(offset: number, limit: number): string {
  return `${URL}?page[offset]=${offset}&page[limit]=${limit}`;
}

describe('GET /v2/customers', () => {
  it('answers the first page of the store, newest first and ties by id, when nothing else is asked', async () => {
    const { answer, ids } = await list('');

    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(ids).toEqual(newestFirst.slice(0, 25));
    const { data, ...envelope } = answer.body as { data: object[] };
    expect(envelope).toEqual({
      links: { current: link(0, 25), first: link(0, 25), last: link(25, 25), next: link(25, 25), prev: null },
      meta: { page: { limit: 25, offset: 0, current: 1, total: 2 }, results: { total: 30 } },
    });
    const [newest] = data;
    expect(newest).toEqual({
      id: newestFirst[0],
      type: 'customer',
      name: 'Customer 29',
      email: expect.stringMatching(/^ann\.[0-9a-f]{12}@example\.test$/),
      password: false,
      external_ref: null,
      authentication_mechanism: 'password',
      email_verified: false,
      meta: { timestamps: { created_at: '2026-01-01T00:00:00Z', updated_at: expect.stringMatching(/Z$/) } },
    });
  });

  it.each([
    ['a middle page', '?page[limit]=10&page[offset]=10', 10, 10, { current: 2, total: 3, last: 20, next: 20, prev: 0 }],
    [
      'the last page',
      '?page[limit]=10&page[offset]=20',
      10,
      20,
      { current: 3, total: 3, last: 20, next: null, prev: 10 },
    ],
    [
      'an offset between pages',
      '?page[limit]=10&page[offset]=5',
      10,
      5,
      { current: 1, total: 3, last: 20, next: 15, prev: 0 },
    ],
    ['one record', '?page[limit]=1', 1, 0, { current: 1, total: 30, last: 29, next: 1, prev: null }],
    ['exactly all', '?page[limit]=30', 30, 0, { current: 1, total: 1, last: null, next: null, prev: null }],
    ['the largest page', '?page[limit]=100', 100, 0, { current: 1, total: 1, last: null, next: null, prev: null }],
    [
      'more than the largest page',
      '?page[limit]=101',
      100,
      0,
      { current: 1, total: 1, last: null, next: null, prev: null },
    ],
    ['a billion', '?page[limit]=1000000000', 100, 0, { current: 1, total: 1, last: null, next: null, prev: null }],
    ['an offset only', '?page[offset]=29', 25, 29, { current: 2, total: 2, last: 25, next: null, prev: 4 }],
    [
      'an offset past the end',
      '?page[limit]=10&page[offset]=30',
      10,
      30,
      { current: 4, total: 3, last: 20, next: null, prev: 20 },
    ],
    [
      'the largest offset',
      '?page[offset]=10000',
      25,
      10_000,
      { current: 401, total: 2, last: 25, next: null, prev: 9_975 },
    ],
    [
      'encoded brackets',
      '?page%5Blimit%5D=10&page%5Boffset%5D=20',
      10,
      20,
      { current: 3, total: 3, last: 20, next: null, prev: 10 },
    ],
    ['a bare question mark', '?', 25, 0, { current: 1, total: 2, last: 25, next: 25, prev: null }],
    [
      'members that a list does not know',
      '?fields[customer]=name&x=1',
      25,
      0,
      { current: 1, total: 2, last: 25, next: 25, prev: null },
    ],
  ])('answers %s', async (_, query, limit, offset, page) => {
    const { answer, ids } = await list(query);

    expect(answer.status).toBe(200);
    expect(ids).toEqual(newestFirst.slice(offset, offset + limit));
    const { data: __, ...envelope } = answer.body as { data: object[] };
    const to = (at: number | null) => (at === null ? null : link(at, limit));
    expect(envelope).toEqual({
      links: {
        current: link(offset, limit),
        first: link(0, limit),
        last: to(page.last),
        next: to(page.next),
        prev: to(page.prev),
      },
      meta: { page: { limit, offset, current: page.current, total: page.total }, results: { total: 30 } },
    });
  });

  it('shows every customer once, when a client follows `next` to its end', async () => {
    const seen: string[] = [];
    let next: string | null = '?page[limit]=7';
    while (next !== null) {
      const { answer, ids } = await list(next);
      seen.push(...(ids ?? []));
      next = (answer.body as { links: { next: string | null } }).links.next?.replace(URL, '') ?? null;
    }
    expect(seen).toEqual(newestFirst);
  });

  it.each([
    ['a limit of 0', '?page[limit]=0', 'page[limit] must be at least 1.'],
    ['a negative limit', '?page[limit]=-1', 'page[limit] must be a whole number.'],
    ['a limit in scientific notation', '?page[limit]=1e9', 'page[limit] must be a whole number.'],
    ['a limit with decimals', '?page[limit]=1.5', 'page[limit] must be a whole number.'],
    ['a hexadecimal limit', '?page[limit]=0x10', 'page[limit] must be a whole number.'],
    ['a limit with blanks', '?page[limit]=%2010', 'page[limit] must be a whole number.'],
    ['a limit with a plus', '?page[limit]=+10', 'page[limit] must be a whole number.'],
    ['a limit in other digits', `?page[limit]=${encodeURIComponent('１０')}`, 'page[limit] must be a whole number.'],
    ['a limit that is a word', '?page[limit]=abc', 'page[limit] must be a whole number.'],
    ['a limit that is SQL', '?page[limit]=1%3BDROP%20TABLE%20customers', 'page[limit] must be a whole number.'],
    ['an empty limit', '?page[limit]=', 'page[limit] must be a whole number.'],
    ['an empty offset', '?page[offset]=', 'page[offset] must be a whole number.'],
    ['a limit in brackets of its own', '?page[limit][]=0', 'page must be given as page[limit] and page[offset].'],
    ['a page with empty brackets', '?page[]=1', 'page must be given as page[limit] and page[offset].'],
    ['two limits', '?page[limit]=1&page[limit]=2', 'page[limit] must be a whole number.'],
    ['a negative offset', '?page[offset]=-1', 'page[offset] must be a whole number.'],
    ['an offset that is a word', '?page[offset]=abc', 'page[offset] must be a whole number.'],
    ['an offset above 10,000', '?page[offset]=10001', 'page[offset] must not be greater than 10000.'],
    ['an unknown counting method', '?page[total_method]=guess', TOTAL_METHOD_DETAIL],
    ['two counting methods', '?page[total_method]=exact&page[total_method]=exact', TOTAL_METHOD_DETAIL],
    ['a page that is text', '?page=2', 'page must be given as page[limit] and page[offset].'],
    ['an empty page', '?page=', 'page must be given as page[limit] and page[offset].'],
    ['two pages', '?page=1&page=2', 'page must be given as page[limit] and page[offset].'],
    [
      'a page that is text and an object',
      '?page=1&page[limit]=2',
      'page must be given as page[limit] and page[offset].',
    ],
  ])('answers 400, when the query holds %s', async (_, query, detail) => {
    expectError((await list(query)).answer, 'page_invalid', [{ detail }]);
  });

  it.each([
    ['filter=eq(password,x)', 'filter_unsupported'],
    ['filter=nonsense', 'filter_unsupported'],
    ['filter[email]=x', 'filter_unsupported'],
    ['filter=a&filter=b', 'filter_unsupported'],
    ['filter=like(name,*)&filter=like(name,*)', 'filter_unsupported'],
    ['filter=like(name,*)&filter[]=like(name,*)', 'filter_unsupported'],
    ['filter[]=eq(email,ann@example.test)', 'filter_unsupported'],
    ['filter[a][b]=1', 'filter_unsupported'],
    ['sort[]=name', 'sort_unsupported'],
    ['sort=name,email', 'sort_unsupported'],
    ['sort=name&sort=email', 'sort_unsupported'],
    ['sort=--name', 'sort_unsupported'],
    ['sort=+name', 'sort_unsupported'],
    ['sort=Name', 'sort_unsupported'],
    ['sort=-', 'sort_unsupported'],
    ['sort=constructor', 'sort_unsupported'],
    ['sort=external_ref', 'sort_unsupported'],
    ['sort=password', 'sort_unsupported'],
  ] as const)('answers 400 and nobody, when the query is %s', async (query, code) => {
    const crowd = await givenShop(app);
    for (const headers of [service, await crowd.as(await crowd.customer())]) {
      const { answer, ids } = await list(`?${query}`, headers);
      expectError(answer, code);
      expect(ids).toBeUndefined();
    }
  });

  it('answers an empty list with whole links and one page, when the store has no customer', async () => {
    const empty = await givenShop(app);
    const { answer } = await list('', await empty.service());

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: [],
      links: { current: link(0, 25), first: link(0, 25), last: null, next: null, prev: null },
      meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 0 } },
    });
  });

  it('has pages of the length that the store sets', async () => {
    const short = await givenShop(app, { pageLength: 2 });
    for (let count = 0; count < 3; count += 1) await short.customer({ password: null });
    const { answer, ids } = await list('', await short.service());

    expect(ids).toHaveLength(2);
    expect(answer.body).toMatchObject({
      meta: { page: { limit: 2, offset: 0, current: 1, total: 2 }, results: { total: 3 } },
    });
  });

  it('answers a customer token with exactly the one customer, in totals and links too', async () => {
    const crowd = await givenShop(app);
    const ann = await crowd.customer();
    await crowd.customer();
    const own = await crowd.as(ann);
    for (const headers of [own, { ...own, ...(await crowd.service()) }]) {
      const { answer, ids } = await list('', headers);
      expect(answer.status).toBe(200);
      expect(ids).toEqual([ann.id]);
      const { data: _, ...envelope } = answer.body as { data: object[] };
      expect(envelope).toEqual({
        links: { current: link(0, 25), first: link(0, 25), last: null, next: null, prev: null },
        meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: 1 } },
      });
      const past = await list('?page[offset]=1', headers);
      expect(past.answer.body).toMatchObject({ data: [], meta: { results: { total: 1 } } });
    }
  });

  it('answers 403 to a storefront that nobody is logged in to, and nobody’s data', async () => {
    for (const token of [undefined, '', 'undefined', 'null']) {
      const headers = {
        ...(await shop.implicit()),
        ...(token === undefined ? {} : { 'x-moltin-customer-token': token }),
      };
      expectError((await list('', headers)).answer, 'forbidden');
    }
  });
});
