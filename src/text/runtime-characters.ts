/** Kirat Rai, which Unicode 16.0 added: two vowel signs that are composed to one. */
const [SIGN_E, SIGN_AI] = ['\u{16d67}', '\u{16d68}'];
/** A capital that Unicode 16.0 added, and its small letter. */
const [CAPITAL, SMALL] = ['\u1c89', '\u1c8a'];

/**
 * Whether the runtime knows every character of our tables (text/unicode-tables.ts): one that is older, or was built without
 * them, finds other names and accounts than the ones beside it.
 */
export function runtimeKnowsCharacters(): boolean {
  return (
    (SIGN_E + SIGN_E).normalize('NFC') === SIGN_AI &&
    SIGN_AI.normalize('NFKD') === SIGN_E + SIGN_E &&
    CAPITAL.toLowerCase() === SMALL
  );
}
