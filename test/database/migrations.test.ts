import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyMigrations, isSchemaCurrent } from '../../src/database/migrations.js';
import { StartupError } from '../../src/errors/startup-error.js';
import { emptyDatabaseUrl, freshDatabaseUrl, withClient } from '../harness/postgres.js';

const FOLDERS = readdirSync('prisma/migrations', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

async function current(url: string): Promise<boolean> {
  return withClient(url, (client) =>
    isSchemaCurrent(async (sql) => {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    }),
  );
}

async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withClient(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
}

describe('applyMigrations', () => {
  it('on an empty database, applies every folder of prisma/migrations in order and records it as Prisma does', async () => {
    const url = await emptyDatabaseUrl();

    expect(await applyMigrations(url)).toEqual({ applied: FOLDERS });

    const rows = await run(
      url,
      `SELECT migration_name, applied_steps_count, rolled_back_at, logs, length(checksum) AS checksum_length,
              finished_at IS NOT NULL AS finished
         FROM _prisma_migrations ORDER BY started_at`,
    );
    expect(rows).toEqual(
      FOLDERS.map((name) => ({
        migration_name: name,
        applied_steps_count: 1,
        rolled_back_at: null,
        logs: null,
        checksum_length: 64,
        finished: true,
      })),
    );
  });

  it('on a current database, applies nothing', async () => {
    expect(await applyMigrations(await freshDatabaseUrl())).toEqual({ applied: [] });
  });

  it('five at once on an empty database, lets one apply everything and the others find it done', async () => {
    const url = await emptyDatabaseUrl();

    const outcomes = await Promise.all(Array.from({ length: 5 }, () => applyMigrations(url)));

    const applied = outcomes.map((outcome) => outcome.applied).sort((left, right) => right.length - left.length);
    expect(applied).toEqual([FOLDERS, [], [], [], []]);
    expect(await run(url, 'SELECT count(*)::int AS count FROM _prisma_migrations')).toEqual([
      { count: FOLDERS.length },
    ]);
  });

  it('while another session holds the lock, waits for it', async () => {
    const url = await emptyDatabaseUrl();

    await withClient(url, async (other) => {
      await other.query('SELECT pg_advisory_lock(72707369)');
      let done = false;
      const applying = applyMigrations(url).finally(() => {
        done = true;
      });
      await expect
        .poll(() =>
          run(
            url,
            `SELECT count(*)::int AS count FROM pg_stat_activity WHERE query LIKE '%try_advisory%' AND datname = current_database() AND application_name = 'gatehouse migrations'`,
          ),
        )
        .toEqual([{ count: 1 }]);
      expect(done).toBe(false);
      await other.query('SELECT pg_advisory_unlock(72707369)');
      expect(await applying).toEqual({ applied: FOLDERS });
    });
  });

  it('when a statement fails, undoes the whole migration and says which one and why', async () => {
    const url = await emptyDatabaseUrl();
    // The last migration makes this table; the name is taken without the database looking like somebody else's.
    await applyMigrations(url);
    const last = FOLDERS.at(-1);
    await run(url, `DELETE FROM _prisma_migrations WHERE migration_name = '${last}'`);

    await expect(applyMigrations(url)).rejects.toThrow(
      new RegExp(`^DATABASE_URL: migration ${last} failed and was undone: .* already exists$`),
    );
    await expect(applyMigrations(url)).rejects.toThrow(
      new RegExp(
        `^DATABASE_URL: migration ${last} failed at an earlier run .*UPDATE public\\._prisma_migrations SET rolled_back_at`,
      ),
    );
    expect(await current(url)).toBe(false);
  });

  it('refuses a database that holds tables of something else, in one line', async () => {
    const url = await emptyDatabaseUrl();
    await run(url, 'CREATE TABLE foreign_table (id int)');

    await expect(applyMigrations(url)).rejects.toThrow(
      new StartupError(
        'DATABASE_URL: the database holds tables of something else: give Gatehouse a database of its own',
      ),
    );
  });

  it('refuses a role that may not make tables, in one line', async () => {
    // Without settings of the database, which such a role may not change: that is another line.
    const url = new URL(await emptyDatabaseUrl({}));
    const role = `weak_${url.pathname.slice(-8)}`;
    await run(url.href, `CREATE ROLE ${role} LOGIN PASSWORD 'weak'`);
    const weak = new URL(url);
    weak.username = role;
    weak.password = 'weak';

    try {
      await expect(applyMigrations(weak.href)).rejects.toThrow(
        new StartupError('DATABASE_URL: migrations cannot be applied: permission denied for schema public'),
      );
    } finally {
      await run(url.href, `DROP ROLE ${role}`);
    }
  });

  it('refuses a database that does not hold UTF-8', async () => {
    const url = await emptyDatabaseUrl();
    const name = `${new URL(url).pathname.slice(1)}_ascii`;
    await run(url, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`);
    const ascii = new URL(url);
    ascii.pathname = `/${name}`;

    await expect(applyMigrations(ascii.href)).rejects.toThrow(
      "DATABASE_URL: the database has the encoding SQL_ASCII: make one with ENCODING 'UTF8'",
    );
  });

  it.each([
    ['a port where nobody listens', (url: URL) => (url.port = '1'), 'ECONNREFUSED'],
    ['a host that does not exist', (url: URL) => (url.hostname = 'nowhere.invalid'), 'ENOTFOUND'],
    ['a wrong password', (url: URL) => (url.password = 'hunter2-canary'), '28P01'],
    ['a database that does not exist', (url: URL) => (url.pathname = '/nowhere'), '3D000'],
    ['no password', (url: URL) => (url.password = ''), 'PASSWORD_MISSING'],
    ['the folder of a socket where none is', (url: URL) => (url.search = '?host=/nowhere/at/all'), 'ENOENT'],
  ])('with %s, names DATABASE_URL and the place, and neither user nor password', async (_what, spoil, code) => {
    const url = new URL(await emptyDatabaseUrl());
    url.password = url.password === '' ? 'hunter2-canary' : url.password;
    const secret = url.password;
    spoil(url);

    const line = await applyMigrations(url.href).then(
      () => 'no failure',
      (cause: unknown) => (cause instanceof StartupError ? cause.message : String(cause)),
    );

    expect(line).toMatch(new RegExp(`^DATABASE_URL: Postgres at [^ ]+ cannot be used \\(${code}\\): .+$`));
    expect(line).not.toContain(secret);
    expect(line).not.toContain(url.username + ':');
    expect(line).not.toContain('hunter2-canary');
  });
});

describe('isSchemaCurrent', () => {
  it('is false on an empty database, true when all migrations are in', async () => {
    expect(await current(await emptyDatabaseUrl())).toBe(false);
    expect(await current(await freshDatabaseUrl())).toBe(true);
  });

  it.each([
    ['is missing', `DELETE FROM _prisma_migrations WHERE migration_name = $name`],
    ['is unfinished', `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $name`],
    ['was rolled back', `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $name`],
    ['was applied with another text', `UPDATE _prisma_migrations SET checksum = 'other' WHERE migration_name = $name`],
  ])('is false when the newest migration %s', async (_what, sql) => {
    const url = await freshDatabaseUrl();
    await run(url, sql.replace('$name', `'${FOLDERS.at(-1)}'`));

    expect(await current(url)).toBe(false);
  });

  it('stays true when a newer version has added a migration, so that its predecessors go on', async () => {
    const url = await freshDatabaseUrl();
    await run(
      url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ('later', 'later', '99991231235959_later', now(), 1)`,
    );

    expect(await current(url)).toBe(true);
  });
});
