import argon2 from 'argon2';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig, type ServiceConfig } from '../../src/config/config.js';
import { isPasswordHash, PasswordHasher } from '../../src/crypto/password-hasher.js';
import { startApp, type TestApp, testConfig } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';

const { argon2MemoryKib, argon2Passes, argon2Lanes } = readConfig({});
const DEFAULTS = { argon2MemoryKib, argon2Passes, argon2Lanes };
/** argon2id, version 1.3, and the parameters of the documentation; 16 bytes of salt, 32 of hash (RFC 9106 section 4). */
const DEFAULT_PHC = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

async function hasherWith(overrides: Partial<ServiceConfig> = {}): Promise<PasswordHasher> {
  const hasher = new PasswordHasher({ ...testConfig, databaseUrl: '', ...overrides });
  await hasher.onModuleInit();
  return hasher;
}

describe('PasswordHasher with the default parameters, in the whole service', () => {
  let app: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await startApp(DEFAULTS);
    shop = await givenShop(app);
  });

  afterAll(() => app.close());

  it('stores argon2id with 19456 KiB, 2 passes and 1 lane, and logs in with it', async () => {
    const ann = await shop.customer();
    const row = await app.database.prisma.customer.findUniqueOrThrow({
      where: { storeId_id: { storeId: shop.storeId, id: ann.id } },
    });

    expect(row.passwordHash).toMatch(DEFAULT_PHC);
    expect(await shop.login(ann)).toEqual({
      type: 'token',
      id: expect.any(String) as string,
      customer_id: ann.id,
      token: expect.any(String) as string,
      expires: expect.any(Number) as number,
    });
  });
});

describe('PasswordHasher', () => {
  afterEach(() => vi.restoreAllMocks());

  it('makes a hash with the configured parameters', async () => {
    const hasher = await hasherWith({ argon2MemoryKib: 64, argon2Passes: 3, argon2Lanes: 2 });
    expect(await hasher.hash('correct horse battery')).toMatch(/^\$argon2id\$v=19\$m=64,t=3,p=2\$/);
  });

  it('makes a different hash of the same password each time', async () => {
    const hasher = await hasherWith();
    const hashes = await Promise.all(Array.from({ length: 20 }, () => hasher.hash('correct horse battery')));
    expect(new Set(hashes).size).toBe(20);
  });

  it('tells the right password from near misses', async () => {
    const hasher = await hasherWith();
    const hash = await hasher.hash('Correct horse ✓');

    expect(await hasher.verify(hash, 'Correct horse ✓')).toBe(true);
    for (const wrong of ['correct horse ✓', 'Correct horse ✓ ', ' Correct horse ✓', 'Correct horse', '']) {
      expect(await hasher.verify(hash, wrong)).toBe(false);
    }
  });

  it('takes one letter typed on different systems as one password (NFC), and look-alikes as others', async () => {
    const hasher = await hasherWith();
    const composed = 'pässwörd-Å';
    const hash = await hasher.hash(composed.normalize('NFC'));

    expect(await hasher.verify(hash, composed.normalize('NFD'))).toBe(true);
    // U+212B, the sign for Ångström, is the letter Å in NFC.
    expect(await hasher.verify(hash, 'pässwörd-\u212B')).toBe(true);
    expect(await hasher.verify(await hasher.hash(composed.normalize('NFD')), composed.normalize('NFC'))).toBe(true);
    // NFKC would take these for the same.
    expect(await hasher.verify(await hasher.hash('ﬁle-2²'), 'file-22')).toBe(false);
  });

  it('counts every byte of a long password, also behind a NUL', async () => {
    const hasher = await hasherWith();
    for (const beginning of ['x'.repeat(1_023), 'x'.repeat(72), 'x\0']) {
      const hash = await hasher.hash(`${beginning}a`);
      expect(await hasher.verify(hash, `${beginning}a`)).toBe(true);
      expect(await hasher.verify(hash, `${beginning}b`)).toBe(false);
    }
  });

  it('verifies a hash of other parameters, as older rows have them', async () => {
    const older = await (await hasherWith({ argon2MemoryKib: 16, argon2Passes: 3 })).hash('correct horse battery');
    const hasher = await hasherWith();

    expect(await hasher.verify(older, 'correct horse battery')).toBe(true);
    expect(await hasher.verify(older, 'incorrect horse')).toBe(false);
  });

  it('without a stored hash, does the work of the configured parameters once and answers false', async () => {
    const hasher = await hasherWith(DEFAULTS);
    const verify = vi.spyOn(argon2, 'verify');

    expect(await hasher.verify(null, 'correct horse battery')).toBe(false);

    expect(verify).toHaveBeenCalledTimes(1);
    expect(verify.mock.calls[0]?.[0]).toMatch(DEFAULT_PHC);
  });

  it('has a stand-in hash that no password opens, and another one in each process', async () => {
    const verify = vi.spyOn(argon2, 'verify');
    for (const hasher of [await hasherWith(), await hasherWith()]) {
      for (const guess of ['', 'password', 'dummy']) expect(await hasher.verify(null, guess)).toBe(false);
    }
    expect(new Set(verify.mock.calls.map(([hash]) => hash)).size).toBe(2);
  });

  it.each([
    ['no text', () => ''],
    ['plain text', () => 'correct horse battery'],
    ['a hash cut short', (hash: string) => hash.slice(0, 40)],
    ['a hash of another algorithm', () => '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['a hash of another kind of argon2', (hash: string) => hash.replace('argon2id', 'argon2i')],
    ['a line end behind it', (hash: string) => `${hash}\n`],
  ])('with %s stored instead of a hash, does the work of the stand-in and answers false', async (_, damage) => {
    const hasher = await hasherWith({ argon2MemoryKib: 16 });
    const hash = await hasher.hash('correct horse battery');
    const damaged = damage(hash);
    const verify = vi.spyOn(argon2, 'verify');

    expect(await hasher.verify(damaged, 'correct horse battery')).toBe(false);

    expect(verify).toHaveBeenCalledTimes(1);
    expect(verify.mock.calls[0]?.[0]).toMatch(/^\$argon2id\$v=19\$m=16,t=1,p=1\$/);
    expect(verify.mock.calls[0]?.[0]).not.toBe(hash);
    expect(isPasswordHash(damaged)).toBe(false);
    expect(isPasswordHash(hash)).toBe(true);
  });

  it('with a stored hash of which one letter changed, answers false', async () => {
    const hasher = await hasherWith();
    const hash = await hasher.hash('correct horse battery');
    const changed = `${hash.slice(0, -2)}${hash.at(-2) === 'A' ? 'E' : 'A'}${hash.at(-1)}`;
    expect(await hasher.verify(changed, 'correct horse battery')).toBe(false);
  });
});
