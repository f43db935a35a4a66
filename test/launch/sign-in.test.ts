import { settlePort } from '../../src/launch/listen-port.js';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WALK_REDIRECT_URI } from '../../src/local-provider/local-sign-in.js';
import { endAll, preparedDataDir, READY, type ServiceProcess, startProcess } from '../harness/service-process.js';
import { isThorough } from '../harness/tier/sizes.js';

afterAll(endAll);

const ROOT = new URL('../..', import.meta.url).pathname;

/** What the block on single sign-on says. */
function shown({ stdout }: ServiceProcess): Record<string, string | undefined> {
  const value = (label: string) => new RegExp(`^  ${label} +(\\S+)$`, 'm').exec(stdout)?.[1];
  return {
    base_url: value('base URL'),
    profile_id: value('profile id'),
    discovery_url: value('discovery URL'),
    login_url: value('login URL'),
    redirect_uri: value('redirect URI'),
  };
}

/** Runs `npm run sso`, and answers what it says, whether it succeeds or not. */
async function walk(dataDir: string, args: string[] = []): Promise<{ code: number; said: string }> {
  const env = { PATH: process.env['PATH'], DATA_DIR: dataDir };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['scripts/sso.mjs', ...args], {
      cwd: ROOT,
      env,
    });
    return { code: 0, said: stdout + stderr };
  } catch (cause) {
    const { code, stdout, stderr } = Object(cause);
    return { code, said: `${stdout}${stderr}` };
  }
}

/** The JSON documents that the walk shows: the token, then the customer. */
function documentsIn(said: string): unknown[] {
  return [...said.matchAll(/^ {2}\{$[^]*?^ {2}\}$/gm)].map(([text]): unknown => JSON.parse(text));
}

/** The profiles of the store, as a back end sees them. */
async function profilesAt(dataDir: string, baseUrl: string): Promise<unknown> {
  const { client_id, client_secret } = JSON.parse(readFileSync(join(dataDir, 'dev-credentials.json'), 'utf8'));
  const form = { grant_type: 'client_credentials', client_id, client_secret };
  const grant = await fetch(`${baseUrl}/oauth/access_token`, { method: 'POST', body: new URLSearchParams(form) });
  const headers = { authorization: `Bearer ${Object(await grant.json()).access_token}` };
  const get = async (path: string) => Object(await (await fetch(`${baseUrl}${path}`, { headers })).json()).data;
  const [realm] = await get('/v2/authentication-realms');
  const profiles: object[] = await get(`/v2/authentication-realms/${realm.id}/oidc-profiles`);
  return { redirectUris: realm.redirect_uris, profiles };
}

/** The first of two that nobody uses, where the system gives none to others: the service and the provider come back to them. */
async function twoFreePorts(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 5_000) * 2;
    const free = await Promise.all(
      [port, port + 1].map(async (each) => settlePort(each, '127.0.0.1').then(isNumber, isNumber)),
    );
    if (!free.includes(false)) return port;
  }
}

function isNumber(outcome: unknown): boolean {
  return typeof outcome === 'number';
}

