import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Jobs } from '../../src/jobs/jobs.js';
import { startApp, type TestApp } from '../harness/app.js';
import { declareJob, doJob } from '../harness/background-jobs.js';
import { admin, answerOf } from './operator.js';

interface JobAnswer {
  readonly name: string;
}

const SECONDS: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

let app: TestApp;
let environment: { DATABASE_URL: string };

beforeAll(async () => {
  app = await startApp();
  environment = { DATABASE_URL: app.config.databaseUrl };
});

afterAll(() => app.close());

describe('jobs', () => {
  it('shows nothing but the head of the table where no service has run yet', async () => {
    expect(await admin(environment, 'jobs')).toEqual({
      code: 0,
      out: 'name  last_run_at  last_success_at  rows  failure  holder  due_at\n',
      err: '',
    });
    expect(await answerOf(environment, 'jobs')).toEqual({ jobs: [] });
  });

  it('shows when each ran last and what it did, also those that failed or never ran', async () => {
    declareJob(app, 'test-broken', () => () => Promise.reject(new TypeError('broken for a test')));
    declareJob(app, 'test-whole', () => () => Promise.resolve({ rows: 3, more: false }));
    for (const name of ['test-broken', 'test-whole']) await doJob(app, name);

    const { jobs } = await answerOf<{ jobs: JobAnswer[] }>(environment, 'jobs');

    expect(jobs.map(({ name }) => name)).toEqual([
      'event-positions',
      'expired-authorization-codes',
      'expired-customer-tokens',
      'expired-events',
      'expired-sign-ins',
      'refusal-events',
      'retired-application-key-secrets',
      'test-broken',
      'test-whole',
    ]);
    const { holder } = app.nest.get(Jobs);
    const never = { rows: 0, failure: null, failures: 0, holder: null, last_run_at: null, last_success_at: null };
    expect(jobs[1]).toEqual({ name: 'expired-authorization-codes', ...never, due_at: SECONDS });
    expect(jobs.slice(-2)).toEqual([
      {
        name: 'test-broken',
        last_run_at: SECONDS,
        last_success_at: null,
        rows: 0,
        failure: 'TypeError',
        failures: 1,
        holder,
        due_at: SECONDS,
      },
      {
        name: 'test-whole',
        last_run_at: SECONDS,
        last_success_at: SECONDS,
        rows: 3,
        failure: null,
        failures: 0,
        holder,
        due_at: SECONDS,
      },
    ]);
    const { out } = await admin(environment, 'jobs');
    expect(out).toMatch(/\nexpired-customer-tokens +- +- +0 +- +- +\S+Z\n/);
    expect(out).toMatch(/\ntest-broken +\S+Z +- +0 +TypeError +\S+\/\d+\/\S+ +\S+Z\n/);
  });

  it('takes neither words nor options', async () => {
    expect(await admin(environment, 'jobs', 'x')).toEqual({ code: 2, out: '', err: 'Usage: jobs\n' });
    expect(await admin(environment, 'jobs', '--name', 'x')).toEqual({
      code: 2,
      out: '',
      err: 'Unknown option --name: jobs\n',
    });
  });
});
