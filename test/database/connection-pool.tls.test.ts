import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionPool } from '../../src/database/connection-pool.js';
import { applyMigrations } from '../../src/database/migrations.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/launch/embedded-postgres.js';
import { makeThrowawayFolder, removeThrowawayFolder } from '../../src/launch/throwaway-folders.js';
import { testConfig } from '../harness/app.js';
import { withClient } from '../harness/postgres.js';
import { certificateAuthority, selfSigned } from '../harness/self-signed.js';
import { createApp } from '../../src/app.setup.js';

const folder = makeThrowawayFolder('test');
const file = (name: string) => join(folder, name);
const servers: EmbeddedPostgres[] = [];
/** URLs of one database each: with a certificate of our authority for `localhost`, with a self-signed one, without TLS. */
let [certified, uncertified, plain] = ['', '', ''];

beforeAll(async () => {
  const [ours, theirs] = [certificateAuthority('Our authority'), certificateAuthority('Their authority')];
  const server = ours.issue('localhost');
  const alone = selfSigned('localhost');
  const client = ours.issue('gatehouse');
  const files = {
    'ours.pem': ours.cert,
    'theirs.pem': theirs.cert,
    'both.pem': `# theirs\n${theirs.cert}# ours\n${ours.cert}`,
    'alone.pem': alone.cert,
    'client.pem': client.cert,
    'client.key': client.key,
    'other.key': theirs.issue('gatehouse').key,
    'server.pem': server.cert,
    'server.key': server.key,
    'alone.key': alone.key,
    'nothing.pem': 'no certificate\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(file(name), text, { mode: 0o600 });
  chmodSync(folder, 0o755);
  const start = async (name: string, settings: string[]) => {
    const postgres = await startEmbeddedPostgres(file(name), { throwaway: true, settings });
    servers.push(postgres);
    return postgres.url.replace('127.0.0.1', 'localhost');
  };
  const withTls = (name: string) => [
    'ssl=on',
    `ssl_cert_file=${file(`${name}.pem`)}`,
    `ssl_key_file=${file(`${name}.key`)}`,
  ];
  certified = await start('certified', [...withTls('server'), `ssl_ca_file=${file('ours.pem')}`]);
  uncertified = await start('uncertified', withTls('alone'));
  plain = await start('plain', []);
}, 120_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  removeThrowawayFolder(folder);
});

function query(parameters: string): string {
  return parameters.replaceAll(
    /(\w+)=(\w+\.\w+)/g,
    (_, name: string, value: string) => `${name}=${encodeURIComponent(file(value))}`,
  );
}

/** Whether the connection is encrypted, and the name in the certificate that the client showed. */
async function connected(url: string): Promise<unknown> {
  const pool = new ConnectionPool(url, { max: 1 });
  try {
    const { rows } = await pool.query<{ ssl: boolean; client: string | null }>(
      'SELECT ssl, client_dn AS client FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    return rows[0];
  } finally {
    await pool.end();
  }
}

/** The one line with which migrations refuse, and then the service. */
async function refusals(url: string): Promise<string[]> {
  const messageOf = (cause: unknown) => (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));
  const none = () => 'no refusal';
  const app = createApp({ ...testConfig, databaseUrl: url }, { logStream: { write: () => undefined } });
  return Promise.all([applyMigrations(url).then(none, messageOf), app.then(none, messageOf)]);
}

