import type { Database } from '../database/database.js';
import { parseFilter, unparsable } from './filter.js';
import { compileFilter, type FilterFields } from './filter-fields.js';
import { type Page, type RawQuery, readPage } from './page.js';
import { readSort, type SortKeys } from './sort.js';
import { type Sql, sql } from './sql.js';

/** How lists of a resource can be filtered and sorted. */
export interface ListRules {
  readonly filters: FilterFields;
  readonly sorts: SortKeys;
}

/** What a client asked of a list, ready for SQL. */
export interface ListQuery {
  readonly page: Page;
  /** What `WHERE` is to say besides the caller's scope. */
  readonly filter: Sql;
  /** What `ORDER BY` is to say. */
  readonly order: Sql;
}

/** @throws AppError `filter_unsupported`, `sort_unsupported`, `page_invalid` */
export function readListQuery(query: RawQuery, rules: ListRules, defaultLimit: number): ListQuery {
  return {
    filter: readFilter(query, rules.filters),
    order: readSort(query, rules.sorts),
    page: readPage(query, defaultLimit),
  };
}

function readFilter(query: RawQuery, fields: FilterFields): Sql {
  const text = query['filter'];
  if (/* check: empty filter */ text === undefined) return sql`TRUE`;
  // Two filters, or one in brackets: which one counts nobody can tell. An empty one fails in the parser: it is what is left of a
  // condition whose value was missing, and its caller would take the first of everybody.
  if (typeof text !== 'string') throw unparsable();
  return compileFilter(fields, parseFilter(text));
}

const KEPT = ['filter', 'sort', 'page[total_method]'];

/**
 * The parameters of the query that make the list what it is, as they were sent: links to its other pages carry them.
 *
 * @param rawQuery without the `?`
 */
export function keptParameters(rawQuery: string, more: readonly string[] = []): string {
  return rawQuery
    .split('&')
    .filter((pair) => [...KEPT, ...more].includes(nameOf(pair) ?? ''))
    .join('&');
}

/** Malformed ones never come here: the whole query was refused. */
function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return equals === -1 || equals === pair.length - 1 ? '' : decodeURIComponent(pair.slice(0, equals));
}

/** Where the records of a list are. */
export interface ListSource {
  /** What `FROM` is to say. */
  readonly from: Sql;
  /** The column of the id. */
  readonly id: Sql;
  /** The caller's scope: what `WHERE` says whatever was asked. */
  readonly scope: Sql;
}

/**
 * The same records, with the scope as a query of its own, which `OFFSET 0` keeps apart. Else the planner may look for what the
 * filter names among all rows and only then whose they are, and the time that this takes tells what is in the rows of others.
 *
 * @param source of one table
 * @param name by which the columns of that table are called
 * @param order in which an index has what is in the scope: a page in this order ends early
 */
export function fenced({ from, id, scope }: ListSource, name: Sql, order: Sql): ListSource {
  return {
    from: sql`(SELECT * FROM ${from} WHERE ${scope} ORDER BY ${order} OFFSET 0) AS ${name}`,
    id,
    scope: sql`TRUE`,
  };
}

/** The ids of one page of records, in their order, and how many records there are in all. */
export async function selectPage(
  database: Pick<Database, 'query'>,
  source: ListSource,
  query: ListQuery,
): Promise<{ ids: readonly string[]; total: number }> {
  const [page, count] = await Promise.all([
    database.query<{ id: string }>(pageStatement(source, query).statement),
    database.query<{ total: number }>(countStatement(source, query).statement),
  ]);
  return { ids: page.rows.map(({ id }) => id), total: count.rows[0]?.total ?? 0 };
}

export function pageStatement({ from, id, scope }: ListSource, { filter, order, page }: ListQuery): Sql {
  return sql`SELECT ${id} AS id FROM ${from} WHERE (${scope}) AND (${filter}) ORDER BY ${order} LIMIT ${page.limit} OFFSET ${page.offset}`;
}

export function countStatement({ from, scope }: ListSource, { filter }: ListQuery): Sql {
  return sql`SELECT count(*)::int AS total FROM ${from} WHERE (${scope}) AND (${filter})`;
}

/** The rows in the order of the ids. One that is gone since the ids were read is left out. */
export function inOrder<Row>(ids: readonly string[], rows: readonly Row[], idOf: (row: Row) => string): Row[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
