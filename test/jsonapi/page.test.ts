import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { AppError } from '../../src/errors/app-error.js';
import {
  pageLinks,
  pageMeta,
  readIncludes,
  readPage,
  refuseFilterAndSort,
  type RawQuery,
} from '../../src/jsonapi/page.js';

const URL = 'https://id.shop.example/v2/things';

function refusalOf(work: () => unknown): { code: string; detail: string | undefined } {
  try {
    work();
  } catch (cause) {
    if (cause instanceof AppError) return { code: cause.code, detail: cause.entries[0]?.detail };
    throw cause;
  }
  throw new Error('nothing was refused');
}

describe('readPage', () => {
  it.each([
    [{}, { limit: 25, offset: 0 }],
    [{ page: {} }, { limit: 25, offset: 0 }],
    [{ page: { limit: '9'.repeat(400) } }, { limit: 100, offset: 0 }],
    [{ page: { limit: '1' } }, { limit: 1, offset: 0 }],
    [{ page: { limit: '100' } }, { limit: 100, offset: 0 }],
    [{ page: { limit: '101' } }, { limit: 100, offset: 0 }],
    [{ page: { limit: '999999999999999' } }, { limit: 100, offset: 0 }],
    [{ page: { limit: '9'.repeat(400) } }, { limit: 100, offset: 0 }],
    [{ page: { limit: '007' } }, { limit: 7, offset: 0 }],
    [{ page: { offset: '10000' } }, { limit: 25, offset: 10_000 }],
    [{ page: { limit: '10', total_method: 'exact' } }, { limit: 10, offset: 0, tellsTotalMethod: true }],
    [{ page: { total_method: 'observed' } }, { limit: 25, offset: 0, tellsTotalMethod: true }],
    [{ page: { total_method: 'lower_bound' } }, { limit: 25, offset: 0, tellsTotalMethod: true }],
  ])('reads %j', (query, expected) => {
    expect(readPage(query, 25)).toEqual(expected);
  });

  it('takes the limit that the store chose where none is asked for', () => {
    expect(readPage({}, 3)).toEqual({ limit: 3, offset: 0 });
    expect(readPage({ page: { offset: '6' } }, 3)).toEqual({ limit: 3, offset: 6 });
  });

  it.each([
    ['limit', '-1'],
    ['limit', '1.5'],
    ['limit', 'abc'],
    ['limit', '1e9'],
    ['limit', '0x10'],
    ['limit', ' 5'],
    ['limit', '+5'],
    ['limit', '٣'],
    ['limit', ''],
    ['offset', ''],
    ['offset', '-1'],
    ['offset', '1,000'],
    ['offset', 'NaN'],
    ['limit', ['1', '2']],
    ['offset', { a: '1' }],
    ['limit', 5],
  ])('refuses page[%s] = %j as no whole number', (name, value) => {
    expect(refusalOf(() => readPage({ page: { [name]: value } }, 25))).toEqual({
      code: 'page_invalid',
      detail: `page[${name}] must be a whole number.`,
    });
  });

  it.each(['', 'Exact', 'estimated', ['exact', 'exact'], null])('refuses the counting method %j', (method) => {
    expect(refusalOf(() => readPage({ page: { total_method: method } }, 25))).toEqual({
      code: 'page_invalid',
      detail: 'page[total_method] must be exact, observed or lower_bound.',
    });
  });

  it('refuses a limit of 0 and an offset above 10,000', () => {
    expect(refusalOf(() => readPage({ page: { limit: '0' } }, 25))).toEqual({
      code: 'page_invalid',
      detail: 'page[limit] must be at least 1.',
    });
    expect(refusalOf(() => readPage({ page: { offset: '10001' } }, 25))).toEqual({
      code: 'page_invalid',
      detail: 'page[offset] must not be greater than 10000.',
    });
  });

  it('refuses an offset of any length', () => {
    expect(refusalOf(() => readPage({ page: { offset: '9'.repeat(400) } }, 25)).code).toBe('page_invalid');
  });

  it.each(['1', '', [], ['1'], null, { '': '1' }, { 'limit][x': '1' }, { '[limit': '1' }])(
    'refuses a page that is no object, or one with odd brackets: %j',
    (page) => {
      expect(refusalOf(() => readPage({ page }, 25))).toEqual({
        code: 'page_invalid',
        detail: 'page must be given as page[limit] and page[offset].',
      });
    },
  );

  it('answers every query with a page within the bounds, or with page_invalid', () => {
    const value = fc.oneof(fc.string(), fc.integer().map(String), fc.array(fc.string()), fc.constant(undefined));
    fc.assert(
      fc.property(value, value, (limit, offset) => {
        try {
          const page = readPage({ page: { limit, offset } }, 25);
          expect(page.limit >= 1 && page.limit <= 100 && page.offset >= 0 && page.offset <= 10_000).toBe(true);
        } catch (cause) {
          expect(cause).toBeInstanceOf(AppError);
          expect((cause as AppError).code).toBe('page_invalid');
        }
      }),
    );
  });
});

