import { Injectable, type OnModuleInit } from '@nestjs/common';
import { insertEvents, rowsAsJson } from '../database/event-rows.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { type CountedRefusals, toRefusalRow } from '../events/event-row.js';
import { Jobs } from '../jobs/jobs.js';
import { storeSweep } from '../jobs/store-sweep.js';

const EVERY_SECONDS = 30;
/** A process adds to the count of a minute for a few seconds after its end. */
const SETTLED_AFTER = "interval '2 minutes'";

interface RefusalCountRow {
  readonly minute: Date;
  readonly type: string;
  readonly reason: string;
  readonly account_id: string;
  readonly client_address: string;
  readonly occurrences: number;
}

/** Makes events of the refusals of minutes that are over: one for each account, client address and reason. */
@Injectable()
export class RefusalEvents implements OnModuleInit {
  constructor(private readonly jobs: Jobs) {}

  onModuleInit(): void {
    this.jobs.declare(
      storeSweep({
        name: 'refusal-events',
        everySeconds: EVERY_SECONDS,
        sweep: (tx, storeId, rowsMax) => this.fold(tx, storeId, rowsMax),
      }),
    );
  }

  private async fold(tx: WriteTransaction, storeId: string, rowsMax: number): Promise<number> {
    const counts = await tx.$queryRawUnsafe<RefusalCountRow[]>(
      `DELETE FROM public.refusal_counts
       WHERE store_id = $1::uuid AND (minute, type, reason, account_id, client_address) IN (
         SELECT minute, type, reason, account_id, client_address FROM public.refusal_counts
         WHERE store_id = $1::uuid AND minute < statement_timestamp() - ${SETTLED_AFTER}
         ORDER BY minute LIMIT $2::int)
       RETURNING minute, type, reason, account_id, client_address, occurrences`,
      storeId,
      rowsMax,
    );
    if (counts.length === 0) return 0;
    const rows = counts.map((row) => toRefusalRow({ storeId, ...toCounted(row) }));
    await tx.$executeRawUnsafe(insertEvents('$1', '$2'), storeId, rowsAsJson(rows));
    return counts.length;
  }
}

function toCounted({ account_id, client_address, ...row }: RefusalCountRow): Omit<CountedRefusals, 'storeId'> {
  return {
    ...row,
    accountId: account_id === '' ? null : account_id,
    clientAddress: client_address === '' ? null : client_address,
  };
}
