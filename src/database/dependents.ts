import type { WriteTransaction } from './write-transaction.js';

type Work<Change> = (tx: WriteTransaction, change: Change) => Promise<void>;

/**
 * What other features do in the transaction of a change, as when their rows hang on a row that goes. They add it when the
 * application is built; the owner of the change knows none of them.
 */
export class Dependents<Change> {
  private readonly works: Work<Change>[] = [];

  add(work: Work<Change>): void {
    this.works.push(work);
  }

  /** One after the other: they share a connection. */
  async run(tx: WriteTransaction, change: Change): Promise<void> {
    for (const work of this.works) await work(tx, change);
  }
}
