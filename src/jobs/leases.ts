import type { WriteTransaction } from '../database/write-transaction.js';
import { Prisma } from '../generated/prisma/client.js';

/** Another process holds the lease now. */
export class LeaseLost extends Error {
  constructor(name: string) {
    super(`another process holds the lease ${name}`);
    this.name = 'LeaseLost';
  }
}

/**
 * Exclusive rights for a time, by the database's clock. A lease is a row and no lock of a session, so that it works behind a pooler
 * and outlives a lost connection. Every method works in the caller's transaction.
 */
export class Leases {
  /** @param holder this process and no other, at most 255 characters */
  constructor(
    readonly holder: string,
    private readonly seconds: number,
  ) {}

  /** @returns false where another process holds it */
  async take(tx: WriteTransaction, name: string): Promise<boolean> {
    // check: jobs: a lease is not taken in its time
    const isOver = Prisma.sql`expires_at <= statement_timestamp()`;
    const taken = await tx.$executeRaw`
      UPDATE public.leases
      SET holder = ${this.holder}, expires_at = statement_timestamp() + make_interval(secs => ${this.seconds}::double precision)
      WHERE name = ${name} AND ${isOver}`;
    if (taken === 1) return true;
    // Nobody has ever taken it, or somebody holds it.
    const added = await tx.$executeRaw`
      INSERT INTO public.leases (name, holder, expires_at)
      VALUES (${name}, ${this.holder}, statement_timestamp() + make_interval(secs => ${this.seconds}::double precision))
      ON CONFLICT (name) DO NOTHING`;
    return added === 1;
  }

  /**
   * Locks the row of the lease until the transaction ends, so that nobody takes it meanwhile, and prolongs it. A lease whose time is
   * over is still held as long as nobody has taken it.
   *
   * @throws LeaseLost
   */
  async hold(tx: WriteTransaction, name: string): Promise<void> {
    // check: jobs: a lease is its holder’s
    const isOurs = Prisma.sql`holder = ${this.holder}`;
    const held = await tx.$executeRaw`
      UPDATE public.leases SET expires_at = statement_timestamp() + make_interval(secs => ${this.seconds}::double precision)
      WHERE name = ${name} AND ${isOurs}`;
    if (held !== 1) throw new LeaseLost(name);
  }

  /** Gives it back before its time. @throws LeaseLost */
  async release(tx: WriteTransaction, name: string): Promise<void> {
    const released = await tx.$executeRaw`
      UPDATE public.leases SET expires_at = statement_timestamp() WHERE name = ${name} AND holder = ${this.holder}`;
    if (released !== 1) throw new LeaseLost(name);
  }
}
