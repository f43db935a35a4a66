import { describe, expect, it } from 'vitest';
import { LINES, ONE_LINE, onOneLine } from '../../src/text/lines.js';

const CODES = Array.from({ length: 0x11_00_00 }, (_, code) => code);
const isOneLine = new RegExp(ONE_LINE, 'u');
const isLines = new RegExp(LINES, 'u');
const refused = (expression: RegExp) => CODES.filter((code) => !expression.test(String.fromCodePoint(code)));
const range = (first: number, last: number) => CODES.slice(first, last + 1);

const CONTROLS = [...range(0, 0x1f), ...range(0x7f, 0x9f)];
const MARKS = [0x061c, 0x200e, 0x200f];
const REORDERING = [...range(0x202a, 0x202e), ...range(0x2066, 0x2069)];

describe('a name', () => {
  it('holds every character but controls, line ends and changes of direction', () => {
    const expected = [...CONTROLS, ...MARKS, 0x2028, 0x2029, ...REORDERING].toSorted((one, other) => one - other);
    expect(refused(isOneLine)).toEqual(expected);
  });

  it('made of what a provider tells has no such character, and is what it was where it had none', () => {
    const wrong = CODES.filter((code) => {
      const character = String.fromCodePoint(code);
      const half = code >= 0xd8_00 && code <= 0xdf_ff;
      const made = onOneLine(`a${character}b`);
      return !isOneLine.test(made) || (isOneLine.test(character) && !half && made !== `a${character}b`);
    });
    expect(wrong).toEqual([]);
    expect(onOneLine(' Ann\r\n\u202eExample\u202c\u2029\ud83e ')).toBe('Ann Example');
  });
});

describe('text of several lines', () => {
  it('holds tabs, line ends and the marks of right-to-left scripts too', () => {
    const expected = [...CONTROLS.filter((code) => ![9, 10, 13].includes(code)), 0x2028, 0x2029, ...REORDERING];
    expect(refused(isLines)).toEqual(expected.toSorted((one, other) => one - other));
  });
});
