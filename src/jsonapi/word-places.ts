import { Sql } from './sql.js';

const WORD = /^[a-z][a-z0-9_]*$/;

/**
 * The place of a text column's word among the words that it may hold, from 1: their order is not that of their letters. An index
 * that holds this very expression serves what is compared with it or sorted by it.
 *
 * @throws Error for a word that would have to be quoted
 */
export function placeAmong(words: readonly string[], column: Sql): Sql {
  const odd = words.find((word) => !WORD.test(word));
  if (odd !== undefined) throw new Error(`not a word of a column: ${odd}`);
  const list = words.map((word) => `'${word}'`).join(', ');
  return Sql.of([`array_position(ARRAY[${list}], `, ')'], [column]);
}
