import type { FilterField } from '../jsonapi/filter-fields.js';
import type { FilterValue } from '../jsonapi/filter-reader.js';
import { type Sql, sql } from '../jsonapi/sql.js';
import { matchesPattern, textPattern, wholeDomain } from '../jsonapi/text-patterns.js';
import { emailSearch, nameSearch } from './customers.query.js';

type Like = Pick<Required<FilterField>, 'like'>;

/** `like` about the name as it is typed. */
export const typedName = typedSearch(sql`customers.name`, nameSearch, (value) => {
  const { text, openStart, openEnd } = textPattern(value);
  if (openStart) return null;
  return openEnd ? beginning(foldingStart(text)) : value;
});

/** `like` about the email as it is typed. */
export const typedEmail = typedSearch(sql`customers.email`, emailSearch, (value) => {
  const pattern = textPattern(value);
  const { text, openStart, openEnd } = pattern;
  if (openStart) return wholeDomain(pattern) === null ? null : value;
  // Behind the `@` the one form of an address is not the folded one.
  return openEnd ? beginning(/^[^@]*@?/.exec(foldingStart(text))?.[0] ?? '') : value;
});

/**
 * Only the folded text has an index, so it is asked for too.
 *
 * @param implied what to ask of the folded text: it must match whatever the typed text matches. Null: nothing
 */
function typedSearch(typed: Sql, folded: Like, implied: (value: FilterValue) => FilterValue | null): Like {
  const like = (value: FilterValue): Sql => {
    const exact = matchesPattern(typed, textPattern(value));
    const search = implied(value);
    return search === null ? exact : sql`${folded.like([search])} AND ${exact}`;
  };
  return { like: ([value]) => (value === undefined ? sql`FALSE` : like(value)) };
}

function beginning(text: string): FilterValue | null {
  return text === '' ? null : { text: `${text}*`, starAtStart: false, starAtEnd: true };
}

/**
 * Characters that join none before them when they fold. Marks do, and letters of some scripts that are left out here; the small
 * sigma depends on what follows it. By the runtime's tables, since it decides only how much of a search an index serves: what is
 * found is what matches as typed.
 */
export const FOLDS_APART =
  /[\u0020-\u007e]|(?=\p{L})(?![ΣϹ])[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const FOLD_APART = new RegExp(`^(?:${FOLDS_APART.source})*`, 'u');

/**
 * As much of the start of a text as folds alike in whatever begins with the text. The last character is not among it: a mark may
 * follow and join it, as in `e` and `é`.
 */
function foldingStart(text: string): string {
  const characters = Array.from(FOLD_APART.exec(text)?.[0] ?? '');
  return characters.slice(0, -1).join('');
}
