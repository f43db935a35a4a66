import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { STORY_BEGIN, STORY_END } from '../../src/launch/announcement.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { ALONE, endAll, preparedDataDir, READY, startProcess } from '../harness/service-process.js';
import { isThorough } from '../harness/tier/sizes.js';

afterEach(endAll);

const PUBLIC_URL = "https://id.shop.example/o'brien";
const LISTENING = /^http:\/\/localhost:\d+$/;
/** Of the characters that a shell or a form takes for something else. */
const CLIENT_SECRET = `a'b"c$d\`e&f+g%20h=i;j|k<l>m(n)o#p\\q`;

/** What programs are told: the metadata of the issuer, `iss` of a token, and the links of a list. */
async function toldByInterface(listening: string, clientId: string, clientSecret: string): Promise<unknown> {
  const metadata = Object(await (await fetch(`${listening}/.well-known/openid-configuration`)).json());
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const grant = await fetch(`${listening}/oauth/access_token`, { method: 'POST', body: new URLSearchParams(form) });
  const token = String(Object(await grant.json()).access_token);
  const { iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const list = await fetch(`${listening}/v2/customers`, { headers: { authorization: `Bearer ${token}` } });
  const { links } = Object(await list.json());
  const { issuer, jwks_uri, token_endpoint } = metadata;
  return { issuer, jwks_uri, token_endpoint, iss, link: String(links.first).split('?')[0] };
}

const interfaceAt = (base: string) => ({
  issuer: base,
  jwks_uri: `${base}/.well-known/jwks.json`,
  token_endpoint: `${base}/oauth/access_token`,
  iss: base,
  link: `${base}/v2/customers`,
});

describe('the base URL that is told', () => {
  it('is PUBLIC_URL in banner, file, story and interface, and where it really listens is told apart', async () => {
    const dataDir = await preparedDataDir();
    const env = { ...ALONE, DATA_DIR: dataDir, PUBLIC_URL, ARGON2_MEMORY_KIB: '64' };
    const service = startProcess({
      env: { ...env, BOOTSTRAP_CLIENT_ID: 'chosen', BOOTSTRAP_CLIENT_SECRET: CLIENT_SECRET },
    });
    await service.shows(READY);

    const [, base, listening = ''] =
      /^ {2}base URL +(\S+)\n {2}listening at +(\S+) \(PUBLIC_URL, the base URL, must lead there\)$/m.exec(
        service.stdout,
      ) ?? [];
    expect(base).toBe(PUBLIC_URL);
    expect(listening).toMatch(LISTENING);
    expect(JSON.parse(readFileSync(join(dataDir, 'dev-credentials.json'), 'utf8'))).toEqual({
      base_url: PUBLIC_URL,
      listening_url: listening,
      store_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_id: 'chosen',
      client_secret: CLIENT_SECRET,
    });
    expect(await toldByInterface(listening, 'chosen', CLIENT_SECRET)).toEqual(interfaceAt(PUBLIC_URL));

    // The story names the base URL too. As nothing leads from there, the shell is sent to where it listens.
    const story = service.stdout.slice(
      service.stdout.indexOf(STORY_BEGIN) + STORY_BEGIN.length,
      service.stdout.indexOf(STORY_END),
    );
    const [variable, ...rest] = story.trim().split('\n');
    const { stdout: named } = await promisify(execFile)('bash', ['-c', `${variable}; printf %s "$GATEHOUSE"`]);
    expect(named).toBe(PUBLIC_URL);
    const pasted = [`GATEHOUSE=${listening}`, ...rest].join('\n');
    const { stdout } = await promisify(execFile)('bash', ['-c', pasted]);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ data: [{ type: 'order' }] });
  });

  it.runIf(isThorough)('is PUBLIC_URL in the line of the throwaway mode, with where it listens beside it', async () => {
    const service = startProcess({ args: ['--ephemeral'], env: { PUBLIC_URL } });
    const told = JSON.parse(await service.shows(/^.*\n/));

    expect(told).toEqual({
      base_url: PUBLIC_URL,
      listening_url: expect.stringMatching(LISTENING),
      store_id: expect.any(String),
      client_id: expect.any(String),
      client_secret: expect.any(String),
      database_url: expect.any(String),
      sso: expect.objectContaining({ login_url: expect.stringMatching(`^${PUBLIC_URL}/oidc-idp/login/stores/`) }),
    });
    expect(await toldByInterface(told.listening_url, told.client_id, told.client_secret)).toEqual(
      interfaceAt(PUBLIC_URL),
    );
  });

  it.runIf(isThorough)('with a database that was given, is PUBLIC_URL too', async () => {
    const service = startProcess({ env: { DATABASE_URL: await freshDatabaseUrl(), PUBLIC_URL } });
    const line = await service.shows(/^Gatehouse is ready.*\n/);
    expect(line).toMatch(
      /^Gatehouse is ready at https:\/\/id\.shop\.example\/o'brien, and listens at http:\/\/localhost:\d+\n$/,
    );
  });

  it('without PUBLIC_URL is the one address that HOST names, in the links as well', async () => {
    const service = startProcess({ env: { DATABASE_URL: await freshDatabaseUrl(), HOST: '127.0.0.2' } });
    const [, base = ''] =
      /^Gatehouse is ready at (http:\/\/127\.0\.0\.2:\d+)\n$/.exec(await service.shows(/^Gatehouse is ready.*\n/)) ??
      [];
    const metadata = await (await fetch(`${base}/.well-known/openid-configuration`)).json();
    expect(metadata).toMatchObject({ issuer: base, token_endpoint: `${base}/oauth/access_token` });
  });
});
