import { createRequire } from 'node:module';
import fc from 'fast-check';
import { toASCII } from 'tr46';
import { describe, expect, it } from 'vitest';
import { parseEmailAddress } from '../../src/customers/email-address.js';
import { cases } from '../harness/tier/sizes.js';

/** Default_Ignorable_Code_Point of Unicode 16, and the two Egyptian letters that have no stroke. */
const INVISIBLE = [
  ...(
    createRequire(import.meta.url)('regenerate-unicode-properties/Binary_Property/Default_Ignorable_Code_Point.js') as {
      characters: { toArray: () => number[] };
    }
  ).characters.toArray(),
  0x13441,
  0x13442,
];

/** The last one in front of the tags and the planes for private use. */
const LAST_CHARACTER_IN_USE = 0x3_ff_ff;
const UTS_46 = {
  checkBidi: true,
  checkHyphens: true,
  checkJoiners: true,
  useSTD3ASCIIRules: true,
  verifyDNSLength: true,
} as const;

const SPELLINGS: [what: string, typed: string, canonical: string][] = [
  ['a plain address', 'ron@example.test', 'ron@example.test'],
  ['capitals', 'Ron@Example.TEST', 'ron@example.test'],
  ['blanks around it', ' \t ron@example.test \n', 'ron@example.test'],
  ['a plus tag, which is part of the address', 'ron+tag@example.test', 'ron+tag@example.test'],
  ['dots, which are part of the address', 'r.o.n@example.test', 'r.o.n@example.test'],
  ['every sign that a dot-atom may hold', "a!#$%&'*+/=?^_`{|}~-z@example.test", "a!#$%&'*+/=?^_`{|}~-z@example.test"],
  ['a full-width at sign', 'ron＠example.test', 'ron@example.test'],
  ['full-width letters', 'ｒＯｎ@ｅxample.test', 'ron@example.test'],
  ['full-width and ideographic dots', 'ron@a．b。example.test', 'ron@a.b.example.test'],
  ['a Kelvin sign', '\u212Aelvin@example.test', 'kelvin@example.test'],
  ['a ligature', 'ﬁn@example.test', 'fin@example.test'],
  ['a capital I with a dot, which is not the letter i', '\u0130@example.test', 'i\u0307@example.test'],
  ['a dotless i, which is not the letter i', '\u0131@example.test', '\u0131@example.test'],
  ['a Cyrillic letter, which is another mailbox', '\u0440on@example.test', '\u0440on@example.test'],
  ['a decomposed letter', 'ele\u0301a@example.test', 'el\u00e9a@example.test'],
  ['a composed letter', 'el\u00c9a@example.test', 'el\u00e9a@example.test'],
  ['letters of another script', 'アン@example.test', 'アン@example.test'],
  ['a domain of another script', 'ann@例え.テスト', 'ann@xn--r8jz45g.xn--zckzah'],
  ['the same domain in ASCII', 'ann@XN--R8JZ45G.xn--zckzah', 'ann@xn--r8jz45g.xn--zckzah'],
  ['a lunate sigma in the domain, which is the one within words', 'ann@a\u03f2b.example', 'ann@xn--ab-vbc.example'],
  ['a final sigma in the domain, which is another one', 'ann@a\u03c2b.example', 'ann@xn--ab-sbc.example'],
  ['a lunate sigma in the local part', 'a\u03f2b@example.test', 'a\u03c2b@example.test'],
  ['a small at sign', 'ron\ufe6bexample.test', 'ron@example.test'],
  ['a local part of 64 bytes', `${'a'.repeat(64)}@example.test`, `${'a'.repeat(64)}@example.test`],
];

