import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { digestsAreEqual, sha256 } from '../../src/crypto/digest.js';

describe('sha256', () => {
  it('answers the digest of the UTF-8 bytes (FIPS 180-4, first test vector)', () => {
    expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256('é')).toEqual(crypto.createHash('sha256').update(Buffer.of(0xc3, 0xa9)).digest());
  });
});

describe('digestsAreEqual', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  it('tells equal from different digests, wherever they differ', () => {
    const digest = sha256('secret');
    expect(digestsAreEqual(digest, sha256('secret'))).toBe(true);
    expect(digestsAreEqual(new Uint8Array(digest), digest)).toBe(true);
    for (const index of digest.keys()) {
      const other = Buffer.from(digest);
      other[index] = (other[index] ?? 0) ^ 1;
      expect(digestsAreEqual(digest, other)).toBe(false);
    }
  });

  it('tells digests of different length apart instead of failing', () => {
    expect(digestsAreEqual(sha256('secret'), sha256('secret').subarray(1))).toBe(false);
    expect(digestsAreEqual(Buffer.alloc(0), sha256('secret'))).toBe(false);
  });

  it('compares in constant time, so that a guess cannot be mended byte by byte', () => {
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();

    digestsAreEqual(sha256('a'), sha256('b'));

    expect(compare.mock.calls).toEqual([[sha256('a'), sha256('b')]]);
  });
});
