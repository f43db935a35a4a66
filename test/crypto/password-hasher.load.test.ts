import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import argon2 from 'argon2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readConfig, type ServiceConfig } from '../../src/config/config.js';
import { PasswordHasher } from '../../src/crypto/password-hasher.js';
import { AppError } from '../../src/errors/app-error.js';
import { startApp, testConfig } from '../harness/app.js';
import { givenShop } from '../harness/shop.js';
import { eventually } from '../harness/patience.js';

const QUEUE_LENGTH = 64;

async function hasherWith(overrides: Partial<ServiceConfig>): Promise<PasswordHasher> {
  const hasher = new PasswordHasher({ ...testConfig, databaseUrl: '', ...overrides });
  await hasher.onModuleInit();
  return hasher;
}

/** Counts the calls that really reach argon2 and how many of them run at once. */
function watchArgon2(): { calls: number; running: number; most: number } {
  const seen = { calls: 0, running: 0, most: 0 };
  const { hash, verify } = argon2;
  const watched = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    seen.calls += 1;
    seen.running += 1;
    seen.most = Math.max(seen.most, seen.running);
    try {
      return await work();
    } finally {
      seen.running -= 1;
    }
  };
  vi.spyOn(argon2, 'hash').mockImplementation(((plain: string, options: object) =>
    watched(() => hash(plain, options))) as typeof hash);
  vi.spyOn(argon2, 'verify').mockImplementation((digest, plain) => watched(() => verify(digest, plain)));
  return seen;
}

describe('PasswordHasher under load', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([1, 3])(
    'with HASH_CONCURRENCY %i, never runs more hashes at once, and refuses what exceeds the queue',
    async (limit) => {
      const hasher = await hasherWith({ hashConcurrency: limit });
      const stored = await hasher.hash('stored');
      const seen = watchArgon2();

      const asked = limit + QUEUE_LENGTH + 10;
      const outcomes = await Promise.allSettled(
        Array.from({ length: asked }, (_, turn) =>
          turn % 2 === 0 ? hasher.hash(`password ${turn}`) : hasher.verify(stored, 'stored'),
        ),
      );

      const refusals = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
      );
      expect(refusals).toHaveLength(10);
      for (const refusal of refusals) {
        expect(refusal).toBeInstanceOf(AppError);
        expect(refusal).toMatchObject({ code: 'overloaded', headers: { 'retry-after': '1' } });
      }
      expect(outcomes.slice(0, limit + QUEUE_LENGTH).filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(seen).toEqual({ calls: limit + QUEUE_LENGTH, running: 0, most: limit });
    },
  );

  it('takes new work again once the queue has drained, also after hashes that failed', async () => {
    const hasher = await hasherWith({ hashConcurrency: 2 });
    const failing = vi.spyOn(argon2, 'verify').mockRejectedValue(new Error('out of memory'));
    const failures = Array.from({ length: 2 + QUEUE_LENGTH }, () => hasher.verify(null, 'password'));
    await expect(hasher.hash('one too many')).rejects.toMatchObject({ code: 'overloaded' });
    expect((await Promise.allSettled(failures)).filter(({ status }) => status === 'fulfilled')).toEqual([]);
    failing.mockRestore();

    expect(await hasher.verify(await hasher.hash('password'), 'password')).toBe(true);
  });

  it('answers logins above queue and places with 503 and Retry-After before hashing, and all others as ever', async () => {
    const app = await startApp({ hashConcurrency: 1 });
    try {
      const shop = await givenShop(app);
      const headers = await shop.implicit();
      const { verify } = argon2;
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const verifications = vi.spyOn(argon2, 'verify').mockImplementation(async (digest, plain) => {
        await gate;
        return verify(digest, plain);
      });

      const answers: { status: number; headers: Record<string, string>; body: unknown }[] = [];
      const logins = Array.from({ length: 1 + QUEUE_LENGTH + 5 }, async () => {
        const answer = await app.http
          .post('/v2/customers/tokens')
          .set(headers)
          .send({ data: { type: 'token', email: 'nobody@example.test', password: 'wrong password' } });
        answers.push({ status: answer.status, headers: answer.headers, body: answer.body });
      });
      await eventually(() => expect(answers).toHaveLength(5));
      // The one place is taken and the queue is full; what needs no hash is answered as ever.
      expect(verifications).toHaveBeenCalledTimes(1);
      await app.http
        .get('/v2/customers/unknown')
        .set(await shop.service())
        .expect(404);

      for (const answer of answers) {
        expect(answer.status).toBe(503);
        expect(answer.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
        expect(answer.body).toEqual({
          errors: [
            {
              status: 503,
              title: 'Service Unavailable',
              detail: 'The service is busy. Try again shortly.',
              code: 'overloaded',
              request_id: answer.headers['x-request-id'],
            },
          ],
        });
      }
      open();
      await Promise.all(logins);
      expect(answers.slice(5).map(({ status }) => status)).toEqual(Array.from({ length: 1 + QUEUE_LENGTH }, () => 404));
      expect(verifications).toHaveBeenCalledTimes(1 + QUEUE_LENGTH);
    } finally {
      await app.close();
    }
  }, 60_000);

  it('leaves threads for DNS and files: a look-up that begins behind a full queue ends long before the queue does', async () => {
    const { argon2MemoryKib, argon2Passes, argon2Lanes } = readConfig({});
    const hasher = await hasherWith({ hashConcurrency: 2, argon2MemoryKib, argon2Passes, argon2Lanes });
    let done = 0;
    const hashes = Array.from({ length: 2 + QUEUE_LENGTH }, async () => {
      await hasher.hash('correct horse battery');
      done += 1;
    });

    // Both use the thread pool that argon2 works in: without a limit they would wait for nearly all of the hashes.
    const [address, file] = await Promise.all([lookup('localhost'), readFile(fileURLToPath(import.meta.url), 'utf8')]);
    const doneBefore = done;
    await Promise.all(hashes);

    expect(address.address).toMatch(/^(127\.0\.0\.1|::1)$/);
    expect(file).toContain('leaves threads for DNS');
    expect(doneBefore).toBeLessThan(QUEUE_LENGTH / 4);
    expect(done).toBe(2 + QUEUE_LENGTH);
  });
});