const REFUSED: [what: string, text: string][] = [
  ['nothing', ''],
  ['no at sign', 'ron.example.test'],
  ['no local part', '@example.test'],
  ['no domain', 'ron@'],
  ['two at signs', 'ron@example.test@example.test'],
  ['two at signs, one of them full-width', 'ron＠example.test@evil.test'],
  ['a name around it', 'Ron <ron@example.test>'],
  ['a list of two', 'ron@example.test,eve@example.test'],
  ['a blank inside', 'ro n@example.test'],
  ['a line break inside', 'ron@example.test\r\nbcc: eve@example.test'],
  ['a quoted local part', '"ron"@example.test'],
  ['a leading dot', '.ron@example.test'],
  ['a trailing dot in the local part', 'ron.@example.test'],
  ['two dots in the local part', 'r..n@example.test'],
  ['a local part of 65 bytes', `${'a'.repeat(65)}@example.test`],
  ['a local part of 65 bytes in fewer letters', `${'é'.repeat(33)}@example.test`],
  ['a zero-width space', 'ro\u200Bn@example.test'],
  ['a zero-width joiner', 'ro\u200Dn@example.test'],
  ['a byte order mark inside', 'ro\uFEFFn@example.test'],
  ['a right-to-left override', 'ro\u202En@example.test'],
  ['a control character', 'ro\u0007n@example.test'],
  ['a zero-width space in the domain', 'ron@exam\u200Bple.test'],
  ['a soft hyphen in the domain', 'ron@exam\u00ADple.test'],
  ['a domain without a dot', 'ron@localhost'],
  ['a domain with a trailing dot', 'ron@example.test.'],
  ['a domain with two dots', 'ron@example..test'],
  ['a domain with a leading hyphen', 'ron@-example.test'],
  ['a domain with a trailing hyphen', 'ron@example-.test'],
  ['a domain with an underscore', 'ron@exam_ple.test'],
  ['a label of 64 characters', `ron@${'a'.repeat(64)}.test`],
  ['a domain of more than 253 characters', `ron@${'a23456789.'.repeat(25)}test`],
  ['a broken ASCII form of a domain', 'ron@xn--a.test'],
  ['a path behind the domain', 'ron@example.test/evil'],
  ['a query behind the domain', 'ron@example.test?evil'],
  ['a fragment behind the domain', 'ron@example.test#evil'],
  ['a port behind the domain', 'ron@example.test:25'],
  ['a backslash behind the domain', 'ron@example.test\\evil'],
  ['a tab in the domain', 'ron@exam\tple.test'],
  ['percent-encoding in the domain', 'ron@exam%70le.test'],
  ['an IPv4 address', 'ron@127.0.0.1'],
  ['a short IPv4 address', 'ron@127.1'],
  ['a hexadecimal IPv4 address', 'ron@0x7f.1'],
  ['a domain whose last label is a hexadecimal number', 'ron@example.0x7f'],
  ['an IPv4 literal', 'ron@[127.0.0.1]'],
  ['an IPv6 literal', 'ron@[::1]'],
  ['a compatibility letter that hides a slash', 'ron@example.test\u2100evil'],
  ['a dot of a table of contents in the domain', 'ron@shop\u2024example'],
  ['a small full stop in the domain', 'ron@shop\ufe52example'],
  ['an upright ideographic full stop in the domain', 'ron@shop\ufe12example'],
  ['a digit with a full stop in the domain', 'ron@mail\u2488example'],
  ['an abbreviation with full stops in the domain', 'ron@a\u33c2b.example'],
];

