import { z } from 'zod';
import { AppError } from '../errors/app-error.js';
import { named } from './named.js';

/** As parsed from the raw query string (http/query-string.ts): `page[limit]` is nested, a repeated name is an array. */
export type RawQuery = Readonly<Record<string, unknown>>;

/** Both in records. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
  /** The client asked to be told how the total was counted. */
  readonly tellsTotalMethod?: true;
}

export const PAGE_LIMIT_MAX = 100;

export const PageLinks = named(
  'PageLinks',
  'URLs of pages of the list, with raw brackets in most lists; null where there is none.',
  z.strictObject({
    current: z.string(),
    first: z.string(),
    last: z.string().nullable(),
    next: z.string().nullable(),
    prev: z.string().nullable(),
  }),
);
export type PageLinks = z.output<typeof PageLinks>;

export const PageMeta = named(
  'PageMeta',
  'Which page this is: limit and offset in records, the current page from 1 on, and how many pages and records there are.',
  z.strictObject({
    page: z.strictObject({
      limit: z.int().min(1).max(PAGE_LIMIT_MAX),
      offset: z.int().min(0),
      current: z.int().min(1),
      total: z.int().min(1),
    }),
    results: z.strictObject({ total: z.int().min(0), total_method: z.literal('exact').exactOptional() }),
  }),
);
export type PageMeta = z.output<typeof PageMeta>;

/** How the links of a list spell `page[limit]`. Both mean the same; clients compare them as text. */
export type Brackets = 'raw' | 'encoded';

export const PAGE_OFFSET_MAX = 10_000;

/** A client may be content with less, and is answered with the exact number all the same. */
export const TOTAL_METHODS = ['exact', 'observed', 'lower_bound'] as const;

/**
 * Reads `page[limit]`, `page[offset]` and `page[total_method]`. A limit above 100 counts as 100.
 *
 * @throws AppError `page_invalid`
 */
export function readPage(query: RawQuery, defaultLimit: number): Page {
  const page = query['page'];
  if (page === undefined) return { limit: defaultLimit, offset: 0 };
  if (typeof page !== 'object' || page === null || Array.isArray(page)) {
    throw new AppError('page_invalid', { detail: 'page must be given as page[limit] and page[offset].' });
  }
  const members = page as Record<string, unknown>;
  const unknown = Object.keys(members).find((name) => /[[\]]/.test(name) || name === '');
  if (unknown !== undefined) {
    throw new AppError('page_invalid', { detail: 'page must be given as page[limit] and page[offset].' });
  }
  const limit = readWholeNumber(members['limit'], 'page[limit]') ?? defaultLimit;
  const offset = readWholeNumber(members['offset'], 'page[offset]') ?? 0;
  if (limit < 1) throw new AppError('page_invalid', { detail: 'page[limit] must be at least 1.' });
  if (offset > PAGE_OFFSET_MAX) {
    throw new AppError('page_invalid', { detail: `page[offset] must not be greater than ${PAGE_OFFSET_MAX}.` });
  }
  const totalMethod = members['total_method'];
  if (totalMethod !== undefined && !TOTAL_METHODS.some((method) => method === totalMethod)) {
    throw new AppError('page_invalid', { detail: 'page[total_method] must be exact, observed or lower_bound.' });
  }
  const numbers = { limit: Math.min(limit, PAGE_LIMIT_MAX), offset };
  return totalMethod === undefined ? numbers : { ...numbers, tellsTotalMethod: true };
}

function readWholeNumber(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d+$/.test(value)) {
    throw new AppError('page_invalid', { detail: `${name} must be a whole number.` });
  }
  return Number(value);
}

/**
 * Refuses a filter or a sort order that the resource does not know, and an empty filter. Ignoring it would answer everybody where
 * the caller asked for one, and callers take the first. An empty sort order is the usual one.
 *
 * @throws AppError `filter_unsupported`, `sort_unsupported`
 */
export function refuseFilterAndSort(query: RawQuery): void {
  const { filter, sort } = query;
  if (/* check: empty filter where there are none */ filter !== undefined) throw new AppError('filter_unsupported');
  if (sort !== undefined && sort !== '') throw new AppError('sort_unsupported');
}

/** Names in `include`, a comma list. Names that a resource does not know are ignored by it. */
export function readIncludes(query: RawQuery): ReadonlySet<string> {
  const include = query['include'];
  const texts = Array.isArray(include) ? include : [include];
  return new Set(texts.flatMap((text) => (typeof text === 'string' ? text.split(',') : [])).map((name) => name.trim()));
}

/**
 * Brackets stay raw unless the resource is known to encode them, as clients compare these links with what they built themselves.
 *
 * @param kept the rest of the query, so that the next page is a page of the same list
 */
export function pageLinks(
  { limit, offset }: Page,
  total: number,
  collectionUrl: string,
  kept = '',
  brackets: Brackets = 'raw',
): PageLinks {
  const rest = kept === '' ? '' : `&${kept}`;
  const name = (member: string) => (brackets === 'raw' ? `page[${member}]` : `page%5B${member}%5D`);
  const link = (at: number) => `${collectionUrl}?${name('offset')}=${at}&${name('limit')}=${limit}${rest}`;
  const next = offset + limit;
  // No link leads to an offset that is refused: the last page is the last that can be asked for.
  const last = (Math.min(pageCount(total, limit), Math.floor(PAGE_OFFSET_MAX / limit) + 1) - 1) * limit;
  return {
    current: link(offset),
    first: link(0),
    last: last > 0 ? link(last) : null,
    next: next < total && next <= PAGE_OFFSET_MAX ? link(next) : null,
    prev: offset > 0 ? link(Math.max(0, offset - limit)) : null,
  };
}

export function pageMeta({ limit, offset, tellsTotalMethod }: Page, total: number): PageMeta {
  return {
    page: { limit, offset, current: Math.floor(offset / limit) + 1, total: pageCount(total, limit) },
    results: tellsTotalMethod === true ? { total, total_method: 'exact' } : { total },
  };
}

function pageCount(total: number, limit: number): number {
  return Math.max(1, Math.ceil(total / limit));
}
