import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { isRunning } from '../../src/launch/processes.js';
import { endAll, postgresPid, scratchFolder, startProcess } from '../harness/service-process.js';
import { isThorough } from '../harness/tier/sizes.js';

afterEach(endAll);

describe('npm start -- --ephemeral', () => {
  it('writes one JSON line to standard output when ready, and removes everything when it is told to stop', async () => {
    const temporary = scratchFolder();
    // Whatever the environment names is left alone.
    const env = {
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/precious',
      DATA_DIR: '/precious',
      LOG_LEVEL: 'info',
      PORT: '',
      TMPDIR: temporary,
    };
    const service = startProcess({ through: 'launcher', args: ['--ephemeral'], env });
    await service.shows(/^.*\n/);

    const { sso, ...told }: Record<string, string> = JSON.parse(service.stdout);
    expect(sso).toEqual({
      profile_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      discovery_url: expect.stringMatching(/^http:\/\/localhost:\d+\/\.well-known\/openid-configuration$/),
      login_url: expect.stringMatching(/^http:\/\/localhost:\d+\/oidc-idp\/login\/stores\/.*profile_id=[0-9a-f-]{36}$/),
      redirect_uri: 'http://localhost:3080/callback',
    });
    expect((await fetch(Object(sso).discovery_url)).status).toBe(200);
    expect(told).toEqual({
      base_url: expect.stringMatching(/^http:\/\/localhost:(?!3000$)\d+$/),
      store_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_id: expect.stringMatching(/^[\w-]{43}$/),
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
      database_url: expect.stringMatching(/^postgresql:\/\/gatehouse:[\w-]+@127\.0\.0\.1:\d+\/gatehouse$/),
    });
    expect((await fetch(`${told['base_url']}/health/ready`)).status).toBe(200);
    expect(await customersIn(told['database_url'])).toBe(0);
    const [folder = ''] = readdirSync(temporary);
    const postgres = postgresPid(join(temporary, folder));

    expect(await service.stop('SIGINT')).toEqual({ code: 0, signal: null });
    expect(service.stdout.split('\n')).toHaveLength(2);
    expect(service.stderr).toContain('"msg"');
    expect(isRunning(postgres)).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.runIf(isThorough)('two at once take two ports and two databases', async () => {
    const services = [startProcess({ args: ['--ephemeral'] }), startProcess({ args: ['--ephemeral'] })];
    const told = await Promise.all(
      services.map(async (service): Promise<Record<string, string>> => JSON.parse(await service.shows(/^.*\n/))),
    );

    const [first, second] = told;
    expect(first?.['base_url']).not.toBe(second?.['base_url']);
    expect(first?.['store_id']).not.toBe(second?.['store_id']);
    expect(first?.['client_secret']).not.toBe(second?.['client_secret']);
    expect(first?.['database_url']).not.toBe(second?.['database_url']);
  });

  it.each([
    [{ NODE_ENV: 'production' }, ['--ephemeral'], /^(DATABASE_URL|MASTER_KEY|PUBLIC_URL|NODE_ENV)/],
    [{}, ['--ephemral'], /^Unknown argument --ephemral: the only one is --ephemeral$/],
  ])('with %j and %j, refuses in one line', async (env, args, line) => {
    const service = startProcess({ args, env });

    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(service.stdout).toBe('');
    for (const written of service.errorLines()) expect(written).toMatch(line);
    expect(service.errorLines().length).toBeGreaterThan(0);
  });
});

async function customersIn(databaseUrl: string | undefined): Promise<unknown> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM customers');
    return rows[0]?.count;
  } finally {
    await client.end();
  }
}
