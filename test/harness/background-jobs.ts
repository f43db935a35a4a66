import type { JobRecordModel } from '../../src/generated/prisma/models.js';
import type { Batch } from '../../src/jobs/job.js';
import { Jobs } from '../../src/jobs/jobs.js';
import type { TestApp } from './app.js';

/** Makes a job due and no other, lets the app do it, and tells what is recorded about it then. */
export async function doJob(app: TestApp, name: string): Promise<JobRecordModel> {
  const jobs = app.nest.get(Jobs);
  await app.database.pool.query(
    `INSERT INTO jobs (name, rows, failures, due_at)
     SELECT name, 0, 0, statement_timestamp() + interval '1 day' FROM unnest($1::text[]) name
     ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at`,
    [jobs.names],
  );
  await makeDue(app, name);
  await jobs.runDue();
  return recordOf(app, name);
}

export async function makeDue(app: TestApp, name: string): Promise<void> {
  await app.database.pool.query(
    `INSERT INTO jobs (name, rows, failures, due_at) VALUES ($1, 0, 0, statement_timestamp())
     ON CONFLICT (name) DO UPDATE SET due_at = statement_timestamp()`,
    [name],
  );
}

export function recordOf(app: TestApp, name: string): Promise<JobRecordModel> {
  return app.database.prisma.jobRecord.findUniqueOrThrow({ where: { name } });
}

/** A job of the test's own, which is due only when the test says so. */
export function declareJob(app: TestApp, name: string, begin: () => Batch): Jobs {
  const jobs = app.nest.get(Jobs);
  jobs.declare({ name, everySeconds: 86_400, begin });
  return jobs;
}
