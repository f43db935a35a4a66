import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { applyMigrations } from '../../src/database/migrations.js';
import { startEmbeddedPostgres } from '../../src/launch/embedded-postgres.js';
import {
  makeThrowawayFolder,
  removeThrowawayFolder,
  sweepThrowawayFolders,
} from '../../src/launch/throwaway-folders.js';
import { hostileSettings, usualOptions } from './hostile-settings.js';
import { forgetRecorded } from './interface/recorded-answers.js';
import { decideTier } from './tier/run.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database whose user may make others. */
    adminDatabaseUrl: string;
    /** The database that has all migrations and no rows; every database of this run has a name that begins with its name. */
    templateDatabase: string;
    /** What every database of this run sets. Empty but where TEST_DATABASE_SETTINGS says `hostile`. */
    databaseSettings: Readonly<Record<string, string>>;
    /** Start-up options with which clients of the tests themselves undo that. */
    clientOptions: string;
  }
}

const HOSTILE = 'hostile';
const SETTINGS = ['max_connections=300', 'autovacuum=off', 'shared_buffers=64MB', 'jit=off'];

/**
 * One Postgres for the whole run: a throwaway one, or the one of TEST_DATABASE_URL, which is left as it was found. Vitest forgets
 * its teardown on Ctrl-C: then Postgres stops by itself, and the next run (or `npm test`, at its end) removes the folder.
 *
 * TEST_DATABASE_SETTINGS are settings of the server, as `name=value`, separated by semicolons. `hostile` among them: in the databases
 * of the run, nothing that a client may set has its usual value.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tellWhatWasTaken = decideTier(project);
  const { adminUrl, stop } = await startPostgres(process.env['TEST_DATABASE_URL']);
  const template = `gatehouse_test_${randomBytes(4).toString('hex')}`;
  const teardown = async () => {
    forgetRecorded();
    await dropDatabases(adminUrl, template);
    await stop();
    tellWhatWasTaken();
  };
  let [databaseSettings, clientOptions] = [{}, ''];
  try {
    await withAdmin(adminUrl, async (admin) => {
      if (askedSettings().includes(HOSTILE)) {
        databaseSettings = await settingsOfTheRun(admin);
        clientOptions = await usualOptions(admin);
      }
      await admin.query(`CREATE DATABASE ${template} TEMPLATE template0 ENCODING 'UTF8'`);
    });
    const url = new URL(adminUrl);
    url.pathname = `/${template}`;
    await applyMigrations(url.href);
  } catch (cause) {
    await teardown();
    throw cause;
  }
  project.provide('adminDatabaseUrl', adminUrl);
  project.provide('databaseSettings', databaseSettings);
  project.provide('clientOptions', clientOptions);
  project.provide('templateDatabase', template);
  return teardown;
}

/**
 * Tests use the service's connections, and name tables without a schema; some ask which index a plan reads. So names and the
 * planner are left to the tests that look at settings.
 */
async function settingsOfTheRun(admin: Client): Promise<Record<string, string>> {
  const settings = await hostileSettings(admin);
  return Object.fromEntries([...settings].filter(([name]) => name !== 'search_path' && !name.startsWith('enable_')));
}

async function startPostgres(given: string | undefined): Promise<{ adminUrl: string; stop: () => Promise<void> }> {
  if (given !== undefined && given !== '') return { adminUrl: given, stop: async () => undefined };
  await sweepThrowawayFolders();
  const folder = makeThrowawayFolder('test');
  try {
    const postgres = await startEmbeddedPostgres(folder, {
      throwaway: true,
      settings: [...SETTINGS, ...askedSettings().filter((setting) => setting !== HOSTILE)],
    });
    const stop = async () => {
      await postgres.stop();
      removeThrowawayFolder(folder);
      await sweepThrowawayFolders();
    };
    await withAdmin(postgres.url, cheapenConnections);
    return { adminUrl: postgres.url, stop };
  } catch (cause) {
    removeThrowawayFolder(folder);
    throw cause;
  }
}

/** With them a run looks at what somebody else's database may have set. */
function askedSettings(): string[] {
  return (process.env['TEST_DATABASE_SETTINGS'] ?? '').split(';').filter((setting) => setting !== '');
}

/** A client pays for each connection with thousands of rounds of hashing, and tests open thousands of connections. */
async function cheapenConnections(admin: Client): Promise<void> {
  await admin.query('SET scram_iterations = 1');
  await admin.query(`ALTER ROLE CURRENT_USER PASSWORD ${admin.escapeLiteral(String(admin.password))}`);
}

async function dropDatabases(adminUrl: string, template: string): Promise<void> {
  await withAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [template],
    );
    for (const { datname } of rows) await admin.query(`DROP DATABASE "${datname}" WITH (FORCE)`);
  });
}

async function withAdmin(adminUrl: string, work: (admin: Client) => Promise<void>): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
