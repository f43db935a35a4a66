import { afterEach, describe, expect, it } from 'vitest';
import { emptyDatabaseUrl, withClient } from '../harness/postgres.js';
import { endAll, startProcess, until } from '../harness/service-process.js';
import { sized } from '../harness/tier/sizes.js';

const MASTER_KEY = 'q83vEjRWeJCrze8SNFZ4kJq83vEjRWeJCrze8SNFZ4k=';
const REPLICAS = sized('processes of the service that start at once on an empty database', { test: 2, thorough: 5 });
const READY_LINE = /^Gatehouse is ready at (\S+)\n/;

afterEach(endAll);

describe('several replicas on one database', () => {
  it(`${REPLICAS} started at once on an empty database all become ready with one schema, one store and one set of keys`, async () => {
    const databaseUrl = await emptyDatabaseUrl();
    const env = {
      DATABASE_URL: databaseUrl,
      MASTER_KEY,
      BOOTSTRAP_CLIENT_ID: 'replicas',
      BOOTSTRAP_CLIENT_SECRET: 'the-same-secret-for-every-replica-of-it',
    };
    const replicas = Array.from({ length: REPLICAS }, () => startProcess({ env }));

    const keySets = await Promise.all(
      replicas.map(async (replica) => {
        const baseUrl = READY_LINE.exec(await replica.shows(READY_LINE))?.[1];
        const answer = await fetch(`${baseUrl}/.well-known/jwks.json`);
        return answer.text();
      }),
    );

    expect(new Set(keySets).size).toBe(1);
    const counts = await query(
      databaseUrl,
      `SELECT (SELECT count(*)::int FROM stores) AS stores,
              (SELECT count(*)::int FROM authentication_realms) AS realms,
              (SELECT count(*)::int FROM application_keys) AS keys,
              (SELECT count(*)::int FROM application_key_secrets) AS secrets,
              (SELECT count(*)::int FROM signing_keys) AS signing_keys,
              (SELECT count(*)::int FROM _prisma_migrations WHERE finished_at IS NULL) AS unfinished`,
    );
    expect(counts).toEqual([{ stores: 1, realms: 1, keys: 1, secrets: 1, signing_keys: 2, unfinished: 0 }]);
    for (const replica of replicas) expect(replica.errorLines()).toEqual([]);
  });

  it('in production waits, alive and not ready, until the migrations have been applied by their own command', async () => {
    const databaseUrl = await emptyDatabaseUrl();
    const port = '0';
    const service = startProcess({
      env: {
        NODE_ENV: 'production',
        DATABASE_URL: databaseUrl,
        MASTER_KEY,
        PUBLIC_URL: 'https://id.example.com',
        PORT: port,
        LOG_LEVEL: 'info',
      },
    });
    const baseUrl = /http:\/\/127\.0\.0\.1:\d+/.exec(await service.shows(/listening at http:\/\/[\d.:]+/))?.[0];
    const statusOf = async (path: string) => (await fetch(`${baseUrl}${path}`)).status;

    expect(await statusOf('/health/live')).toBe(200);
    expect(await statusOf('/health/ready')).toBe(503);
    expect(await query(databaseUrl, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);

    const migration = startProcess({ through: 'migrate', env: { DATABASE_URL: databaseUrl } });
    expect(await migration.ended).toEqual({ code: 0, signal: null });
    expect(migration.stdout).toMatch(/^(Applied \d{14}_\w+\n)+$/);

    await until(async () => ((await statusOf('/health/ready')) === 200 ? true : null));
    const again = startProcess({ through: 'migrate', env: { DATABASE_URL: databaseUrl } });
    expect(await again.ended).toEqual({ code: 0, signal: null });
    expect(again.stdout).toBe('The schema is current.\n');
    expect(service.stdout).not.toMatch(/client secret|curl/);
  });

  it('migrating without DATABASE_URL, or to nowhere, says so in one line', async () => {
    const without = startProcess({ through: 'migrate' });
    expect(await without.ended).toEqual({ code: 1, signal: null });
    expect(without.errorLines()).toEqual([
      'DATABASE_URL is required: give the postgresql:// URL of the database to migrate',
    ]);

    const nowhere = startProcess({ through: 'migrate', env: { DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:1/x' } });
    expect(await nowhere.ended).toEqual({ code: 1, signal: null });
    expect(nowhere.errorLines()).toEqual([
      'DATABASE_URL: Postgres at 127.0.0.1:1/x cannot be used (ECONNREFUSED): no Postgres listens there: start it or correct the URL',
    ]);
  });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query(sql)).rows);
}
