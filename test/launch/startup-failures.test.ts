import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { ALONE, endAll, preparedDataDir, READY, scratchFolder, startProcess } from '../harness/service-process.js';
import { isThorough } from '../harness/tier/sizes.js';

const KEY = 'q83vEjRWeJCrze8SNFZ4kJq83vEjRWeJCrze8SNFZ4k=';
const OTHER_KEY = 'Zm9vYmFyYmF6cXV4CAkKCwwNDg8QERITFBUWFxgZGhs=';

afterEach(endAll);

/** Starts a service that must refuse, and answers what it says. */
async function refusal(env: Record<string, string>): Promise<string[]> {
  const service = startProcess({ env });
  expect(await service.ended).toEqual({ code: 1, signal: null });
  expect(service.stdout).toBe('');
  return service.errorLines();
}

describe('a start that cannot succeed says why in one line and exits with code 1', () => {
  it('when the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      expect(await refusal({ PORT: String(port), DATA_DIR: scratchFolder() })).toEqual([
        `PORT ${port} is taken: stop the program that listens there, or set another PORT`,
      ]);
    } finally {
      server.close();
    }
  });

  it('when HOST is no address of this machine', async () => {
    expect(await refusal({ HOST: '192.0.2.1', DATA_DIR: scratchFolder() })).toEqual([
      'HOST 192.0.2.1 is no address of this machine: set HOST to one, or to 0.0.0.0 for all',
    ]);
  });

  it('when DATA_DIR cannot be written', async () => {
    const file = join(scratchFolder(), 'file');
    writeFileSync(file, '');

    expect(await refusal({ DATA_DIR: join(file, 'data') })).toEqual([
      `DATA_DIR ${file}/data cannot be written (ENOTDIR): give this user a folder that it may write`,
    ]);
  });

  it('when DATABASE_URL leads nowhere, without showing its password', async () => {
    const url = 'postgresql://someone:hunter2-canary@127.0.0.1:1/shop';
    const env = { DATABASE_URL: url, DATA_DIR: scratchFolder() };
    const lines = [
      'DATABASE_URL: Postgres at 127.0.0.1:1/shop cannot be used (ECONNREFUSED): no Postgres listens there: start it or correct the URL',
    ];

    expect(await refusal(env)).toEqual(lines);
    expect((await refusal({ ...env, LOG_LEVEL: 'debug' })).join('\n')).not.toContain('hunter2-canary');
  });

  it('for every bad variable at once, each on its own line that begins with its name', async () => {
    const lines = await refusal({ PORT: 'eighty', LOG_LEVEL: 'loud', ARGON2_PASSES: '0', MASTER_KEY: 'c2hvcnQ=' });

    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.split(' ')[0]))).toEqual(
      new Set(['PORT', 'LOG_LEVEL', 'ARGON2_PASSES', 'MASTER_KEY']),
    );
  });

  it('when MASTER_KEY cannot open the stored keys', async () => {
    const env = { DATABASE_URL: await freshDatabaseUrl() };
    const first = startProcess({ env: { ...env, MASTER_KEY: KEY } });
    await first.shows(/^Gatehouse is ready at http:\/\/localhost:\d+\n/);
    await first.stop();

    const lines = await refusal({ ...env, MASTER_KEY: OTHER_KEY });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^MASTER_KEY .*cannot open/);
    expect(lines[0]).not.toContain(OTHER_KEY);
  });

  it.runIf(isThorough)('when another running service uses DATA_DIR, which goes on undisturbed', async () => {
    const dataDir = await preparedDataDir();
    const first = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });
    await first.shows(READY);

    expect(await refusal({ DATA_DIR: dataDir })).toEqual([
      `DATA_DIR ${dataDir} is in use by another running Gatehouse: stop it or set another DATA_DIR`,
    ]);

    const baseUrl = /base URL +(\S+)/.exec(first.stdout)?.[1];
    expect((await fetch(`${baseUrl}/health/ready`)).status).toBe(200);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
  });

  it.runIf(isThorough)('two at once on an empty DATA_DIR: one runs, the other says so', async () => {
    const dataDir = join(scratchFolder(), 'data');
    const both = [
      startProcess({ env: { ...ALONE, DATA_DIR: dataDir } }),
      startProcess({ env: { ...ALONE, DATA_DIR: dataDir } }),
    ];

    const loser = await Promise.race(both.map(async (service) => ({ service, ending: await service.ended })));

    expect(loser.ending).toEqual({ code: 1, signal: null });
    expect(loser.service.errorLines()).toEqual([
      `DATA_DIR ${dataDir} is in use by another running Gatehouse: stop it or set another DATA_DIR`,
    ]);
    await both.find((service) => service !== loser.service)?.shows(READY);
  });

  it.runIf(isThorough)('when a file in DATA_DIR is damaged, naming it', async () => {
    const dataDir = await preparedDataDir();
    const damage = async (name: string) => {
      const path = join(dataDir, name);
      const intact = readFileSync(path);
      writeFileSync(path, '{"client_id":');
      const lines = await refusal({ DATA_DIR: dataDir });
      writeFileSync(path, intact);
      return lines;
    };

    expect(await damage('dev-credentials.json')).toEqual([
      `DATA_DIR: ${dataDir}/dev-credentials.json is damaged: restore it, or remove it to get a new application key`,
    ]);
    expect(await damage('master-key')).toEqual([
      `MASTER_KEY: ${dataDir}/master-key is damaged: restore it, or remove ${dataDir} to begin with an empty database`,
    ]);
    expect(await damage('postgres/cluster/PG_VERSION')).toEqual([
      expect.stringMatching(/^DATA_DIR: the embedded Postgres did not start: .* \(see .*postgres\.log\)$/),
    ]);
  });
});

describe('NODE_ENV=production', () => {
  it('refuses to start without database, key and URL, and names all of them at once', async () => {
    const lines = await refusal({ NODE_ENV: 'production' });

    expect(lines.map((line) => /^\w+ is required in production/.exec(line)?.[0])).toEqual([
      'DATABASE_URL is required in production',
      'MASTER_KEY is required in production',
      'PUBLIC_URL is required in production',
    ]);
  });

  it.each([
    ['is too short', 'c2hvcnQ='],
    ['is a sample value', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='],
  ])('refuses a MASTER_KEY that %s', async (reason, key) => {
    const lines = await refusal({
      NODE_ENV: 'production',
      DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x',
      PUBLIC_URL: 'https://id.example.com',
      MASTER_KEY: key,
    });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^MASTER_KEY ${reason}`));
    expect(lines[0]).not.toContain(key);
  });
});
