import { AppError } from '../errors/app-error.js';
import type { RawQuery } from './page.js';
import { type Sql, sql } from './sql.js';

/** Both directions of one sort order. */
interface SortColumn {
  readonly ascending: Sql;
  readonly descending: Sql;
}

/** What a resource can be sorted by. */
export interface SortKeys {
  readonly columns: Readonly<Record<string, SortColumn>>;
  /** Breaks ties, in the direction of the sort. */
  readonly id: Sql;
  /** As a client would write it, `-` for descending. */
  readonly byDefault: string;
}

/** A column in the order of its type. */
export function ordered(column: Sql): SortColumn {
  return { ascending: sql`${column} ASC`, descending: sql`${column} DESC` };
}

/** A text in the order of its code points, which is the same in every database; served by an index with `text_pattern_ops`. */
export function orderedByCodePoints(column: Sql): SortColumn {
  return { ascending: sql`${column} USING ~<~`, descending: sql`${column} USING ~>~` };
}

/**
 * What `ORDER BY` is to say.
 *
 * @throws AppError `sort_unsupported`
 */
export function readSort(query: RawQuery, { columns, id, byDefault }: SortKeys): Sql {
  const asked = query['sort'];
  const text = asked === undefined || asked === '' ? byDefault : asked;
  if (typeof text !== 'string') throw new AppError('sort_unsupported');
  const descends = text.startsWith('-');
  const name = descends ? text.slice(1) : text;
  const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (column === undefined) throw new AppError('sort_unsupported');
  return descends ? sql`${column.descending}, ${id} DESC` : sql`${column.ascending}, ${id} ASC`;
}
