import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { setForLater } from './hostile-settings.js';

let ofThisWorker: Promise<string> | undefined;

/** The database that all test files of this worker share, one after the other. */
export function workerDatabaseUrl(): Promise<string> {
  ofThisWorker ??= freshDatabaseUrl();
  return ofThisWorker;
}

/**
 * A database of one's own with all migrations and no rows. It goes away with the run.
 *
 * @param settings of the database, by their names
 */
export function freshDatabaseUrl(settings = inject('databaseSettings')): Promise<string> {
  return makeDatabase(`TEMPLATE ${inject('templateDatabase')}`, settings);
}

/** A database of one's own with nothing in it. */
export function emptyDatabaseUrl(settings = inject('databaseSettings')): Promise<string> {
  return makeDatabase(`TEMPLATE template0 ENCODING 'UTF8'`, settings);
}

/** Runs the work on a connection of its own, which is closed afterwards. */
export async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, options: inject('clientOptions') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function makeDatabase(origin: string, settings: Readonly<Record<string, string>>): Promise<string> {
  const name = `${inject('templateDatabase')}_${randomBytes(4).toString('hex')}`;
  await withClient(inject('adminDatabaseUrl'), async (admin) => {
    await admin.query(`CREATE DATABASE ${name} ${origin}`);
    await setForLater(admin, `DATABASE ${name}`, new Map(Object.entries(settings)));
  });
  const url = new URL(inject('adminDatabaseUrl'));
  url.pathname = `/${name}`;
  return url.href;
}
