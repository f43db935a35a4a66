import { parseUuid } from '../crypto/identifiers.js';
import { type Filter, type FilterOperator, unparsable } from './filter.js';
import type { FilterValue } from './filter-reader.js';
import { readInstant } from './filter-times.js';
import { joined, type Sql, sql } from './sql.js';
import { equalsText, matchesPattern, type TextPattern, textPattern } from './text-patterns.js';
import { placeAmong } from './word-places.js';

/** What one condition on an attribute means in SQL. @throws AppError `filter_unsupported` for a value that it cannot take */
type Meaning = (values: readonly FilterValue[]) => Sql;

/** An attribute that a resource can be filtered by: the operators that it takes, and no others. */
export type FilterField = Readonly<Partial<Record<FilterOperator, Meaning>>>;

/** Everything that a resource can be filtered by. What is not listed here does not exist for a filter. */
export type FilterFields = Readonly<Record<string, FilterField>>;

const TRUE = sql`TRUE`;
const FALSE = sql`FALSE`;

/**
 * The filter as a condition in SQL. Names in it choose among constants of ours, and its values become parameters.
 *
 * @throws AppError `filter_unsupported`
 */
export function compileFilter(fields: FilterFields, filter: Filter): Sql {
  if (filter.kind !== 'condition') {
    const members = filter.members.map((member) => compileFilter(fields, member));
    return filter.kind === 'and' ? joined(members, 'AND', TRUE) : joined(members, 'OR', FALSE);
  }
  const { attribute, operator, values } = filter;
  const meaning = Object.hasOwn(fields, attribute) ? fields[attribute]?.[operator] : undefined;
  if (meaning === undefined) throw unparsable();
  return meaning(values);
}

const single =
  (meaning: (value: FilterValue) => Sql): Meaning =>
  ([value]) => {
    if (value === undefined) throw unparsable();
    return meaning(value);
  };

/** Each of the values by itself; for comparisons that are more than an equality of one column. */
export function anyOf(equals: (text: string) => Sql): Pick<Required<FilterField>, 'eq' | 'in'> {
  return {
    eq: single(({ text }) => equals(text)),
    in: (values) =>
      joined(
        [...new Set(values.map(({ text }) => text))].map((text) => equals(text)),
        'OR',
        FALSE,
      ),
  };
}

/** Adds `is_null`. */
export function nullable(column: Sql, field: FilterField): FilterField {
  return { ...field, is_null: () => sql`${column} IS NULL` };
}

/** A text that is compared as it is. */
export function exactText(column: Sql): Pick<Required<FilterField>, 'eq' | 'in'> {
  return {
    eq: single(({ text }) => equalsText(column, text)),
    in: (values) => sql`${column} = ANY(${values.map(({ text }) => text)}::text[])`,
  };
}

/** A text that can be searched too: `like` as it is, `ilike` without regard to case. */
export function searchableText(column: Sql): Pick<Required<FilterField>, 'eq' | 'in' | 'like' | 'ilike'> {
  return {
    ...exactText(column),
    like: single((value) => matchesPattern(column, textPattern(value))),
    ilike: single((value) => matchesPattern(column, textPattern(value), 'any case')),
  };
}

/**
 * A search in a column that holds the folded text; `like` and `ilike` are the same there.
 *
 * @param shortcut another way to the same rows, where the pattern as it was given has one; null where it has none
 */
export function foldedSearch(
  folded: Sql,
  fold: (text: string) => string,
  shortcut: (pattern: TextPattern) => Sql | null = () => null,
): Pick<Required<FilterField>, 'like' | 'ilike'> {
  const like = single((value) => {
    const pattern = textPattern(value);
    return shortcut(pattern) ?? matchesPattern(folded, { ...pattern, text: fold(pattern.text) });
  });
  return { like, ilike: like };
}

/** A column of type uuid. What is no UUID is the id of nothing. */
export function idEquality(column: Sql): FilterField {
  return {
    eq: single(({ text }) => {
      const id = parseUuid(text);
      return id === null ? FALSE : sql`${column} = ${id}::uuid`;
    }),
    in: (values) => {
      const ids = values.map(({ text }) => parseUuid(text)).filter((id) => id !== null);
      return sql`${column} = ANY(${ids}::uuid[])`;
    },
  };
}