describe('a Postgres with a certificate of an authority', () => {
  it.each([
    ['no parameter', '', false],
    ['sslmode=disable', '?sslmode=disable', false],
    ['sslmode=require', '?sslmode=require', true],
    ['sslmode=require and the authority', '?sslmode=require&sslrootcert=ours.pem', true],
    ['sslmode=verify-ca and the authority', '?sslmode=verify-ca&sslrootcert=ours.pem', true],
    ['sslmode=verify-full and the authority', '?sslmode=verify-full&sslrootcert=ours.pem', true],
    ['sslmode=verify-full and a file of several', '?sslmode=verify-full&sslrootcert=both.pem', true],
  ])('with %s, is reached, encrypted if that was asked for', async (_, parameters, ssl) => {
    expect(await connected(certified + query(parameters))).toEqual({ ssl, client: null });
  });

  it('with sslmode=verify-ca, is reached under any name', async () => {
    const byAddress = certified.replace('localhost', '127.0.0.1');
    const parameters = query('?sslmode=verify-ca&sslrootcert=ours.pem');
    expect(await connected(byAddress + parameters)).toEqual({ ssl: true, client: null });
  });

  it('with sslcert and sslkey, learns who the client is', async () => {
    const parameters = query('?sslmode=verify-full&sslrootcert=ours.pem&sslcert=client.pem&sslkey=client.key');
    expect(await connected(certified + parameters)).toEqual({ ssl: true, client: '/CN=gatehouse' });
  });
});

const STRANGE = 'the authority of its certificate is not trusted: name the file of that authority as sslrootcert';
const NO_TLS = 'it does not speak TLS: switch TLS on there, or correct sslmode';

describe('a connection that was to be checked', () => {
  it.each([
    ['no authority is named', () => certified, '?sslmode=verify-full', STRANGE],
    ['another authority is named', () => certified, '?sslmode=verify-full&sslrootcert=theirs.pem', STRANGE],
    ['another is named for verify-ca', () => certified, '?sslmode=verify-ca&sslrootcert=theirs.pem', STRANGE],
    ['another is named for require', () => certified, '?sslmode=require&sslrootcert=theirs.pem', STRANGE],
    [
      'the host has another name',
      () => certified.replace('localhost', '127.0.0.1'),
      '?sslmode=verify-full&sslrootcert=ours.pem',
      'its certificate names another host: use the name in the certificate',
    ],
    [
      'the certificate is self-signed',
      () => uncertified,
      '?sslmode=verify-full&sslrootcert=ours.pem',
      'its certificate is self-signed: name that certificate as sslrootcert',
    ],
    ['the server has no TLS', () => plain, '?sslmode=verify-full&sslrootcert=ours.pem', NO_TLS],
    ['the server has no TLS, and nothing else was asked', () => plain, '?sslmode=require', NO_TLS],
  ])('is refused in one line when %s', async (_, base, parameters, remedy) => {
    const url = new URL(base() + query(parameters));

    const [migration, service] = await refusals(url.href);

    const place = `localhost:${url.port}/gatehouse`.replace('localhost', url.hostname);
    const line = migration?.replace(/ \([A-Z_]+\)/, '');
    expect(line).toBe(`StartupError: DATABASE_URL: Postgres at ${place} cannot be used: ${remedy}`);
    expect(service).toBe(migration);
  });

  it('is made to a self-signed server whose certificate is named', async () => {
    const url = uncertified + query('?sslmode=verify-full&sslrootcert=alone.pem');
    expect(await connected(url)).toEqual({ ssl: true, client: null });
  });

  it('is refused in one line where the server takes encrypted ones only and none was asked for', async () => {
    await withClient(certified, (client) => {
      writeFileSync(file('certified/postgres/cluster/pg_hba.conf'), 'hostssl all all all scram-sha-256\n');
      return client.query('SELECT pg_reload_conf()');
    });
    await expect.poll(() => connected(certified).catch(() => 'refused')).toBe('refused');

    const [migration, service] = await refusals(certified);

    expect(migration).toMatch(
      /^StartupError: DATABASE_URL: Postgres at localhost:\d+\/gatehouse cannot be used \(28000\): /,
    );
    expect(migration).toContain('correct the URL (with sslmode, where it wants TLS) or its pg_hba.conf');
    expect(service).toBe(migration);
    expect(await connected(`${certified}?sslmode=require`)).toEqual({ ssl: true, client: null });
  });
});
