import type { WriteTransaction } from '../database/write-transaction.js';
import { BATCH_ROWS, type Batch, type Job } from './job.js';

const STORES_AT_ONCE = 50;

/** A sweep of a table whose rows belong to stores. */
export interface StoreSweep {
  readonly name: string;
  readonly everySeconds: number;
  /**
   * Works on rows of one store.
   *
   * @param rowsMax how many at most
   * @returns how many
   */
  readonly sweep: (tx: WriteTransaction, storeId: string, rowsMax: number) => Promise<number>;
}

/**
 * Removes rows by a statement of our own.
 *
 * @param text its `$1` is the store's id, `$2` how many rows at most; each is one parameter, however often the statement names it, so
 *   that a distributed database sees that it is one store. `$3` and so on are the values
 */
export function removalBy(text: string, ...values: readonly unknown[]): StoreSweep['sweep'] {
  return (tx, storeId, rowsMax) => tx.$executeRawUnsafe(text, storeId, rowsMax, ...values);
}

/** Goes from store to store, so that each statement finds its rows in one place where tables are distributed by store. */
export function storeSweep({ name, everySeconds, sweep }: StoreSweep): Job {
  const begin = (): Batch => {
    let lastSwept: string | null = null;
    return async (tx) => {
      const stores: { id: string }[] = await tx.store.findMany({
        where: lastSwept === null ? {} : { id: { gt: lastSwept } },
        orderBy: { id: 'asc' },
        select: { id: true },
        take: STORES_AT_ONCE,
      });
      let rows = 0;
      for (const { id } of stores) {
        const rowsMax = BATCH_ROWS - rows;
        const swept = await sweep(tx, id, rowsMax);
        rows += swept;
        if (swept >= rowsMax) return { rows, more: true };
        lastSwept = id;
      }
      return { rows, more: stores.length === STORES_AT_ONCE };
    };
  };
  return { name, everySeconds, begin };
}
