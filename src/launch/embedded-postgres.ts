import { realpathSync } from 'node:fs';
import { connectionConfig, PostgresClient } from '../database/postgres-client.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { openCluster, SUPERUSER } from './postgres-cluster.js';
import { startServer } from './postgres-server.js';
import { makeDataDir } from './private-files.js';

const DATABASE = 'gatehouse';

export interface EmbeddedPostgres {
  /** URL of the database `gatehouse`, whose user may do everything in this cluster. */
  readonly url: string;
  /** Resolves when the server ends, wanted or not. */
  readonly ended: Promise<void>;
  /** Cuts off all clients, writes everything, and waits until the server is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** A throwaway cluster survives no power failure, and is several times faster for it. */
  readonly throwaway?: boolean;
  /** More settings, as `name=value`. */
  readonly settings?: readonly string[];
}

const THROWAWAY_SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
];

/**
 * Runs the bundled Postgres on the cluster in `dataDir` (made on first use), reachable from this machine only, by password.
 * What an earlier run left behind, which was killed, is cleared away.
 *
 * @throws StartupError
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  { throwaway = false, settings = [] }: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const binaries = findPostgresBinaries();
  makeDataDir(dataDir);
  const place = realpathSync(dataDir);
  const cluster = await openCluster(place, binaries, !throwaway);
  const server = await startServer(place, cluster, binaries, [...(throwaway ? THROWAWAY_SETTINGS : []), ...settings]);
  const urlOf = (database: string) =>
    `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${server.port}/${database}`;
  try {
    await makeDatabase(urlOf);
  } catch (cause) {
    await server.stop();
    throw cause;
  }
  return { url: urlOf(DATABASE), ended: server.ended, stop: () => server.stop() };
}

async function makeDatabase(urlOf: (database: string) => string): Promise<void> {
  const client = new PostgresClient(connectionConfig(urlOf('postgres'), { application_name: 'gatehouse launcher' }));
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