describe('pageLinks and pageMeta', () => {
  const link = (offset: number, limit: number) => `${URL}?page[offset]=${offset}&page[limit]=${limit}`;

  it('of an empty list point to one page with nothing on it', () => {
    const page = { limit: 25, offset: 0 };
    expect(pageLinks(page, 0, URL)).toEqual({
      current: link(0, 25),
      first: link(0, 25),
      last: null,
      next: null,
      prev: null,
    });
    expect(pageMeta(page, 0)).toEqual({
      page: { limit: 25, offset: 0, current: 1, total: 1 },
      results: { total: 0 },
    });
  });

  it('tell how the total was counted, when the page asks for it', () => {
    expect(pageMeta({ limit: 25, offset: 0, tellsTotalMethod: true }, 7)).toEqual({
      page: { limit: 25, offset: 0, current: 1, total: 1 },
      results: { total: 7, total_method: 'exact' },
    });
  });

  it('of one full page know no other', () => {
    const page = { limit: 25, offset: 0 };
    expect(pageLinks(page, 25, URL)).toMatchObject({ last: null, next: null, prev: null });
    expect(pageMeta(page, 25).page.total).toBe(1);
  });

  it('of a page in the middle point to its neighbours', () => {
    const page = { limit: 10, offset: 20 };
    expect(pageLinks(page, 45, URL)).toEqual({
      current: link(20, 10),
      first: link(0, 10),
      last: link(40, 10),
      next: link(30, 10),
      prev: link(10, 10),
    });
    expect(pageMeta(page, 45)).toEqual({
      page: { limit: 10, offset: 20, current: 3, total: 5 },
      results: { total: 45 },
    });
  });

  it('of the first and of the last page have no neighbour on that side', () => {
    expect(pageLinks({ limit: 10, offset: 0 }, 11, URL)).toMatchObject({ next: link(10, 10), prev: null });
    expect(pageLinks({ limit: 10, offset: 10 }, 11, URL)).toMatchObject({ next: null, prev: link(0, 10) });
  });

  it('of a page that begins between two others never point before the first record', () => {
    expect(pageLinks({ limit: 10, offset: 5 }, 30, URL)).toMatchObject({ prev: link(0, 10), next: link(15, 10) });
  });

  it('behind the end lead back', () => {
    const page = { limit: 10, offset: 100 };
    expect(pageLinks(page, 30, URL)).toEqual({
      current: link(100, 10),
      first: link(0, 10),
      last: link(20, 10),
      next: null,
      prev: link(90, 10),
    });
    expect(pageMeta(page, 30).page).toEqual({ limit: 10, offset: 100, current: 11, total: 3 });
  });

  it('lead to no offset that is refused: the last page is the last that can be asked for', () => {
    expect(pageLinks({ limit: 100, offset: 9_900 }, 10_154, URL)).toMatchObject({
      next: link(10_000, 100),
      last: link(10_000, 100),
    });
    for (const [limit, offset, last] of [
      [100, 9_950, 10_000],
      [100, 10_000, 10_000],
      [30, 9_990, 9_990],
    ] as const)
      expect(pageLinks({ limit, offset }, 1_000_000, URL)).toMatchObject({ next: null, last: link(last, limit) });
  });

  it('keep the rest of the query, so that the next page is one of the same list', () => {
    const { next, current } = pageLinks({ limit: 10, offset: 0 }, 30, URL, 'include=items');
    expect(current).toBe(`${link(0, 10)}&include=items`);
    expect(next).toBe(`${link(10, 10)}&include=items`);
  });

  it('lead through all records, each once, by following next', () => {
    const bounds = [fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 500 })] as const;
    fc.assert(
      fc.property(...bounds, (limit, total) => {
        const seen: number[] = [];
        for (let offset: number | null = 0; offset !== null;) {
          for (let record = offset; record < Math.min(offset + limit, total); record += 1) seen.push(record);
          const { next } = pageLinks({ limit, offset }, total, URL);
          offset = next === null ? null : Number(/offset\]=(\d+)/.exec(next)?.[1]);
        }
        expect(seen).toEqual(Array.from({ length: total }, (_, index) => index));
      }),
    );
  });
});

describe('refuseFilterAndSort', () => {
  it.each([{}, { sort: '' }, { include: 'x' }, { Filter: 'eq(a,b)' }])('lets %j pass', (query: RawQuery) => {
    expect(refuseFilterAndSort(query)).toBeUndefined();
  });

  it.each(['', 'eq(email,a)', 'nonsense', ['', ''], { eq: 'a' }, { '': '' }, '0', ' '])(
    'refuses the filter %j',
    (filter) => {
      expect(refusalOf(() => refuseFilterAndSort({ filter }))).toEqual({
        code: 'filter_unsupported',
        detail: 'Could not parse the supplied filter',
      });
    },
  );

  it.each(['created_at', '-name', ['a', 'b'], { a: 'b' }])('refuses the sort order %j', (sort) => {
    expect(refusalOf(() => refuseFilterAndSort({ sort }))).toEqual({
      code: 'sort_unsupported',
      detail: 'Could not parse the supplied sort',
    });
  });
});

describe('readIncludes', () => {
  it.each([
    [{}, ['']],
    [{ include: 'items' }, ['items']],
    [{ include: 'items, tax_items,promotions' }, ['items', 'tax_items', 'promotions']],
    [{ include: ['items', 'customer,account'] }, ['items', 'customer', 'account']],
    [{ include: { a: 'items' } }, []],
    [{ include: 'ITEMS' }, ['ITEMS']],
  ])('of %j has the names', (query, names) => {
    expect([...readIncludes(query)].filter((name) => name !== '')).toEqual(names.filter((name) => name !== ''));
  });
});
