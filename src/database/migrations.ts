import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DATABASE_SCHEMA } from '../config/database-url.js';
import { StartupError } from '../errors/startup-error.js';
import { ConnectionPool } from './connection-pool.js';
import { migrationStartupError } from './migration-errors.js';
import { openSchemaEngine, WHOLE_SCHEMA } from './schema-engine.js';

/** Runs one statement and answers its rows. */
export type RunQuery = (sql: string) => Promise<readonly Record<string, unknown>[]>;

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** As the schema engine stores it in `_prisma_migrations`. */
  readonly checksum: string;
}

/** Beside this file's folder in `src` as in `dist`: found from wherever the process was started. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

const UNDEFINED_TABLE = '42P01';
const CONNECTION_TIMEOUT_MILLISECONDS = 10_000;
/** The engine and the migrations name no schema. Building an index takes as long as it takes, whatever limits the role has. */
const SESSION_SETTINGS = {
  search_path: DATABASE_SCHEMA,
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};
/** The advisory lock of Prisma's schema engine. */
const ENGINE_LOCK = 72_707_369;
const LOCK_RETRY_MILLISECONDS = 100;
const LOCK_PATIENCE_MILLISECONDS = 300_000;

let migrations: readonly Migration[] | undefined;

/**
 * Whether every migration of this version has been applied, unchanged. Migrations that a newer version added do not matter:
 * while replicas are replaced one by one, the old ones go on.
 */
export async function isSchemaCurrent(query: RunQuery): Promise<boolean> {
  const applied = await appliedChecksums(query);
  return readMigrations().every(({ name, checksum }) => applied.get(name) === checksum);
}

/**
 * Applies what is missing of `prisma/migrations`, in order, and fills `_prisma_migrations` as `prisma migrate deploy` does. Any
 * number of processes may do this at once: one does the work, the others wait for it.
 *
 * @returns the names of the migrations that this call applied
 * @throws StartupError when the database cannot be reached or cannot take them
 */
export async function applyMigrations(databaseUrl: string): Promise<{ applied: string[] }> {
  // A connection of its own, closed before the service listens: the lock belongs to the session and would stay on a pooled
  // connection until that one is dropped. A single one, so that what is set here holds for the engine, too.
  const pool = new ConnectionPool(databaseUrl, {
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MILLISECONDS,
    // Until it is switched off by the settings: the role may have one that no statement meets.
    statement_timeout: CONNECTION_TIMEOUT_MILLISECONDS,
    settings: SESSION_SETTINGS,
    application_name: 'gatehouse migrations',
  });
  pool.on('error', () => undefined);
  const query: RunQuery = async (sql) => {
    const { rows } = await pool.query<Record<string, unknown>>(sql);
    return rows;
  };
  try {
    await requireUtf8(query);
    if (await isSchemaCurrent(query)) return { applied: [] };
    await takeLock(query);
    if (await isSchemaCurrent(query)) return { applied: [] };
    const engine = await openSchemaEngine(pool);
    const { appliedMigrationNames } = await engine.applyMigrations(engineInput());
    await requireUnchanged(query);
    return { applied: appliedMigrationNames };
  } catch (cause) {
    throw migrationStartupError(cause, databaseUrl);
  } finally {
    await pool.end();
  }
}

/**
 * The engine takes this lock itself, but gives up after ten seconds and then cannot be used again. Taken by us before, on the
 * same connection, it is there at once. Asked for again and again instead of waited for: a statement that waits would hold up
 * a migration of another process that builds an index concurrently.
 */
async function takeLock(query: RunQuery): Promise<void> {
  const deadline = Date.now() + LOCK_PATIENCE_MILLISECONDS;
  for (;;) {
    const [row] = await query(`SELECT pg_try_advisory_lock(${ENGINE_LOCK}) AS taken`);
    if (row?.['taken'] === true) return;
    if (Date.now() > deadline) {
      throw new StartupError(
        'DATABASE_URL: another process has been applying migrations for minutes: wait for it or stop it',
      );
    }
    await delay(LOCK_RETRY_MILLISECONDS);
  }
}

function engineInput() {
  return {
    migrationsList: {
      baseDir: MIGRATIONS_FOLDER,
      lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
      shadowDbInitScript: '',
      migrationDirectories: readMigrations().map(({ name, sql }) => ({
        path: name,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
      })),
    },
    filters: WHOLE_SCHEMA,
  };
}

function readMigrations(): readonly Migration[] {
  migrations ??= readdirSync(MIGRATIONS_FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const sql = readFileSync(join(MIGRATIONS_FOLDER, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  return migrations;
}

async function appliedChecksums(query: RunQuery): Promise<Map<unknown, unknown>> {
  try {
    const rows = await query(
      `SELECT migration_name, checksum FROM ${DATABASE_SCHEMA}._prisma_migrations
         WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    );
    return new Map(rows.map((row) => [row['migration_name'], row['checksum']]));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === UNDEFINED_TABLE) return new Map();
    throw cause;
  }
}

async function requireUtf8(query: RunQuery): Promise<void> {
  const [row] = await query('SHOW server_encoding');
  if (row?.['server_encoding'] !== 'UTF8') {
    throw new StartupError(
      `DATABASE_URL: the database has the encoding ${String(row?.['server_encoding'])}: make one with ENCODING 'UTF8'`,
    );
  }
}

async function requireUnchanged(query: RunQuery): Promise<void> {
  const applied = await appliedChecksums(query);
  const edited = readMigrations().filter(({ name, checksum }) => applied.get(name) !== checksum);
  if (edited.length > 0) {
    const names = edited.map(({ name }) => name).join(', ');
    throw new StartupError(
      `DATABASE_URL: applied with another text than this version has: ${names}: use the version that fits`,
    );
  }
}
