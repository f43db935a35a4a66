import type { Pool } from 'pg';
import { vi } from 'vitest';

/**
 * So long a test waits for what must happen at last: much longer than a busy machine takes, and shorter than a test may take. A test
 * says with it what happens, never how fast.
 */
export const PATIENCE_MS = 50_000;

/** Waits until an assertion holds. @throws what it threw last */
export function eventually<Answer>(assertion: () => Answer | Promise<Answer>): Promise<Answer> {
  return vi.waitFor(assertion, { timeout: PATIENCE_MS, interval: 10 });
}

const PATIENT = {
  connectionTimeoutMillis: PATIENCE_MS,
  statement_timeout: PATIENCE_MS,
  lock_timeout: PATIENCE_MS,
  query_timeout: PATIENCE_MS,
  idle_in_transaction_session_timeout: PATIENCE_MS,
};

/**
 * The time limits of the service for its database. They are those of a machine that has nothing else to do: on a busy one, a test that
 * holds a lock for a moment would run into them.
 */
export class DatabaseLimits {
  private readonly ofTheService: Pool['options'];

  /** Before any connection is used by a test: from now on it is waited as long as tests wait. */
  constructor(private readonly pool: Pool) {
    this.ofTheService = { ...pool.options };
    Object.assign(pool.options, PATIENT);
  }

  /** Runs work, of a test that runs into them on purpose, with the limits of the service. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    Object.assign(this.pool.options, this.ofTheService);
    await this.renew();
    try {
      return await work();
    } finally {
      Object.assign(this.pool.options, PATIENT);
      await this.renew();
    }
  }

  /** Connections that are open keep the limits with which they were opened. */
  async renew(): Promise<void> {
    const idle = await Promise.all(Array.from({ length: this.pool.idleCount }, () => this.pool.connect()));
    for (const client of idle) client.release(true);
  }
}
