import { assignedCharacters, wordCharacters } from './character-classes.js';

/** Runs of what Unicode 16 assigns, and what lies between them. */
const RUNS = new RegExp(`[${assignedCharacters}]+|[^${assignedCharacters}]+`, 'gu');
const IS_ASSIGNED = new RegExp(`^[${assignedCharacters}]`, 'u');
const ONLY_ASSIGNED = new RegExp(`^[${assignedCharacters}]*$`, 'u');
const ASCII = /^[\0-\x7f]*$/;
/** A capital sigma at the end of a word (the Unicode Standard, table 3-17, with our own notion of a word). */
const FINAL_SIGMA = new RegExp(`(?<=[${wordCharacters}])Σ(?![${wordCharacters}])`, 'gu');

/** Whether every supported runtime knows every character of a text. */
export function isAssigned(text: string): boolean {
  return ONLY_ASSIGNED.test(text);
}

/** Normalization Form C (Unicode Standard Annex #15), the same on every runtime. */
export function composed(text: string): string {
  return inRuns(text, (run) => run.normalize('NFC'));
}

/** Normalization Form KC, the same on every runtime. */
export function compatible(text: string): string {
  return inRuns(text, (run) => run.normalize('NFKC'));
}

/** The small letters of a text, the same on every runtime. */
export function lowerCase(text: string): string {
  return inRuns(text, lowered);
}

/**
 * NFKC and lower case, for comparisons that ignore case; the same on every runtime. Twice, since each of the two can make work
 * for the other.
 */
export function fold(text: string): string {
  return inRuns(text, (run) => lowered(run.normalize('NFKC')).normalize('NFKC'));
}

/**
 * Does with a text what needs the runtime's tables of characters. They may be newer than Unicode 16, and what they say of the
 * characters of Unicode 16 never changes (Unicode Character Encoding Stability Policies); of others they may know nothing or
 * something, so these stay as they are and nothing is joined with them.
 */
function inRuns(text: string, change: (run: string) => string): string {
  if (ASCII.test(text)) return change(text);
  return text.replace(RUNS, (run) => {
    // check: text that a newer runtime would change
    if (!IS_ASSIGNED.test(run)) return run;
    return change(run);
  });
}

/** Letter by letter, as what a letter's neighbours make of it in `toLowerCase` may change from version to version. */
function lowered(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return Array.from(text.replace(FINAL_SIGMA, 'ς'), (letter) => {
    const small = letter.toLowerCase();
    // A later version may give a small letter to a capital that has none.
    return ONLY_ASSIGNED.test(small) ? small : letter;
  }).join('');
}
