import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import argon2 from 'argon2';
import pLimit from 'p-limit';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { AppError } from '../errors/app-error.js';
import { refuseInsideTransaction } from '../errors/slow-work.js';
import { composed } from '../text/folding.js';

/** Hashes that may wait for a place. At 20 ms each on two cores the last of them waits about 0.7 s. */
const QUEUE_LENGTH = 64;

/** The PHC string form, as far as a check needs it. */
const PASSWORD_HASH = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/;
/** 1 GiB. A damaged parameter must not take all memory there is. */
const MEMORY_KIB_MAX = 1_048_576;
const LANES_MAX = 64;

/** Whether a stored hash can be checked at all. One that cannot belongs to an alert: the row was damaged or imported wrongly. */
export function isPasswordHash(text: string): boolean {
  const [memoryKib = 0, passes = 0, lanes = 0] = PASSWORD_HASH.exec(text)?.slice(1).map(Number) ?? [];
  // The bounds of RFC 9106 section 3.1, outside of which the library throws.
  return passes >= 1 && lanes >= 1 && lanes <= LANES_MAX && memoryKib >= 8 * lanes && memoryKib <= MEMORY_KIB_MAX;
}

/**
 * argon2id (RFC 9106), in PHC string form.
 *
 * Hashing runs in the thread pool that DNS look-ups and file reads share, so at most `HASH_CONCURRENCY` run at once, a short
 * queue waits, and what comes on top is refused at once instead of slowing everybody down.
 */
@Injectable()
export class PasswordHasher implements OnModuleInit {
  private readonly limit;
  private dummyHash = '';

  constructor(@Inject(SERVICE_CONFIG) private readonly config: ServiceConfig) {
    this.limit = pLimit(config.hashConcurrency);
  }

  /** The hash that stands in for customers who have none. It is made with the configured cost, so that it costs the same. */
  async onModuleInit(): Promise<void> {
    this.dummyHash = await this.hash(randomBytes(32).toString('base64url'));
  }

  /** @throws AppError `overloaded` */
  hash(password: string): Promise<string> {
    return this.enqueue(() =>
      argon2.hash(normalise(password), {
        type: argon2.argon2id,
        memoryCost: this.config.argon2MemoryKib,
        timeCost: this.config.argon2Passes,
        parallelism: this.config.argon2Lanes,
      }),
    );
  }

  /**
   * Tells whether the password belongs to the hash. With null, or a hash that is none (the library would fail or answer at once,
   * and the time would tell), it does the same work against a hash that nobody's password belongs to, and answers false.
   *
   * @throws AppError `overloaded`
   */
  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    const known = passwordHash !== null && isPasswordHash(passwordHash);
    const hash = known ? passwordHash : this.dummyHash;
    // check: one work for every failed login
    const matches = await this.enqueue(() => argon2.verify(hash, normalise(password)));
    return matches && known;
  }

  /** Whether a hash was made with another cost than the configured one. */
  needsRehash(passwordHash: string): boolean {
    return argon2.needsRehash(passwordHash, {
      memoryCost: this.config.argon2MemoryKib,
      timeCost: this.config.argon2Passes,
      parallelism: this.config.argon2Lanes,
    });
  }

  private async enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    refuseInsideTransaction('a hash');
    if (this.limit.pendingCount >= QUEUE_LENGTH) {
      throw new AppError('overloaded', { headers: { 'retry-after': '1' } });
    }
    return this.limit(work);
  }
}

/** The one normalisation of passwords (NFC): keyboards of different systems send different code points for one letter. */
function normalise(password: string): string {
  return composed(password);
}
