import { AsyncLocalStorage } from 'node:async_hooks';

const open = new AsyncLocalStorage<true>();

/** For the database: runs work that holds a connection and locks. */
export function whileTransactionIsOpen<Result>(work: () => Promise<Result>): Promise<Result> {
  return open.run(true, work);
}

/**
 * For work that takes long, as a hash or a call to another service: inside a transaction it would keep a connection and its locks
 * from everybody else.
 *
 * @throws Error a mistake of ours, which no caller handles
 */
export function refuseInsideTransaction(work: string): void {
  if (open.getStore() === true) throw new Error(`${work} inside a transaction: do it before`);
}