describe('parseEmailAddress', () => {
  it.each(SPELLINGS)('reads %s', (_, typed, canonical) => {
    expect(parseEmailAddress(typed)).toEqual({
      typed: typed.trim(),
      canonical,
      domain: canonical.slice(canonical.lastIndexOf('@') + 1),
    });
  });

  it.each(REFUSED)('refuses %s', (_, text) => {
    expect(parseEmailAddress(text)).toBeNull();
  });

  it('refuses text that is longer than an address may be', () => {
    const address = (length: number) =>
      `ron@${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(length)}.test`;

    expect(parseEmailAddress(address(62))?.canonical).toHaveLength(254);
    expect(parseEmailAddress(address(63))).toBeNull();
  });

  it('refuses every invisible character: typed anywhere in either part it would make a second account', () => {
    const taken = INVISIBLE.flatMap((code) => {
      const invisible = String.fromCodePoint(code);
      const spellings = [
        `r${invisible}on@example.test`,
        `${invisible}ron@a.test`,
        `ron${invisible}@a.test`,
        `ron@a${invisible}b.test`,
      ];
      return spellings.filter((text) => parseEmailAddress(text) !== null).map(() => code.toString(16));
    });
    expect(INVISIBLE.length).toBeGreaterThan(4_000);
    // Around the whole address it is a blank, as the others are.
    expect(taken).toEqual(['feff']);
  });

  it('refuses what only a newer runtime than the oldest one knows, as a letter and behind xn--', () => {
    for (const text of ['\u{16ea0}@example.test', 'ron@\u{16ea0}.test', 'ron@xn--zs0f.test', '\u0378@example.test']) {
      expect([text, parseEmailAddress(text)]).toEqual([text, null]);
    }
  });

  it('reads every character of a domain as UTS #46 does, or refuses the address', () => {
    const others: string[] = [];
    let read = 0;
    for (let code = 0x80; code <= LAST_CHARACTER_IN_USE; code += 1) {
      if (code >= 0xd8_00 && code <= 0xf8_ff) continue;
      const typed = `a${String.fromCodePoint(code)}b.example`;
      const domain = parseEmailAddress(`ron@${typed}`)?.domain;
      if (domain === undefined) continue;
      read += 1;
      if (domain !== toASCII(typed, UTS_46)) others.push(`${code.toString(16)} ${domain}`);
    }
    expect(others).toEqual([]);
    expect(read).toBeGreaterThan(100_000);
  });

  it('gives every canonical form itself as its canonical form', () => {
    fc.assert(
      fc.property(hostileAddress, (text) => {
        const first = parseEmailAddress(text);
        fc.pre(first !== null);
        const again = parseEmailAddress(first.canonical);
        expect(again).toEqual({ typed: first.canonical, canonical: first.canonical, domain: first.domain });
        expect(first.canonical.endsWith(`@${first.domain}`)).toBe(true);
        expect(first.domain).toMatch(/^[a-z0-9.-]+$/);
        expect(first.canonical.length).toBeLessThanOrEqual(254);
        expect(Buffer.byteLength(first.typed)).toBeLessThanOrEqual(254 * 3);
      }),
      cases('canonical forms of emails', { test: 500, thorough: 5_000 }),
    );
  });

  it('gives every spelling of an address the same canonical form', () => {
    fc.assert(
      fc.property(plainAddress, fc.infiniteStream(fc.nat(3)), blanks, blanks, (plain, choices, before, after) => {
        const respelled = Array.from(plain, (letter) => respell(letter, choices.next().value ?? 0)).join('');
        expect(parseEmailAddress(before + respelled + after)?.canonical).toBe(plain);
      }),
      cases('spellings of emails', { test: 200, thorough: 2_000 }),
    );
  });
});

/** Letters that change their form, length or script under normalising and folding, and signs that end a host. */
const SPICE = [
  ...Array.from('aZ0.+-_@＠．。ßẞſKÅﬁǅİıΣςσÉ\u0301\u0307\u200B\u00ADéアいｅ㎏℀％/?#:%[]'),
  '例え',
  'xn--',
  '%40',
];
const part = fc.array(fc.constantFrom(...SPICE), { minLength: 1, maxLength: 8 }).map((letters) => letters.join(''));
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);
const hostileAddress = fc
  .tuple(
    fc.oneof(part, word),
    fc.constantFrom('@', '＠'),
    fc.oneof(part, word),
    fc.constantFrom('.test', '．Test', '。例え', ''),
  )
  .map((parts) => parts.join(''));
const plainAddress = fc.tuple(word, word, word).map(([local, domain, top]) => `${local}@${domain}.${top}`);
const blanks = fc.constantFrom('', ' ', '\t', '\n', '\u00A0', '\u3000');

/** Another spelling of the same ASCII sign: as it is, a capital, or full-width. */
function respell(letter: string, choice: number): string {
  if (choice === 1) return letter.toUpperCase();
  if (choice === 2) return String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0);
  return letter;
}
