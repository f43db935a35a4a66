import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { Database } from '../database/database.js';
import { LOGGER } from '../http/logger.js';

const EVERY_MS = 60_000;
/** Rows stay for a while after their time, so that a late comer is recognised as one. */
const KEPT = "interval '10 minutes'";
const BATCH = 1_000;

/**
 * Sweeps away sign-ins and codes whose time is over; that of a code which was exchanged is the time of its token. Each process
 * does it; what one has removed, the others do not find.
 */
@Injectable()
export class ExpiredRows implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweepQuietly(), EVERY_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** @returns how many rows went */
  async sweep(): Promise<number> {
    const flows = await this.sweepTable('sso_flows', 'state_hash');
    return flows + (await this.sweepTable('authorization_codes', 'code_hash'));
  }

  private async sweepTable(
    table: 'sso_flows' | 'authorization_codes',
    key: 'state_hash' | 'code_hash',
  ): Promise<number> {
    let swept = 0;
    for (let last = BATCH; last === BATCH; swept += last) {
      const { rowCount } = await this.database.pool.query(
        `DELETE FROM ${table} WHERE (store_id, ${key}) IN (
           SELECT store_id, ${key} FROM ${table} WHERE expires_at < clock_timestamp() - ${KEPT} LIMIT ${BATCH}
           FOR UPDATE SKIP LOCKED)`,
      );
      last = rowCount ?? 0;
    }
    return swept;
  }

  private async sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (cause) {
      // The database is away: the next round finds what is left.
      this.logger.warn(
        { failure: cause instanceof Error ? cause.name : 'unknown' },
        'expired sign-ins could not be removed',
      );
    }
  }
}
