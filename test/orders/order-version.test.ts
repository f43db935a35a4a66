import { describe, expect, it } from 'vitest';
import { entityTag, firstVersion, meansVersion } from '../../src/orders/order-version.js';

describe('firstVersion', () => {
  it('is the time in milliseconds', () => {
    expect(firstVersion(new Date('2026-01-01T00:00:00.001Z'))).toBe(1_767_225_600_001n);
  });
});

describe('entityTag', () => {
  it('is the version in quotes, a strong tag', () => {
    expect(entityTag(12n)).toBe('"12"');
  });
});

describe('meansVersion, of version 12', () => {
  it.each<[what: string, ifMatch: string | undefined]>([
    ['no header', undefined],
    ['a star', '*'],
    ['a star between blanks', ' * '],
    ['the tag', '"12"'],
    ['the tag among others', '"x", "12" ,"3"'],
    ['the tag after a weak one', 'W/"3","12"'],
    ['the tag that a proxy made weak', 'W/"12"'],
    ['it among others', '"x", W/"12" ,"3"'],
    ['the tag with the coding that a proxy chose', '"12-gzip"'],
    ['it after two dashes', '"12--gzip"'],
    ['both at once', 'W/"12-br"'],
    ['the tag among empty elements', ', ,"12",'],
  ])('%s means it', (_what, ifMatch) => {
    expect(meansVersion(ifMatch, 12n)).toBe(true);
  });

  it.each<[what: string, ifMatch: string]>([
    ['an empty header', ''],
    ['an older tag', '"11"'],
    ['a longer tag', '"123"'],
    ['a tag with zeros before it', '"012"'],
    ['an older tag that a proxy made weak', 'W/"11"'],
    ['an older tag with a coding', '"11-gzip"'],
    ['a weak tag in lower case, which is none', 'w/"12"'],
    ['a weak tag with blanks in it', 'W/ "12"'],
    ['a weak tag without quotes', 'W/12'],
    ['a weak star', 'W/*'],
    ['a tag with something else behind the version', '"12-x"'],
    ['a tag with a dash behind the version', '"12-"'],
    ['a tag with a coding before the version', '"gzip-12"'],
    ['a tag with two codings', '"12-gzip-br"'],
    ['two tags without a comma', '"11" "12"'],
    ['the version without quotes', '12'],
    ['a star among tags', '"11", *'],
    ['a star in quotes', '"*"'],
    ['half a tag', '"12'],
    ['a tag with blanks in it', '" 12 "'],
  ])('%s does not mean it', (_what, ifMatch) => {
    expect(meansVersion(ifMatch, 12n)).toBe(false);
  });
});
