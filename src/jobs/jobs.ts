import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { systemOf } from '../database/authority.js';
import type { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import type { Job, JobSettings } from './job.js';
import { failureName } from './job-failure.js';
import { JobJournal } from './job-journal.js';
import { LeaseLost, Leases } from './leases.js';

/** Batches in one process, so that requests are not kept from connections to the database. The jobs take turns. */
const BATCHES_AT_ONCE = 2;
/** A database that is away is asked ever more seldom, at most so many times less often. */
const LOOKS_FEWER_MAX = 12;

/**
 * Work in the background. Owners declare their jobs at module init; every process looks for what is due, and the one that gets the
 * lease of a job does it. What a job throws is logged and recorded, and the job is tried again later.
 */
export class Jobs implements BeforeApplicationShutdown {
  private readonly declared = new Map<string, Job>();
  private readonly atOnce = pLimit(BATCHES_AT_ONCE);
  private readonly running = new Map<string, Promise<void>>();
  private readonly journal: JobJournal;
  private readonly leases: Leases;
  private stopping = false;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private failedLooks = 0;

  constructor(
    private readonly database: Database,
    private readonly settings: JobSettings,
    private readonly logger: Pick<Logger, 'error' | 'warn' | 'debug'>,
  ) {
    this.journal = new JobJournal(database);
    this.leases = new Leases(
      `${hostname().slice(0, 200)}/${process.pid}/${randomUUID().slice(0, 8)}`,
      settings.leaseSeconds,
    );
  }

  /** How this process is named where it holds a lease. */
  get holder(): string {
    return this.leases.holder;
  }

  /** The jobs that this version of the service knows. */
  get names(): string[] {
    return [...this.declared.keys()];
  }

  /** At module init. @throws Error where there is a job of this name */
  declare(job: Job): void {
    if (this.declared.has(job.name)) throw new Error(`there is a job ${job.name} already`);
    this.declared.set(job.name, job);
  }

  /** Call it when the service is ready. */
  begin(): void {
    if (this.settings.runs && !this.stopping) this.look();
  }

  /** Does what is due and what nobody else does. @returns when that is done */
  async runDue(): Promise<void> {
    await this.startDue();
    await Promise.all(this.running.values());
  }

  /** A job that runs ends with its batch. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.looking;
    await Promise.all(this.running.values());
  }

  private look(): void {
    this.looking = this.lookOnce().finally(() => {
      if (this.stopping) return;
      const seconds = this.lookSeconds() * Math.min(2 ** this.failedLooks, LOOKS_FEWER_MAX);
      this.timer = setTimeout(() => this.look(), seconds * 1_000).unref();
    });
  }

  /** Never rejects, and does not wait for what it has started. */
  private async lookOnce(): Promise<void> {
    try {
      await this.startDue();
      this.failedLooks = 0;
    } catch (cause) {
      this.failedLooks += 1;
      this.logger.warn({ failure: failureName(cause) }, 'work in the background cannot be looked for');
    }
  }

  private lookSeconds(): number {
    return Math.min(this.settings.lookSeconds, ...[...this.declared.values()].map(({ everySeconds }) => everySeconds));
  }

  private async startDue(): Promise<void> {
    for (const name of await this.journal.due(this.names)) {
      const job = this.declared.get(name);
      // One that takes longer than a look.
      if (job === undefined || this.running.has(name) || this.stopping) continue;
      this.running.set(
        name,
        this.run(job).finally(() => this.running.delete(name)),
      );
    }
  }

  /** Never rejects. */
  private async run(job: Job): Promise<void> {
    const { name } = job;
    let rows = 0;
    try {
      if (!(await this.start(name))) return;
      const batch = job.begin();
      let more = true;
      while (more && !this.stopping) {
        const outcome = await this.atOnce(() =>
          this.database.write(systemOf(null), async (tx) => {
            // check: jobs: every batch checks its lease
            await this.leases.hold(tx, name);
            return batch(tx);
          }),
        );
        rows += outcome.rows;
        more = outcome.more;
      }
      await this.end(name, (tx) =>
        more ? this.journal.interrupted(tx, name, rows) : this.journal.succeeded(tx, job, rows),
      );
      this.logger.debug({ job: name, rows }, 'job done');
    } catch (cause) {
      await this.fail(name, rows, cause);
    }
  }

  /** @returns false: another process was faster */
  private start(name: string): Promise<boolean> {
    return this.database.write(systemOf(null), async (tx) => {
      if (!(await this.leases.take(tx, name))) return false;
      if (await this.journal.begun(tx, name, this.holder)) return true;
      await this.leases.release(tx, name);
      return false;
    });
  }

  /** @throws LeaseLost */
  private end(name: string, record: (tx: WriteTransaction) => Promise<void>): Promise<void> {
    return this.database.write(systemOf(null), async (tx) => {
      await this.leases.release(tx, name);
      await record(tx);
    });
  }

  private async fail(name: string, rows: number, cause: unknown): Promise<void> {
    if (cause instanceof LeaseLost) {
      this.logger.warn({ job: name }, 'job was taken over by another process');
      return;
    }
    const failure = failureName(cause);
    this.logger.error({ job: name, failure }, 'job failed and will be tried again');
    try {
      await this.end(name, (tx) => this.journal.failed(tx, name, rows, failure));
    } catch {
      // The database is away, or another process has the lease: the job is due still, or that one records it.
    }
  }
}