describe('the OpenID Provider beside npm start', () => {
  let dataDir: string;
  let first: ServiceProcess;

  beforeAll(async () => {
    dataDir = await preparedDataDir();
    first = startProcess({ env: { DATA_DIR: dataDir, PORT: String(await twoFreePorts()) } });
    await first.shows(READY);
  });

  it('is told in the block, and lets both people in: `npm run sso` shows token and customer', async () => {
    const told = shown(first);
    expect(told).toEqual({
      base_url: expect.stringMatching(/^http:\/\/localhost:\d+$/),
      profile_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      discovery_url: expect.stringMatching(/^http:\/\/localhost:\d+\/\.well-known\/openid-configuration$/),
      login_url: expect.stringContaining(`?elasticpath_commerce_cloud_profile_id=${told['profile_id']}`),
      redirect_uri: WALK_REDIRECT_URI,
    });
    const [ada, grace] = [await walk(dataDir), await walk(dataDir, ['grace', '--show'])];
    expect(documentsIn(ada.said)).toMatchObject([
      { type: 'token', token: expect.stringMatching(/^eyJhbG…$/) },
      { data: { type: 'customer', name: 'Ada Local', email: 'ada@example.com', authentication_mechanism: 'oidc' } },
    ]);
    expect(documentsIn(grace.said)).toMatchObject([
      { type: 'token', token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/) },
      { data: { type: 'customer', name: 'Grace Local', email: 'grace@example.com' } },
    ]);
    expect([ada.code, grace.code]).toEqual([0, 0]);
  });

  it('waits for a real browser with --browser, and goes on where that comes back', async () => {
    const env = { PATH: process.env['PATH'], DATA_DIR: dataDir };
    const child = spawn(process.execPath, ['scripts/sso.mjs', '--browser', '--show'], { cwd: ROOT, env });
    const ended = once(child, 'close');
    let said = '';
    const url = await new Promise<string>((resolve) => {
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
        const [, found] = /\n {2}(http\S+code_challenge_method=S256)\n/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const { state } = Object.fromEntries(new URL(url).searchParams);

    const elsewhere = await fetch(new URL('/favicon.ico', WALK_REDIRECT_URI));
    const back = await fetch(
      `${WALK_REDIRECT_URI}?error=access_denied&error_description=account_exists&state=${state}`,
    );

    expect([elsewhere.status, back.status]).toEqual([404, 200]);
    expect(await ended).toEqual([1, null]);
    expect(said).toContain('3. The browser came back');
  });

  it.runIf(isThorough)('is the same profile after a restart, and knows its people again', async () => {
    const told = shown(first);
    const before = await walk(dataDir);
    await first.stop();
    expect(first.errorLines()).toEqual([]);

    const second = startProcess({ env: { DATA_DIR: dataDir, PORT: new URL(String(told['base_url'])).port } });
    await second.shows(READY);

    expect(shown(second)).toEqual(told);
    expect(await profilesAt(dataDir, String(told['base_url']))).toMatchObject({
      redirectUris: [WALK_REDIRECT_URI],
      profiles: [{ id: told['profile_id'], name: 'Local sign-in', discovery_url: told['discovery_url'] }],
    });
    const { customer_id } = Object(documentsIn(before.said)[0]);
    expect(documentsIn((await walk(dataDir)).said)[0]).toMatchObject({ customer_id });
  });

  it.runIf(isThorough)('is not started where private hosts are refused, without a word', async () => {
    const env = { DATA_DIR: await preparedDataDir(), OIDC_ALLOW_PRIVATE_HOSTS: 'false' };
    const service = startProcess({ env });
    await service.shows(READY);

    expect(shown(service)).toMatchObject({ profile_id: undefined, discovery_url: undefined });
    expect(service.errorLines()).toEqual([]);
  });
});

describe('npm run sso', () => {
  it.each([
    ['before anything ran', [], /^Nothing to log in at \(.*dev-credentials\.json is not there\): run `npm start`/],
    ['with an argument that it does not know', ['--fast'], /^Unknown argument --fast: there are ada, grace, /],
  ])('%s, says in one line what to do', async (_, args, line) => {
    const { code, said } = await walk(join(ROOT, 'no-such-folder'), args);

    expect(code).toBe(1);
    expect(said).toMatch(line);
    expect(said.trim().split('\n')).toHaveLength(1);
  });

  it('when the service has stopped, says that nothing answers', async () => {
    const dataDir = await preparedDataDir();
    const file = join(dataDir, 'dev-credentials.json');
    const credentials = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...credentials, base_url: 'http://localhost:1' }));

    const { code, said } = await walk(dataDir);

    expect(code).toBe(1);
    expect(said).toContain('Nothing answers at http://localhost:1: is the service running (`npm start`)?\n');
  });
});
