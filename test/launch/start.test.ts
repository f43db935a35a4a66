import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { STORY_BEGIN, STORY_END } from '../../src/launch/announcement.js';
import { isRunning } from '../../src/launch/processes.js';
import {
  ALONE,
  endAll,
  postgresPid,
  preparedDataDir,
  READY,
  scratchFolder,
  type ServiceProcess,
  startProcess,
  until,
} from '../harness/service-process.js';
import { isThorough } from '../harness/tier/sizes.js';

afterEach(endAll);

function shownCredentials({ stdout }: ServiceProcess): Record<string, string | undefined> {
  const value = (label: string) => new RegExp(`^  ${label} +(\\S+)$`, 'm').exec(stdout)?.[1];
  return {
    base_url: value('base URL'),
    store_id: value('store id'),
    client_id: value('client id'),
    client_secret: value('client secret'),
  };
}

function keptCredentials(dataDir: string): unknown {
  return JSON.parse(readFileSync(join(dataDir, 'dev-credentials.json'), 'utf8'));
}

/** Runs the printed script as a shell would that it is pasted into; the last three lines of what it shows are the answers. */
async function paste({ stdout }: ServiceProcess): Promise<unknown[]> {
  const begin = stdout.indexOf(STORY_BEGIN) + STORY_BEGIN.length;
  const story = stdout.slice(begin, stdout.indexOf(STORY_END));
  const { stdout: shown } = await promisify(execFile)('bash', ['-c', story]);
  return shown
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

const ANSWERS = [
  { data: { type: 'address', first_name: 'Ann', line_1: '1 Long Road' } },
  { data: { type: 'order', customer: { name: 'Ann Example' } } },
  { data: { type: 'customer', name: 'Ann Example', email: expect.stringMatching(/^ann\+\d+@example\.com$/) } },
  { data: [{ type: 'address', line_1: '1 Long Road' }] },
  { data: [{ type: 'order' }], included: { items: [{ type: 'order_item', sku: 'GR-1' }] } },
];

describe('npm start without DATABASE_URL', () => {
  it('shows where the service is and a story that works when pasted, twice and after a restart with the same data', async () => {
    const dataDir = join(scratchFolder(), 'data');
    const first = startProcess({ through: 'launcher', env: { DATA_DIR: dataDir, ARGON2_MEMORY_KIB: '64' } });
    await first.shows(READY);

    const credentials = shownCredentials(first);
    expect(credentials).toEqual({
      base_url: expect.stringMatching(/^http:\/\/localhost:\d+$/),
      store_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_id: expect.stringMatching(/^[\w-]{43}$/),
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(keptCredentials(dataDir)).toEqual(credentials);
    expect((await fetch(`${credentials['base_url']}/health/ready`)).status).toBe(200);
    // Bundlers like to drop a statement that is there for what it throws: the one that finds out that this is no path.
    expect((await fetch(`${credentials['base_url']}/v2/customers/%zz`)).status).toBe(401);
    expect(await paste(first)).toMatchObject(ANSWERS);
    expect(await paste(first)).toMatchObject(ANSWERS);
    const postgres = postgresPid(dataDir);
    expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(first.errorLines()).toEqual([]);
    expect(isRunning(postgres)).toBe(false);

    const port = new URL(String(credentials['base_url'])).port;
    const second = startProcess({
      through: 'launcher',
      env: { DATA_DIR: dataDir, PORT: port, ARGON2_MEMORY_KIB: '64' },
    });
    await second.shows(READY);

    expect(shownCredentials(second)).toEqual(credentials);
    expect(await paste(first)).toMatchObject(ANSWERS);
    expect(await customersOf(second)).toBe(3);
    expect(await second.stop('SIGINT')).toEqual({ code: 0, signal: null });
  });

  it('keeps what it writes from other users', async () => {
    const dataDir = await preparedDataDir();

    const mode = (name: string) => (statSync(join(dataDir, name)).mode & 0o777).toString(8);
    expect({
      folder: mode('.'),
      cluster: mode('postgres/cluster'),
      password: mode('postgres/password'),
      log: mode('postgres.log'),
      masterKey: mode('master-key'),
      credentials: mode('dev-credentials.json'),
    }).toEqual({ folder: '700', cluster: '700', password: '600', log: '600', masterKey: '600', credentials: '600' });
  });

  it.runIf(isThorough)(
    'takes the application key of BOOTSTRAP_CLIENT_ID and BOOTSTRAP_CLIENT_SECRET instead of its own',
    async () => {
      const dataDir = await preparedDataDir();
      const secret = 'a-secret-that-was-chosen-by-the-operator';
      const env = { ...ALONE, DATA_DIR: dataDir, BOOTSTRAP_CLIENT_ID: 'chosen', BOOTSTRAP_CLIENT_SECRET: secret };
      const service = startProcess({ env });
      await service.shows(READY);

      expect(shownCredentials(service)).toMatchObject({ client_id: 'chosen', client_secret: secret });
      expect(keptCredentials(dataDir)).toMatchObject({ client_id: 'chosen', client_secret: secret });
    },
  );

  it('on SIGTERM while a client does not finish its request, ends all the same', async () => {
    const dataDir = await preparedDataDir();
    const service = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });
    await service.shows(READY);
    const postgres = postgresPid(dataDir);
    const { port } = new URL(String(shownCredentials(service)['base_url']));
    const client = connect(Number(port), '127.0.0.1');
    client.on('error', () => {});
    client.write('POST /oauth/access_token HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nbegun');
    await once(client, 'connect');

    expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });

    expect(isRunning(postgres)).toBe(false);
    client.destroy();
  });

  it.runIf(isThorough)('on SIGINT before it is ready, leaves no process and no half-made database', async () => {
    const dataDir = scratchFolder();
    const service = startProcess({ env: { DATA_DIR: dataDir } });
    await until(() => existsSync(join(dataDir, 'postgres')) || null);

    expect(await service.stop('SIGINT')).toEqual({ code: 0, signal: null });
    expect(existsSync(join(dataDir, 'postgres/cluster/postmaster.pid'))).toBe(false);

    const next = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });
    expect(await next.shows(READY)).toContain(STORY_END);
  });
});

async function customersOf(service: ServiceProcess): Promise<unknown> {
  const { base_url, client_id, client_secret } = shownCredentials(service);
  const form = { grant_type: 'client_credentials', client_id: String(client_id), client_secret: String(client_secret) };
  const grant = await fetch(`${base_url}/oauth/access_token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token } = Object(await grant.json());
  const list = await fetch(`${base_url}/v2/customers`, { headers: { authorization: `Bearer ${access_token}` } });
  return Object(await list.json()).meta.results.total;
}
