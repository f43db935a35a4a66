import { Injectable, type OnModuleInit } from '@nestjs/common';
import { systemOf } from '../database/authority.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { Jobs } from '../jobs/jobs.js';
import { storeSweep } from '../jobs/store-sweep.js';

/** How long an event waits at most until a reader may see it, beside the work itself. */
const EVERY_SECONDS = 5;

/**
 * Gives committed events their positions: 1, 2, 3 … within a store, without gaps. A reader that has seen position n has seen
 * everything before it, and nothing ever appears there later: only what is committed when the store's counter is held gets a
 * position, and all that was given before is committed. Neither the order in which transactions begin nor their ids matter.
 */
@Injectable()
export class EventPositions implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.declare(
      storeSweep({
        name: 'event-positions',
        everySeconds: EVERY_SECONDS,
        sweep: (tx, storeId, rowsMax) => this.number(tx, storeId, rowsMax),
      }),
    );
  }

  /** At once, for a reader that does not want to wait. @returns how many events got a position */
  numberNow(storeId: string, rowsMax: number): Promise<number> {
    return this.database.write(systemOf(storeId), (tx) => this.number(tx, storeId, rowsMax));
  }

  private async number(tx: WriteTransaction, storeId: string, rowsMax: number): Promise<number> {
    // The counter is locked first. A second job waits here, and then sees what the first one has numbered.
    await tx.$executeRaw`
      INSERT INTO public.event_positions (store_id, last) VALUES (${storeId}::uuid, 0)
      ON CONFLICT (store_id) DO UPDATE SET last = event_positions.last`;
    const numbered = await tx.$executeRawUnsafe(
      `UPDATE public.events SET position = waiting.position
       FROM (
         SELECT id, (SELECT last FROM public.event_positions WHERE store_id = $1::uuid)
           + row_number() OVER (ORDER BY occurred_at, id) AS position
         FROM (
           SELECT id, occurred_at FROM public.events WHERE store_id = $1::uuid AND position IS NULL
           ORDER BY occurred_at, id LIMIT $2::int) oldest) waiting
       WHERE events.store_id = $1::uuid AND events.id = waiting.id`,
      storeId,
      rowsMax,
    );
    if (numbered === 0) return 0;
    await tx.$executeRaw`
      UPDATE public.event_positions SET last = last + ${numbered} WHERE store_id = ${storeId}::uuid`;
    return numbered;
  }
}