/** An id that can be compared too. */
export function comparableId(column: Sql): FilterField {
  const read = ({ text }: FilterValue): string => {
    const id = parseUuid(text);
    if (id === null) throw unparsable();
    return id;
  };
  return {
    ...idEquality(column),
    gt: single((value) => sql`${column} > ${read(value)}::uuid`),
    ge: single((value) => sql`${column} >= ${read(value)}::uuid`),
    lt: single((value) => sql`${column} < ${read(value)}::uuid`),
    le: single((value) => sql`${column} <= ${read(value)}::uuid`),
  };
}

/** One of a few words, which are compared as the interface writes them. @param words all that the text column may hold, in their order */
export function enumeration(column: Sql, words: readonly string[]): FilterField {
  const place = placeAmong(words, column);
  const read = ({ text }: FilterValue): number => {
    if (!words.includes(text)) throw unparsable();
    return words.indexOf(text) + 1;
  };
  return {
    eq: single((value) => sql`${place} = ${read(value)}::int`),
    neq: single((value) => sql`${place} <> ${read(value)}::int`),
    in: (values) =>
      joined(
        [...new Set(values.map(read))].map((which) => sql`${place} = ${which}::int`),
        'OR',
        FALSE,
      ),
  };
}

export function truth(column: Sql): FilterField {
  const read = (text: string): Sql => {
    if (text !== 'true' && text !== 'false') throw unparsable();
    return sql`${column} = ${text === 'true'}::boolean`;
  };
  return anyOf(read);
}

const WHOLE_NUMBER = /^-?\d{1,18}$/;

/** Comparisons of a whole number; equality is not among them. @param column of type bigint or integer */
export function comparableInteger(column: Sql): FilterField {
  const read = ({ text }: FilterValue): string => {
    if (!WHOLE_NUMBER.test(text)) throw unparsable();
    return text;
  };
  return {
    gt: single((value) => sql`${column} > ${read(value)}::bigint`),
    ge: single((value) => sql`${column} >= ${read(value)}::bigint`),
    lt: single((value) => sql`${column} < ${read(value)}::bigint`),
    le: single((value) => sql`${column} <= ${read(value)}::bigint`),
  };
}

/**
 * A moment, compared as the resource shows it: one that is shown in whole seconds equals every moment of that second.
 *
 * @param column of type timestamptz
 */
export function moment(column: Sql, precision: 'seconds' | 'milliseconds'): FilterField {
  const unit = precision === 'seconds' ? 1_000 : 1;
  /** Milliseconds since the epoch where the shown moment begins, and where the next one does. */
  const read = ({ text }: FilterValue) => {
    const instant = readInstant(text);
    if (instant === null) throw unparsable();
    const begin = Math.floor(instant / unit) * unit;
    return { begin: toTimestamp(begin), next: toTimestamp(begin + unit) };
  };
  const equals = (value: FilterValue): Sql => {
    const { begin, next } = read(value);
    return sql`${column} >= ${begin} AND ${column} < ${next}`;
  };
  return {
    eq: single(equals),
    in: (values) => joined(values.map(equals), 'OR', FALSE),
    gt: single((value) => sql`${column} >= ${read(value).next}`),
    ge: single((value) => sql`${column} >= ${read(value).begin}`),
    lt: single((value) => sql`${column} < ${read(value).begin}`),
    le: single((value) => sql`${column} < ${read(value).next}`),
  };
}

/** By way of a number, since Postgres reads years in text up to 9999 only. */
function toTimestamp(milliseconds: number): Sql {
  return sql`to_timestamp(${milliseconds}::float8 / 1000)`;
}

/**
 * An attribute of rows that belong to the resource: the row matches if one of them does.
 *
 * @param within puts a condition on such a row into the one on the resource, as in `EXISTS (SELECT …)`
 */
export function related(field: FilterField, within: (condition: Sql) => Sql): FilterField {
  const entries = Object.entries(field) as [FilterOperator, Meaning][];
  return Object.fromEntries(
    entries.map(([operator, meaning]) => [operator, (values: readonly FilterValue[]) => within(meaning(values))]),
  );
}
