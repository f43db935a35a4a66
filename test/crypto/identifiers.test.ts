import { describe, expect, it } from 'vitest';
import { newId, newTokenId, parseUuid } from '../../src/crypto/identifiers.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('newId', () => {
  it('makes different UUIDs of version 7 that sort in the order of their making', () => {
    const ids = Array.from({ length: 2_000 }, newId);

    expect(ids.filter((id) => !UUID_V7.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(2_000);
    expect([...ids].sort()).toEqual(ids);
  });

  it('begins with the time of its making in milliseconds', () => {
    const before = Date.now();
    const id = newId();
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

    expect(time).toBeGreaterThanOrEqual(before);
    // A millisecond in which many ids were made lends from the next one.
    expect(time).toBeLessThanOrEqual(Date.now() + 10);
  });
});

describe('newTokenId', () => {
  it('makes different UUIDs of version 4, which do not tell their time', () => {
    const ids = Array.from({ length: 2_000 }, newTokenId);

    expect(ids.filter((id) => !UUID_V4.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(2_000);
    expect([...ids].sort()).not.toEqual(ids);
  });
});

describe('parseUuid', () => {
  it('answers the lower-case form of any UUID', () => {
    for (const id of [
      '0190b5a4-7d4c-7f60-8c4d-0f6f3f2a1b00',
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11',
    ]) {
      expect(parseUuid(id)).toBe(id);
      expect(parseUuid(id.toUpperCase())).toBe(id);
    }
  });

  it.each([
    ['no text', ''],
    ['a word', 'tokens'],
    ['braces', '{5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11}'],
    ['a URN', 'urn:uuid:5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11'],
    ['no hyphens', '5b1f8c0e6d0b4a529b0e0d0b2f7a1c11'],
    ['hyphens elsewhere', '5b1f-8c0e6d0b-4a52-9b0e-0d0b2f7a1c11'],
    ['a digit too few', '5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c1'],
    ['a digit too many', '5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c111'],
    ['a letter that is no digit', '5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c1g'],
    ['space around', ' 5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11'],
    ['a line end', '5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11\n'],
    ['a NUL', '5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11\0'],
    ['a path', '../5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11'],
    ['SQL', "5b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11' OR '1'='1"],
    ['full-width digits', '５b1f8c0e-6d0b-4a52-9b0e-0d0b2f7a1c11'],
    ['a megabyte', 'a'.repeat(1_000_000)],
  ])('refuses %s, so that it never reaches a query', (_, text) => {
    expect(parseUuid(text)).toBeNull();
  });
});
