import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseMasterKeys } from '../../src/config/master-key.js';

const ADVICE = 'make one with `openssl rand -base64 32`';

function parse(text: string): { keys: Buffer[]; problems: string[] } {
  const problems: string[] = [];
  const keys = parseMasterKeys(text, (problem) => problems.push(problem));
  return { keys, problems };
}

describe('parseMasterKeys', () => {
  it('reads one key of 32 bytes in base64, also without padding and in the URL alphabet', () => {
    const key = Buffer.from('fbefbefbefbefbefbef0123456789abcdef0f1e2d3c4b5a69788796a5b4c3d21', 'hex');
    for (const text of [key.toString('base64'), key.toString('base64url'), ` ${key.toString('base64')} `]) {
      expect(parse(text)).toEqual({ keys: [key], problems: [] });
    }
  });

  it('reads `new,old` in that order, as the first one seals', () => {
    const [newer, older] = [randomBytes(32), randomBytes(32)];
    const text = `${newer.toString('base64')}, ${older.toString('base64')}`;
    expect(parse(text)).toEqual({ keys: [newer, older], problems: [] });
  });

  it('refuses three keys and a list with a gap', () => {
    const key = randomBytes(32).toString('base64');
    expect(parse(`${key},${key},${key}`)).toEqual({
      keys: [],
      problems: ['MASTER_KEY must be one key, or `new,old` while rotating'],
    });
    for (const text of [`${key},`, `,${key}`]) {
      expect(parse(text).problems).toEqual([`MASTER_KEY must be base64: ${ADVICE}`]);
    }
  });

  it('refuses text that is not base64', () => {
    for (const text of ['correct horse battery staple', 'ä', '====', 'abc$', 'YWJj=YWJj']) {
      expect(parse(text)).toEqual({ keys: [], problems: [`MASTER_KEY must be base64: ${ADVICE}`] });
    }
  });

  it.each([
    [0, 'A==', 'is too short (0 bytes, 32 are needed)'],
    [16, randomBytes(16).toString('base64'), 'is too short (16 bytes, 32 are needed)'],
    [31, randomBytes(31).toString('base64'), 'is too short (31 bytes, 32 are needed)'],
    [33, randomBytes(33).toString('base64'), 'is too long (33 bytes, 32 are needed)'],
    [64, randomBytes(64).toString('base64'), 'is too long (64 bytes, 32 are needed)'],
  ])('refuses a key of %i bytes', (_, text, fault) => {
    expect(parse(text)).toEqual({ keys: [], problems: [`MASTER_KEY ${fault}: ${ADVICE}`] });
  });

  it.each([
    ['zeros', Buffer.alloc(32)],
    ['one byte repeated', Buffer.alloc(32, 0xa5)],
    ['a short pattern repeated', Buffer.alloc(32, Buffer.from('deadbeef', 'hex'))],
    ['bytes that count up', Buffer.from(Array.from({ length: 32 }, (_, index) => index))],
    ['bytes that count up from elsewhere', Buffer.from(Array.from({ length: 32 }, (_, index) => (index + 240) % 256))],
    ['readable text', Buffer.from('this-is-a-32-byte-secret-sample!')],
    ['hexadecimal digits taken for bytes', Buffer.from('0123456789abcdef0f1e2d3c4b5a6978')],
  ])('refuses %s as a sample value, since what stands in a tutorial protects nothing', (_, key) => {
    expect(parse(key.toString('base64'))).toEqual({
      keys: [],
      problems: [`MASTER_KEY is a sample value: ${ADVICE}`],
    });
  });

  it('reports the fault of each of two keys', () => {
    expect(parse('AAAA,BBBB').problems).toEqual([
      `MASTER_KEY is too short (3 bytes, 32 are needed): ${ADVICE}`,
      `MASTER_KEY is too short (3 bytes, 32 are needed): ${ADVICE}`,
    ]);
  });

  it('never takes 1,000 random keys for samples', () => {
    for (let round = 0; round < 1_000; round += 1) {
      const key = randomBytes(32);
      expect(parse(key.toString('base64'))).toEqual({ keys: [key], problems: [] });
    }
  });
});
