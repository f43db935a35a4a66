import { ASSIGNED, WORD } from './unicode-tables.js';

/**
 * Inner parts of character classes, for regular expressions with the flag `u`. They come from tables of our own, as `\p{…}` means
 * the tables of the runtime: an address that is one on Node 20 and none on Node 24 would be a second account.
 */
export const assignedCharacters = rangesOf(ASSIGNED);
export const wordCharacters = rangesOf(WORD);

function rangesOf(table: string): string {
  const lengths = table.split(' ').map((length) => Number.parseInt(length, 36));
  let ranges = '';
  let next = 0;
  for (let at = 0; at + 1 < lengths.length; at += 2) {
    const start = next + (lengths[at] ?? 0);
    next = start + (lengths[at + 1] ?? 0);
    ranges += `\\u{${start.toString(16)}}-\\u{${(next - 1).toString(16)}}`;
  }
  return ranges;
}
