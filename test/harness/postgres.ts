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

/** A database of one's own with all migrations and no rows. It goes away with the run. */
export function freshDatabaseUrl(): Promise<string> {
  return makeDatabase(`TEMPLATE ${inject('templateDatabase')}`);
}

/** A database of one's own with nothing in it. */
export function emptyDatabaseUrl(): Promise<string> {
  return makeDatabase(`TEMPLATE template0 ENCODING 'UTF8'`);
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

async function makeDatabase(origin: string): Promise<string> {
  const name = `${inject('templateDatabase')}_${randomBytes(4).toString('hex')}`;
  await withClient(inject('adminDatabaseUrl'), async (admin) => {
    await admin.query(`CREATE DATABASE ${name} ${origin}`);
    await setForLater(admin, `DATABASE ${name}`, new Map(Object.entries(inject('databaseSettings'))));
  });
  const url = new URL(inject('adminDatabaseUrl'));
  url.pathname = `/${name}`;
  return url.href;
}
