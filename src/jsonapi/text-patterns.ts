import type { FilterValue } from './filter-reader.js';
import { type Sql, sql } from './sql.js';

/** What `like` looks for: the text, with anything before it or behind it where an end is open. */
export interface TextPattern {
  readonly text: string;
  readonly openStart: boolean;
  readonly openEnd: boolean;
}

/** A `*` at the start or the end stands for anything, elsewhere for itself. */
export function textPattern({ text, starAtStart, starAtEnd }: FilterValue): TextPattern {
  return {
    text: text.slice(starAtStart ? 1 : 0, starAtEnd ? -1 : undefined),
    openStart: starAtStart,
    openEnd: starAtEnd,
  };
}

/** The domain, where the pattern means every address of one, as `*@example.com` does; null where it means anything else. */
export function wholeDomain({ text, openStart, openEnd }: TextPattern): string | null {
  return openStart && !openEnd && text.lastIndexOf('@') === 0 ? text.slice(1) : null;
}

export function equalsText(column: Sql, text: string): Sql {
  return sql`${column} = ${text}::text`;
}

/**
 * A search for the beginning is written as a range, which an index with `text_pattern_ops` serves whatever the language of the
 * database and the plan; of a `LIKE` with a parameter the planner must know the value first.
 */
export function matchesPattern(
  column: Sql,
  pattern: TextPattern,
  letters: 'as they are' | 'any case' = 'as they are',
): Sql {
  const { text, openStart, openEnd } = pattern;
  if (letters === 'any case') return sql`${column} ILIKE ${likeText(pattern)}::text`;
  if (!openStart && !openEnd) return equalsText(column, text);
  if (openStart) return sql`${column} LIKE ${likeText(pattern)}::text`;
  const end = afterAllThatBeginWith(text);
  if (end === null) return sql`${column} ~>=~ ${text}::text`;
  return sql`${column} ~>=~ ${text}::text AND ${column} ~<~ ${end}::text`;
}

function likeText({ text, openStart, openEnd }: TextPattern): string {
  return `${openStart ? '%' : ''}${text.replace(/[\\%_]/g, '\\$&')}${openEnd ? '%' : ''}`;
}

const LAST_CODE_POINT = 0x10_ff_ff;
const BEFORE_SURROGATES = 0xd7_ff;
const BEHIND_SURROGATES = 0xe0_00;

/**
 * The first text, in the order of code points (which is that of UTF-8 bytes), behind all that begin with the prefix; null when
 * there is none.
 */
function afterAllThatBeginWith(prefix: string): string | null {
  const codePoints = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (codePoints.at(-1) === LAST_CODE_POINT) codePoints.pop();
  const last = codePoints.pop();
  if (last === undefined) return null;
  return String.fromCodePoint(...codePoints, last === BEFORE_SURROGATES ? BEHIND_SURROGATES : last + 1);
}
