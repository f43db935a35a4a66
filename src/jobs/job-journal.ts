import type { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import type { JobRecordModel } from '../generated/prisma/models.js';
import type { Job } from './job.js';

/** A job that fails is tried again after so many seconds, after twice as many when it fails again, and so on. */
const RETRY_SECONDS = 10;
const RETRY_SECONDS_MAX = 3_600;

/** When each job is due, and what its last run did. Every time is the database's. */
export class JobJournal {
  constructor(private readonly database: Database) {}

  /** Every job that ever ran in this deployment, by name. */
  list(): Promise<JobRecordModel[]> {
    return this.database.read.jobRecord.findMany({ orderBy: { name: 'asc' } });
  }

  /** Those of the jobs that are due and that nobody does. A job that has never run is due. */
  async due(names: readonly string[]): Promise<string[]> {
    const { rows } = await this.database.query<{ name: string }>({
      name: 'job-due',
      text: `SELECT known.name FROM unnest($1::text[]) known (name)
               LEFT JOIN public.jobs j ON j.name = known.name LEFT JOIN public.leases l ON l.name = known.name
             WHERE (j.name IS NULL OR j.due_at <= statement_timestamp())
               AND (l.name IS NULL OR l.expires_at <= statement_timestamp())`,
      values: [[...names]],
    });
    return rows.map(({ name }) => name);
  }

  /** @returns false: it is not due any more */
  async begun(tx: WriteTransaction, name: string, holder: string): Promise<boolean> {
    const begun = await tx.$executeRaw`
      INSERT INTO public.jobs (name, holder, began_at, due_at, rows, failures)
      VALUES (${name}, ${holder}, statement_timestamp(), statement_timestamp(), 0, 0)
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, began_at = excluded.began_at
      WHERE jobs.due_at <= excluded.began_at`;
    return begun === 1;
  }

  async succeeded(tx: WriteTransaction, { name, everySeconds }: Job, rows: number): Promise<void> {
    await tx.$executeRaw`
      UPDATE public.jobs SET ended_at = statement_timestamp(), succeeded_at = statement_timestamp(), rows = ${rows}, failure = NULL,
        failures = 0, due_at = statement_timestamp() + make_interval(secs => ${everySeconds}::double precision)
      WHERE name = ${name}`;
  }

  /** The process shuts down: another one goes on at once. */
  async interrupted(tx: WriteTransaction, name: string, rows: number): Promise<void> {
    await tx.$executeRaw`UPDATE public.jobs SET ended_at = statement_timestamp(), rows = ${rows} WHERE name = ${name}`;
  }

  async failed(tx: WriteTransaction, name: string, rows: number, failure: string): Promise<void> {
    const { failures } = await tx.jobRecord.findUniqueOrThrow({ where: { name } });
    const retrySeconds = Math.min(RETRY_SECONDS * 2 ** failures, RETRY_SECONDS_MAX);
    await tx.$executeRaw`
      UPDATE public.jobs SET ended_at = statement_timestamp(), rows = ${rows}, failure = ${failure}, failures = ${failures + 1},
        due_at = statement_timestamp() + make_interval(secs => ${retrySeconds}::double precision)
      WHERE name = ${name}`;
  }
}
