import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { Clock } from '../clock/clock.js';
import { systemOf } from '../database/authority.js';
import { Database } from '../database/database.js';
import type { RefusalType } from '../events/event-catalogue.js';
import { LOGGER } from '../http/logger.js';

const FLUSH_EVERY_MS = 1_000;
const MINUTE_MS = 60_000;
/** Rows of one store and minute in one process. What comes on top is counted together, so that guessing fills no disk. */
const ROWS_PER_STORE_MAX = 1_000;
/** As many stores at once, so that guessing fills no memory. */
const ROWS_MAX = 100_000;

/** Somebody was refused. */
export interface Refusal {
  readonly storeId: string;
  readonly type: RefusalType;
  readonly reason: string;
  /** The customer whom it is about, if there is one: an email that nobody has is never kept. */
  readonly accountId: string | null;
  readonly clientAddress: string;
}

interface CountedRefusal extends Refusal {
  /** The beginning of the minute, in milliseconds since the epoch. */
  readonly minuteMs: number;
  occurrences: number;
}

/**
 * Counts refusals per account, client address and minute. They are counted in memory and written together each second: anybody may
 * cause any number of them, and none may cost a write. A process that is killed loses the counts of a second; the log has them.
 */
@Injectable()
export class Refusals implements OnApplicationBootstrap, OnApplicationShutdown {
  private counts = new Map<string, CountedRefusal>();
  private rowsOfStores = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  count(refusal: Refusal): void {
    const minuteMs = Math.floor(this.clock.now().getTime() / MINUTE_MS) * MINUTE_MS;
    const known = this.counts.get(keyOf(refusal, minuteMs));
    if (known !== undefined) known.occurrences += 1;
    else if (this.hasRoom(refusal.storeId)) this.add(refusal, minuteMs);
    else this.addTogether(refusal, minuteMs);
  }

  /** Never rejects: what could not be written is counted on. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  private hasRoom(storeId: string): boolean {
    return this.counts.size < ROWS_MAX && (this.rowsOfStores.get(storeId) ?? 0) < ROWS_PER_STORE_MAX;
  }

  private add(refusal: Refusal, minuteMs: number): void {
    this.counts.set(keyOf(refusal, minuteMs), { ...refusal, minuteMs, occurrences: 1 });
    this.rowsOfStores.set(refusal.storeId, (this.rowsOfStores.get(refusal.storeId) ?? 0) + 1);
  }

  private addTogether(refusal: Refusal, minuteMs: number): void {
    const together = { ...refusal, accountId: null, clientAddress: '' };
    const known = this.counts.get(keyOf(together, minuteMs));
    if (known === undefined) this.add(together, minuteMs);
    else known.occurrences += 1;
  }

  private async write(): Promise<void> {
    if (this.counts.size === 0) return;
    const counted = this.counts;
    this.counts = new Map();
    this.rowsOfStores = new Map();
    try {
      for (const storeId of new Set([...counted.values()].map((refusal) => refusal.storeId))) {
        const refusals = [...counted.values()].filter((refusal) => refusal.storeId === storeId);
        await this.writeStore(storeId, refusals);
        for (const refusal of refusals) counted.delete(keyOf(refusal, refusal.minuteMs));
      }
    } catch (cause) {
      this.logger.warn({ failure: cause instanceof Error ? cause.name : 'unknown' }, 'refusals could not be counted');
      for (const refusal of counted.values()) this.keep(refusal);
    }
  }

  private keep(refusal: CountedRefusal): void {
    const known = this.counts.get(keyOf(refusal, refusal.minuteMs));
    if (known !== undefined) known.occurrences += refusal.occurrences;
    else if (this.hasRoom(refusal.storeId)) {
      this.add(refusal, refusal.minuteMs);
      const added = this.counts.get(keyOf(refusal, refusal.minuteMs));
      if (added !== undefined) added.occurrences = refusal.occurrences;
    }
  }

  /** In the order of the key, so that two processes that write the same rows wait for each other and block neither. */
  private async writeStore(storeId: string, refusals: readonly CountedRefusal[]): Promise<void> {
    const rows = refusals.map(({ type, reason, accountId, clientAddress, minuteMs, occurrences }) => ({
      minute: new Date(minuteMs),
      type,
      reason,
      account_id: accountId ?? '',
      client_address: clientAddress,
      occurrences,
    }));
    await this.database.writeOne(systemOf(storeId), {
      name: 'refusal-counts',
      text: `INSERT INTO public.refusal_counts (store_id, minute, type, reason, account_id, client_address, occurrences)
             SELECT $1::uuid, minute, type, reason, account_id, client_address, occurrences
             FROM jsonb_populate_recordset(NULL::public.refusal_counts, $2::jsonb)
             ORDER BY minute, type, reason, account_id, client_address
             ON CONFLICT (store_id, minute, type, reason, account_id, client_address)
             DO UPDATE SET occurrences = refusal_counts.occurrences + excluded.occurrences`,
      values: [storeId, JSON.stringify(rows)],
    });
  }
}

function keyOf({ storeId, type, reason, accountId, clientAddress }: Refusal, minuteMs: number): string {
  return [storeId, minuteMs, type, reason, accountId ?? '', clientAddress].join('\n');
}
