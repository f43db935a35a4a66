/** Controls (General_Category Cc), and the separators of lines and paragraphs. */
const CONTROLS = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029';
const CONTROLS_BUT_TAB_AND_LINE_ENDS = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u2028\\u2029';
/** Invisible characters that change the order in which others are shown (Bidi_Control). */
const DIRECTIONS = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
/** Those of them that reorder what stands beside them; marks stand in Hebrew and Arabic addresses with good reason. */
const REORDERING = '\\u202a-\\u202e\\u2066-\\u2069';

/**
 * What a name holds, as a regular expression: it stays on its line, and shows in the order in which it is written. Names stand
 * in lists, logs, terminals, mails and on labels beside the names of others, where a control or a change of direction makes one
 * pass for another. (Text with a half of a surrogate pair or a NUL is refused before, wherever it stands.)
 *
 * It holds for the names of customers, users of realms, people and companies in address books, realms, profiles and keys. Orders
 * are mirrors of what another system sold: they keep every name as it was given, since an order that is refused is an order
 * that is missing, and its writer is trusted.
 */
export const ONE_LINE = `^[^${CONTROLS}${DIRECTIONS}]*$`;

/** What text of several lines holds, such as the lines of an address, that people write into a field with line ends. */
export const LINES = `^[^${CONTROLS_BUT_TAB_AND_LINE_ENDS}${REORDERING}]*$`;

const CONTROL = new RegExp(`[${CONTROLS}\\ud800-\\udfff]+`, 'gu');
const DIRECTION = new RegExp(`[${DIRECTIONS}]`, 'gu');

/** What is left of a text for a name: without its directions, and with a blank for its controls. */
export function onOneLine(text: string): string {
  // check: names of providers without changes of direction
  const undirected = text.replace(DIRECTION, '');
  return undirected.replace(CONTROL, ' ').trim();
}
