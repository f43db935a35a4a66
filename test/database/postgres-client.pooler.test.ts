import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConnectionPool } from '../../src/database/connection-pool.js';
import { applyMigrations } from '../../src/database/migrations.js';
import { StartupError } from '../../src/errors/startup-error.js';
import { startApp } from '../harness/app.js';
import { hostileDatabaseUrl } from '../harness/hostile-database.js';
import { hasPgBouncer, IGNORED, PgBouncer } from '../harness/pgbouncer.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { givenShop } from '../harness/shop.js';

/** What stands before a Postgres and drops one start-up parameter, as some poolers do with all that they do not know. */
async function without(parameter: string, databaseUrl: string): Promise<{ url: string; server: Server }> {
  const database = new URL(databaseUrl);
  const server = createServer((client) => {
    const upstream = connect(Number(database.port || 5432), database.hostname);
    for (const socket of [client, upstream]) socket.on('error', () => undefined).on('close', () => client.destroy());
    client.once('data', (packet) => {
      const texts = packet.subarray(8).toString('latin1').split('\0');
      const at = texts.indexOf(parameter);
      texts.splice(at, at === -1 ? 0 : 2);
      const body = Buffer.from(texts.join('\0'), 'latin1');
      const head = Buffer.from(packet.subarray(0, 8));
      head.writeInt32BE(8 + body.length);
      upstream.write(Buffer.concat([head, body]));
      client.pipe(upstream).pipe(client);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: url.href, server };
}

describe('behind a pooler that drops', () => {
  it.each([
    ['TimeZone', 'America/St_Johns', 'UTC'],
    ['DateStyle', 'German, DMY', 'ISO, MDY'],
    ['standard_conforming_strings', 'off', 'on'],
    ['client_encoding', 'LATIN1', 'UTF8'],
  ])('%s, migrations and the service refuse in one line', async (parameter, found, wanted) => {
    const { url, server } = await without(parameter, await hostileDatabaseUrl());
    const line = `DATABASE_URL: ${parameter} is ${found} though ${wanted} was asked for: what stands before Postgres must pass start-up parameters on`;
    try {
      await expect(applyMigrations(url)).rejects.toThrow(new StartupError(line));
      await expect(startApp({ databaseUrl: url })).rejects.toThrow(new StartupError(line));
    } finally {
      server.close();
    }
  });
});

describe.skipIf(!hasPgBouncer)('behind PgBouncer', () => {
  it('that keeps sessions, the service serves on a database with hostile settings', async () => {
    const pooler = await PgBouncer.before(await hostileDatabaseUrl({ timeLimits: false }), {
      pool_mode: 'session',
      ignore_startup_parameters: IGNORED,
    });
    try {
      const app = await startApp({ databaseUrl: pooler.url, tokenSigningAlg: 'ES256', databasePoolSize: 3 });
      try {
        const shop = await givenShop(app);
        const customer = await shop.customer({ name: 'Zoë' });
        await shop.login(customer);
        const read = await app.http
          .get(`/v2/customers/${customer.id}`)
          .set(await shop.service())
          .expect(200);
        expect(read.body).toMatchObject({ data: { name: 'Zoë' } });
      } finally {
        await app.close();
      }
    } finally {
      await pooler.stop();
    }
  });

  it('that keeps transactions only, every connection writes and reads as it asked', async () => {
    const pooler = await PgBouncer.before(await hostileDatabaseUrl({ timeLimits: false }), {
      pool_mode: 'transaction',
      ignore_startup_parameters: IGNORED,
    });
    const pool = new ConnectionPool(pooler.url, { max: 8, statement_timeout: 3_000 });
    pool.on('error', () => undefined);
    try {
      const sessions = await Promise.all(
        Array.from({ length: 40 }, () =>
          pool.query(
            `SELECT current_setting('TimeZone') AS zone, current_setting('DateStyle') AS style, pg_sleep(0.01)::text`,
          ),
        ),
      );
      const found = new Set(sessions.map(({ rows }) => JSON.stringify(rows[0])));
      expect([...found].map((text) => JSON.parse(text) as unknown)).toEqual([
        { zone: 'UTC', style: 'ISO, MDY', pg_sleep: '' },
      ]);
    } finally {
      await pool.end();
      await pooler.stop();
    }
  });

  it('that was not told of the time limits, migrations say so in one line', async () => {
    const pooler = await PgBouncer.before(await freshDatabaseUrl(), {
      pool_mode: 'session',
      ignore_startup_parameters: 'extra_float_digits',
    });
    try {
      await expect(applyMigrations(pooler.url)).rejects.toThrow(
        /^DATABASE_URL: Postgres at \S+ cannot be used \(08P01\): it, or a pooler before it, refuses how it is spoken to: behind PgBouncer list /,
      );
    } finally {
      await pooler.stop();
    }
  });
});
