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
/** Rows of all stores in one process, so that guessing fills no memory. */
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

/** The rows that a store has had in this process in one minute, written or not. */
interface RowsOfMinute {
  readonly minuteMs: number;
  readonly keys: Set<string>;
}

/**
 * Counts refusals per account, client address and minute. They are counted in memory and written together each second: anybody may
 * cause any number of them, and none may cost a write. A process that is killed loses the counts of a second; the log has them.
 */
@Injectable()
export class Refusals implements OnApplicationBootstrap, OnApplicationShutdown {
  private counts = new Map<string, CountedRefusal>();
  private readonly rowsOfStores = new Map<string, RowsOfMinute>();
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
    const minuteMs = this.minuteNow();
    this.add({ ...(this.hasRoom(refusal, minuteMs) ? refusal : together(refusal)), minuteMs, occurrences: 1 });
  }

  /** Never rejects: what could not be written is counted on. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  private minuteNow(): number {
    return Math.floor(this.clock.now().getTime() / MINUTE_MS) * MINUTE_MS;
  }

  /** Whether a refusal may have a row of its own, which it has for the rest of the minute then. */
  private hasRoom(refusal: Refusal, minuteMs: number): boolean {
    const known = this.rowsOfStores.get(refusal.storeId);
    const rows = known?.minuteMs === minuteMs ? known : { minuteMs, keys: new Set<string>() };
    this.rowsOfStores.set(refusal.storeId, rows);
    const key = keyOf(refusal, minuteMs);
    if (rows.keys.has(key)) return true;
    if (rows.keys.size >= ROWS_PER_STORE_MAX || this.counts.size >= ROWS_MAX) return false;
    rows.keys.add(key);
    return true;
  }

  private add(refusal: CountedRefusal): void {
    const known = this.counts.get(keyOf(refusal, refusal.minuteMs));
    if (known !== undefined) known.occurrences += refusal.occurrences;
    else this.counts.set(keyOf(refusal, refusal.minuteMs), { ...refusal });
  }

  private async write(): Promise<void> {
    const now = this.minuteNow();
    for (const [storeId, { minuteMs }] of this.rowsOfStores) if (minuteMs !== now) this.rowsOfStores.delete(storeId);
    const counted = [...this.counts.values()];
    this.counts = new Map();
    for (const storeId of new Set(counted.map((refusal) => refusal.storeId))) {
      const refusals = counted.filter((refusal) => refusal.storeId === storeId);
      try {
        await this.writeStore(storeId, refusals);
      } catch (cause) {
        this.logger.warn(
          { failure: cause instanceof Error ? cause.name : 'unknown', store_id: storeId },
          'refusals could not be counted',
        );
        for (const refusal of refusals) this.keep(refusal);
      }
    }
  }

  /** For the next time. What finds no room in memory is counted together with others. */
  private keep(refusal: CountedRefusal): void {
    this.add(this.counts.size < ROWS_MAX ? refusal : together(refusal));
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

/** Without what tells it from others of its kind. */
function together<Kind extends Refusal>(refusal: Kind): Kind {
  return { ...refusal, accountId: null, clientAddress: '' };
}

function keyOf({ storeId, type, reason, accountId, clientAddress }: Refusal, minuteMs: number): string {
  return [storeId, minuteMs, type, reason, accountId ?? '', clientAddress].join('\n');
}
