import type { WriteTransaction } from '../database/write-transaction.js';

/** How many rows a batch writes at most, so that it locks few rows for a moment. */
export const BATCH_ROWS = 500;

export interface BatchOutcome {
  /** Rows that the batch wrote or removed. */
  readonly rows: number;
  /** Whether another batch has something to do. */
  readonly more: boolean;
}

/** A part of a run, in a transaction of its own. What it throws rolls it back and ends the run. */
export type Batch = (tx: WriteTransaction) => Promise<BatchOutcome>;

/** Work in the background that one process at a time does. */
export interface Job {
  /** Unique in the deployment, at most 64 characters; the job is known by it for ever. */
  readonly name: string;
  /** From the end of a run to the beginning of the next, in seconds. */
  readonly everySeconds: number;
  /** Called once for each run. What one batch must tell the next is kept in the closure. */
  readonly begin: () => Batch;
}

/** What a deployment or a test may set. */
export interface JobSettings {
  /** False: this process does no work by itself; `Jobs.runDue` still does. */
  readonly runs: boolean;
  /** How long a lease holds after the beginning of a batch, in seconds. A holder that dies is replaced this much later. */
  readonly leaseSeconds: number;
  /** How often a process looks for work that is due, in seconds. */
  readonly lookSeconds: number;
}

/** A holder that dies is replaced after at most 15 + 5 seconds. A batch ends before its lease does: its transaction may take 5 seconds. */
export const jobSettings: JobSettings = { runs: true, leaseSeconds: 15, lookSeconds: 5 };
