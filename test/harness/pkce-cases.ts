import { createHash } from 'node:crypto';
import * as fc from 'fast-check';

/** A code verifier beside the challenge that the code was issued for. */
export interface PkcePair {
  readonly verifier: string;
  readonly challenge: string;
}

const UNRESERVED_TEXT = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';
const UNRESERVED = Array.from(UNRESERVED_TEXT);
const LENGTH_MIN = 43;
const LENGTH_MAX = 128;

/** RFC 7636 section 4.2, written a second time for the tests. */
export function s256(verifier: string): string {
  return createHash('sha256').update(verifier, 'utf8').digest('base64url');
}

/** Whether a pair must be accepted (RFC 7636 sections 4.1 and 4.6), found without the service. */
export function mustAccept({ verifier, challenge }: PkcePair): boolean {
  const characters = Array.from(verifier);
  const isWellFormed =
    characters.length >= LENGTH_MIN &&
    characters.length <= LENGTH_MAX &&
    characters.every((character) => UNRESERVED.includes(character));
  return isWellFormed && challenge === s256(verifier);
}

const wellFormed = (minLength = LENGTH_MIN, maxLength = LENGTH_MAX): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...UNRESERVED), minLength, maxLength });

const right = (verifier: string): PkcePair => ({ verifier, challenge: s256(verifier) });

/** Of another text than the verifier, or of a text that no verifier may be. */
const wrongPairs: fc.Arbitrary<PkcePair>[] = [
  fc.tuple(wellFormed(), wellFormed()).map(([verifier, other]) => ({ verifier, challenge: s256(other) })),
  fc.tuple(wellFormed(), fc.nat(), fc.constantFrom(...UNRESERVED)).map(([verifier, at, character]) => {
    const place = at % verifier.length;
    return { verifier: verifier.slice(0, place) + character + verifier.slice(place + 1), challenge: s256(verifier) };
  }),
  fc.tuple(wellFormed(), fc.nat(), fc.constantFrom(...UNRESERVED)).map(([verifier, at, character]) => {
    const challenge = s256(verifier);
    const place = at % challenge.length;
    return { verifier, challenge: challenge.slice(0, place) + character + challenge.slice(place + 1) };
  }),
  wellFormed().map((verifier) => ({ verifier, challenge: verifier.slice(0, 43) })),
  wellFormed().map((verifier) => ({ verifier: s256(verifier), challenge: s256(verifier) })),
  wellFormed().map((verifier) => ({ verifier: verifier.toLowerCase(), challenge: s256(verifier) })),
  wellFormed(1, LENGTH_MIN - 1).map(right),
  wellFormed(LENGTH_MAX + 1, 200).map(right),
  fc
    .tuple(wellFormed(), fc.nat(), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
    .map(([verifier, at, character]) => {
      const place = at % verifier.length;
      return right(verifier.slice(0, place) + character + verifier.slice(place + 1));
    }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 140 }).map(right),
];

/** One half is right. Of the other, each is wrong in one way, but for the few that chance makes right again. */
export const pkcePairs: fc.Arbitrary<PkcePair> = fc.oneof(
  { weight: wrongPairs.length, arbitrary: wellFormed().map(right) },
  ...wrongPairs.map((arbitrary) => ({ weight: 1, arbitrary })),
);

export interface PkceVector extends PkcePair {
  readonly name: string;
  readonly accepted: boolean;
}

/** RFC 7636 appendix B. */
const RFC_VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const RFC_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const LONGEST = UNRESERVED_TEXT.repeat(2).slice(0, LENGTH_MAX);

const accepted = (name: string, verifier: string): PkceVector => ({ name, accepted: true, ...right(verifier) });
/** The challenge is right for a verifier that is no such thing. */
const malformed = (name: string, verifier: string): PkceVector => ({ name, accepted: false, ...right(verifier) });
const wrong = (name: string, verifier: string, challenge: string = RFC_CHALLENGE): PkceVector => ({
  name,
  accepted: false,
  verifier,
  challenge,
});
const withinRfc = (character: string) => `${RFC_VERIFIER.slice(0, 20)}${character}${RFC_VERIFIER.slice(21)}`;

