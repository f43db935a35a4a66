import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SealError, SecretBox, type SealedPlace } from '../../src/crypto/secret-box.js';

const PLACE: SealedPlace = { table: 'signing_keys', row: 'k1', column: 'sealed_private_key' };
const PLAIN = Buffer.from('the private half of a key pair');
const DAMAGED = 'damaged, or moved from another place';

/** Version, master-key id, nonce. */
const HEADER_BYTES = 1 + 4 + 12;
const TAG_BYTES = 16;

function faultOf(open: () => Buffer): string {
  try {
    open();
  } catch (cause) {
    if (cause instanceof SealError) return cause.message;
    throw cause;
  }
  throw new Error('it opened');
}

describe('SecretBox', () => {
  const key = randomBytes(32);
  const box = new SecretBox([key]);

  it('opens what it sealed at the same place, whatever its length', () => {
    for (const plain of [PLAIN, Buffer.alloc(0), randomBytes(1), randomBytes(4_096)]) {
      expect(box.open(box.seal(plain, PLACE), { ...PLACE })).toEqual(plain);
    }
  });

  it('opens what comes out of a database driver, a plain Uint8Array', () => {
    expect(box.open(new Uint8Array(box.seal(PLAIN, PLACE)), PLACE)).toEqual(PLAIN);
  });

  it('writes version, key id, nonce, ciphertext and tag, and nothing of the plain text or the key', () => {
    const sealed = box.seal(PLAIN, PLACE);

    expect(sealed).toHaveLength(HEADER_BYTES + PLAIN.length + TAG_BYTES);
    expect(sealed[0]).toBe(1);
    expect(sealed.includes(PLAIN.subarray(0, 4))).toBe(false);
    expect(sealed.includes(key.subarray(0, 4))).toBe(false);
  });

  it('seals the same value differently each time, as a nonce must never come twice', () => {
    const nonces = Array.from({ length: 500 }, () => box.seal(PLAIN, PLACE).subarray(5, HEADER_BYTES).toString('hex'));
    expect(new Set(nonces).size).toBe(500);
  });

  it('refuses a value that was moved to another row, column or table', () => {
    const sealed = box.seal(PLAIN, PLACE);
    const elsewhere: SealedPlace[] = [
      { ...PLACE, row: 'k2' },
      { ...PLACE, column: 'public_jwk' },
      { ...PLACE, table: 'other' },
      { ...PLACE, row: 'K1' },
      { table: PLACE.row, row: PLACE.table, column: PLACE.column },
    ];
    for (const place of elsewhere) expect(faultOf(() => box.open(sealed, place))).toBe(DAMAGED);
  });

  it('keeps the parts of a place apart, so that no two places read the same', () => {
    const sealed = box.seal(PLAIN, { table: 'a', row: 'b","c', column: 'd' });
    for (const place of [
      { table: 'a","b', row: 'c', column: 'd' },
      { table: 'a', row: 'b', column: 'c","d' },
      { table: 'a', row: 'b', column: 'cd' },
    ]) {
      expect(faultOf(() => box.open(sealed, place))).toBe(DAMAGED);
    }
  });

  it('refuses a value with any one bit of any byte flipped', () => {
    const sealed = box.seal(PLAIN, PLACE);
    const faults = [...sealed.keys()].flatMap((index) =>
      Array.from({ length: 8 }, (_, bit) => {
        const flipped = Buffer.from(sealed);
        flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
        return { index, fault: faultOf(() => box.open(flipped, PLACE)) };
      }),
    );

    expect(faults).toHaveLength(sealed.length * 8);
    const expected = (index: number) =>
      index === 0 ? 'unknown version' : index < 5 ? 'sealed by another master key' : DAMAGED;
    expect(faults.filter(({ index, fault }) => fault !== expected(index))).toEqual([]);
  });

  it('refuses a value cut at any length, and one with bytes added', () => {
    const sealed = box.seal(PLAIN, PLACE);
    const faults = [...sealed.keys()].map((length) => faultOf(() => box.open(sealed.subarray(0, length), PLACE)));

    expect(new Set(faults.slice(0, HEADER_BYTES + TAG_BYTES))).toEqual(new Set(['truncated']));
    expect(new Set(faults.slice(HEADER_BYTES + TAG_BYTES))).toEqual(new Set([DAMAGED]));
    expect(faultOf(() => box.open(Buffer.concat([sealed, Buffer.of(0)]), PLACE))).toBe(DAMAGED);
    expect(faultOf(() => box.open(sealed.subarray(1), PLACE))).toMatch(/^(unknown version|sealed by another)/);
  });

  it('refuses a value of another master key, and tells so', () => {
    const stranger = new SecretBox([randomBytes(32)]);
    expect(faultOf(() => stranger.open(box.seal(PLAIN, PLACE), PLACE))).toBe('sealed by another master key');
  });

  it('with `new,old` opens both, seals with the new one, and tells which values are still the old one’s', () => {
    const newer = randomBytes(32);
    const rotating = new SecretBox([newer, key]);
    const before = box.seal(PLAIN, PLACE);
    const after = rotating.seal(PLAIN, PLACE);

    expect(rotating.open(before, PLACE)).toEqual(PLAIN);
    expect(rotating.open(after, PLACE)).toEqual(PLAIN);
    expect(new SecretBox([newer]).open(after, PLACE)).toEqual(PLAIN);
    expect(faultOf(() => box.open(after, PLACE))).toBe('sealed by another master key');
    expect(rotating.isSealedByFirstKey(before)).toBe(false);
    expect(rotating.isSealedByFirstKey(after)).toBe(true);
    expect(rotating.isSealedByFirstKey(Buffer.alloc(0))).toBe(false);
  });

  it('never shows key or plain text in an error', () => {
    const sealed = box.seal(PLAIN, PLACE);
    const faults = [
      faultOf(() => box.open(sealed.subarray(0, 10), PLACE)),
      faultOf(() => box.open(sealed, { ...PLACE, row: 'k2' })),
      faultOf(() => new SecretBox([randomBytes(32)]).open(sealed, PLACE)),
    ].join(' ');
    for (const secret of [PLAIN.toString(), key.toString('base64'), key.toString('hex')]) {
      expect(faults).not.toContain(secret);
    }
  });

  it('makes the same pseudonym of the same value in every process, and another one by another key', () => {
    const pseudonym = box.pseudonym('203.0.113.7');
    expect(pseudonym).toHaveLength(32);
    expect(new SecretBox([key]).pseudonym('203.0.113.7')).toEqual(pseudonym);
    const others = [
      box.pseudonym('203.0.113.8'),
      new SecretBox([randomBytes(32)]).pseudonym('203.0.113.7'),
      createHash('sha256').update('203.0.113.7').digest(),
      createHmac('sha256', key).update('203.0.113.7').digest(),
    ];
    for (const other of others) expect(other).not.toEqual(pseudonym);
  });

  it('cannot be made without a master key', () => {
    expect(() => new SecretBox([])).toThrow(new SealError('no master key'));
  });
});
