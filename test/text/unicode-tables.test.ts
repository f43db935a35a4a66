import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assignedCharacters, wordCharacters } from '../../src/text/character-classes.js';

const root = new URL('../../', import.meta.url);
const { unicodeTables } = (await import(new URL('scripts/unicode-tables.mjs', root).href)) as {
  unicodeTables: () => string;
};

describe('the tables of characters', () => {
  it('are what scripts/unicode-tables.mjs makes of Unicode 16', () => {
    expect(readFileSync(new URL('src/text/unicode-tables.ts', root), 'utf8')).toBe(unicodeTables());
    expect(unicodeTables()).toContain('from Unicode 16.0.0.');
  });

  it('say of single characters what the standard says', () => {
    const [assigned, word] = [assignedCharacters, wordCharacters].map((ranges) => new RegExp(`^[${ranges}]$`, 'u'));
    const said = (character: string) => [assigned?.test(character), word?.test(character)];

    for (const letter of ['a', 'Z', '7', 'ß', 'Σ', '\u0301', '가', '王', '½', 'Ⅻ', '\u{1c89}'])
      expect([letter, ...said(letter)]).toEqual([letter, true, true]);
    for (const sign of [
      '@',
      ' ',
      '\0',
      '🦄',
      '\u200b',
      '\u00ad',
      '\u115f',
      '\u3164',
      '\ufe0f',
      '\u{e0100}',
      '\u{13441}',
    ])
      expect([sign, ...said(sign)]).toEqual([sign, true, false]);
    for (const nobody of ['\u0378', '\ud800', '\uffff', '\u{10ffff}', '\u{1e6c0}', '\u{11db0}'])
      expect([nobody, ...said(nobody)]).toEqual([nobody, false, false]);
  });
});
