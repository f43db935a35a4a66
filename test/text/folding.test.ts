import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { composed, compatible, fold, isAssigned, lowerCase } from '../../src/text/folding.js';
import { cases } from '../harness/tier/sizes.js';

/** Assigned by Unicode 17, or by none so far. */
const UNKNOWN = ['\u{16ea0}', '\u1acf', '\u{11de0}', '\u0378', '\ufdd0', '\u{10ffff}', '\ud800'];

/** What the runtime has, to be called by what stands in for it. */
function runtimes(method: 'normalize' | 'toLowerCase') {
  return Object.getOwnPropertyDescriptor(String.prototype, method)?.value as (form?: string) => string;
}

describe('fold', () => {
  it.each([
    ['Ann', 'ann'],
    ['ＡNN', 'ann'],
    ['\u212Aelvin', 'kelvin'],
    ['Jose\u0301', 'jos\u00e9'],
    ['ＪOSÉ', 'jos\u00e9'],
    ['\u0130', 'i\u0307'],
    ['\u0131', '\u0131'],
    ['STRASSE', 'strasse'],
    ['STRAẞE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['ΟΔΟΣ ΟΔΟΣ', 'οδος οδος'],
    ['ΟΔΟΣΑ', 'οδοσα'],
    ['ΟΔΟΣ.ΟΔΟΣ', 'οδος.οδος'],
    ['Σ', 'σ'],
    ['ΣΣ', 'σς'],
    ['\u03f9Α\u03f9', 'σας'],
    ['Ⅻ', 'xii'],
    ['\u13a0', '\uab70'],
    ['🦄 ǅ', '🦄 dž'],
  ])('makes of %j %j', (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it('changes nothing more, when it is done twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        expect(fold(fold(text))).toBe(fold(text));
      }),
      cases('texts folded twice', { test: 500, thorough: 5_000 }),
    );
  });

  it('folds what stands beside an unknown character, and leaves that one', () => {
    for (const unknown of UNKNOWN) expect(fold(`E\u0301${unknown}E\u0301Σ`)).toBe(`é${unknown}éς`);
  });
});

describe('composed, compatible and lowerCase', () => {
  it('do each their one part', () => {
    const text = 'ＪOSE\u0301';
    expect([composed(text), compatible(text), lowerCase(text)]).toEqual(['ＪOSÉ', 'JOSÉ', 'ｊose\u0301']);
  });
});

describe('isAssigned', () => {
  it('knows the text that all runtimes know', () => {
    expect(['', 'Ann', 'é가王🦄\u{1c89}'].map(isAssigned)).toEqual([true, true, true]);
    expect(UNKNOWN.map((unknown) => isAssigned(`a${unknown}`))).toEqual(UNKNOWN.map(() => false));
  });
});

describe('a runtime that knows more characters', () => {
  afterEach(() => vi.restoreAllMocks());

  it('changes nothing: neither what is new to it, nor a known letter to which it gives a new small one', () => {
    const texts = UNKNOWN.flatMap((unknown) => [`Ann${unknown}`, `${unknown}\u0301É`, `A${unknown}`, '王']);
    const decide = () => texts.map((text) => [fold(text), composed(text), compatible(text), lowerCase(text)]);
    const before = decide();

    const [normalize, toLowerCase] = [runtimes('normalize'), runtimes('toLowerCase')];
    const newer = new RegExp(`[${UNKNOWN.join('')}]`, 'gu');
    vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form?: string) {
      return Reflect.apply(normalize, this, [form]).replace(newer, 'x');
    });
    vi.spyOn(String.prototype, 'toLowerCase').mockImplementation(function (this: string) {
      return Reflect.apply(toLowerCase, this, []).replace(newer, 'x').replace('王', '\u{16ea0}');
    });

    expect('\u0378'.normalize('NFC') + '\u0378'.toLowerCase()).toBe('xx');
    expect(decide()).toEqual(before);
  });
});