/**
 * Every challenge has the form that the authorization endpoint lets through: 43 characters of base64url. Of the last one only
 * four of six bits are the hash's, so that three more spellings decode to the same bytes.
 */
export const pkceVectors: readonly PkceVector[] = [
  { name: 'the example of RFC 7636', verifier: RFC_VERIFIER, challenge: RFC_CHALLENGE, accepted: true },
  accepted('43 characters, the shortest', 'a'.repeat(43)),
  accepted('128 characters, the longest, of every kind', LONGEST),
  accepted('56 hexadecimal digits, as one storefront sends', '0123456789abcdef'.repeat(4).slice(0, 56)),
  accepted('marks only', '-._~'.repeat(11)),
  accepted('a verifier that is itself a challenge', s256(RFC_VERIFIER)),
  malformed('42 characters', RFC_VERIFIER.slice(0, 42)),
  malformed('129 characters', `${LONGEST}a`),
  malformed('1 character', 'a'),
  malformed('2,048 characters', 'a'.repeat(2_048)),
  malformed('a blank within', withinRfc(' ')),
  malformed('a blank before', ` ${RFC_VERIFIER}`),
  malformed('a blank behind', `${RFC_VERIFIER} `),
  malformed('a line feed behind', `${RFC_VERIFIER}\n`),
  malformed('a carriage return and a line feed behind', `${RFC_VERIFIER}\r\n`),
  malformed('a tab within', withinRfc('\t')),
  malformed('a plus, as standard base64 has it', withinRfc('+')),
  malformed('a slash, as standard base64 has it', withinRfc('/')),
  malformed('padding', `${RFC_VERIFIER}=`),
  malformed('an ampersand', withinRfc('&')),
  malformed('a percent-encoded letter', withinRfc('%41')),
  malformed('a backslash', withinRfc('\\')),
  malformed('a quotation mark', withinRfc('"')),
  malformed('a colon', withinRfc(':')),
  malformed('an asterisk', withinRfc('*')),
  malformed('an exclamation mark', withinRfc('!')),
  malformed('parentheses', withinRfc('()')),
  malformed('a letter with an accent', withinRfc('é')),
  malformed('a full-width letter', withinRfc('Ａ')),
  malformed('a Cyrillic letter that looks Latin', withinRfc('а')),
  malformed('an emoji', withinRfc('🦄')),
  malformed('a zero-width space', withinRfc('\u200b')),
  malformed('a byte order mark before', `\ufeff${RFC_VERIFIER}`),
  malformed('43 Arabic digits', '٣'.repeat(43)),
  wrong('the challenge itself, as method plain has it', RFC_CHALLENGE),
  wrong('another verifier', 'b'.repeat(43)),
  wrong('the verifier in lower case', RFC_VERIFIER.toLowerCase()),
  wrong('the verifier in upper case', RFC_VERIFIER.toUpperCase()),
  wrong('the verifier with one more character', `${RFC_VERIFIER}a`),
  wrong('the verifier twice', `${RFC_VERIFIER}${RFC_VERIFIER}`),
  wrong('the verifier backwards', Array.from(RFC_VERIFIER).toReversed().join('')),
  wrong('the hash in hexadecimal digits', createHash('sha256').update(RFC_VERIFIER).digest('hex')),
  wrong('the hash of the challenge', s256(RFC_CHALLENGE)),
  wrong('a verifier for a challenge in lower case', RFC_VERIFIER, RFC_CHALLENGE.toLowerCase()),
  wrong('a verifier for a challenge in upper case', RFC_VERIFIER, RFC_CHALLENGE.toUpperCase()),
  wrong('a verifier for the challenge plain', RFC_VERIFIER, RFC_VERIFIER),
  wrong('a verifier for the challenge of zeros', RFC_VERIFIER, 'A'.repeat(43)),
  ...['N', 'O', 'P'].map((last) =>
    wrong(
      `a verifier for a challenge that decodes to its hash, but ends in ${last}`,
      RFC_VERIFIER,
      RFC_CHALLENGE.slice(0, 42) + last,
    ),
  ),
];
