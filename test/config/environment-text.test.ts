import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.js';
import { environmentVariables } from '../../src/config/environment.js';
import { faultOfText, settingOf } from '../../src/config/environment-text.js';

/** A value of every variable that its rule takes, none of them the default. */
const given = {
  NODE_ENV: 'test',
  PORT: '8080',
  HOST: '0.0.0.0',
  PUBLIC_URL: 'https://id.shop.example',
  DATABASE_URL: 'postgresql://app:pass-word@db.internal/gatehouse',
  DATABASE_POOL_SIZE: '25',
  DATA_DIR: '/var/lib/gate house',
  MASTER_KEY: 'zq5mQ0cTn8v0n1o4W1bqk2rJx9b3m7Yt6u5s4D3f2A0=',
  BOOTSTRAP_CLIENT_ID: 'back-end',
  BOOTSTRAP_CLIENT_SECRET: 'a secret with "32" characters in it',
  TOKEN_SIGNING_ALG: 'ES256',
  ACCESS_TOKEN_LIFETIME_SECONDS: '600',
  CUSTOMER_TOKEN_LIFETIME_SECONDS: '7200',
  ARGON2_MEMORY_KIB: '47104',
  ARGON2_PASSES: '3',
  ARGON2_LANES: '2',
  HASH_CONCURRENCY: '6',
  PASSWORD_MIN_LENGTH: '12',
  LOG_LEVEL: 'warn',
  TRUST_PROXY: 'on',
  OIDC_ALLOW_PRIVATE_HOSTS: 'false',
  OIDC_INTERNAL_PROVIDER_HOSTS: 'login.internal',
  EVENT_RETENTION_DAYS: '30',
  SSO_STARTS_PER_MINUTE: '30',
  CORS_ORIGINS: 'https://shop.example',
};
const threads = { UV_THREADPOOL_SIZE: '16' };
const secrets = ['DATABASE_URL', 'MASTER_KEY', 'BOOTSTRAP_CLIENT_SECRET'] as const;

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...threads, ...environment });
    return [];
  } catch (cause) {
    if (cause instanceof ConfigError) return cause.problems;
    throw cause;
  }
}

const everyVariable = (change: (value: string) => string) =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, change(value)]));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-environment-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(content: string | Buffer): string {
  const path = join(folder, String(Math.random()));
  writeFileSync(path, content);
  return path;
}

const around: [what: string, change: (value: string) => string][] = [
  ['the CR of a Windows env file', (value) => `${value}\r`],
  ['CR and LF', (value) => `${value}\r\n`],
  ['the LF that an editor adds', (value) => `${value}\n`],
  ['a byte order mark before it', (value) => `\u{feff}${value}`],
  ['blanks on both sides', (value) => ` \t${value}\u{a0} `],
  ['all of them', (value) => `\u{feff} ${value} \r\n\r\n`],
];

describe('a value of the environment', () => {
  it('is tried here for every variable', () => {
    expect(Object.keys(given)).toEqual(Object.keys(environmentVariables));
    expect(problemsOf(given)).toEqual([]);
  });

  it.each(around)('with %s is the value without it, for every variable', (_, change) => {
    expect(readConfig({ ...threads, ...everyVariable(change) })).toEqual(readConfig({ ...threads, ...given }));
  });

  it.each(around)('with %s is the value without it, for every file of a secret and for its name', (_, change) => {
    const { BOOTSTRAP_CLIENT_ID } = given;
    const files = secrets.map((name) => [`${name}_FILE`, change(fileWith(change(given[name])))] as const);
    const asVariables = Object.fromEntries(secrets.map((name) => [name, given[name]]));
    expect(readConfig({ BOOTSTRAP_CLIENT_ID, ...Object.fromEntries(files) })).toEqual(
      readConfig({ BOOTSTRAP_CLIENT_ID, ...asVariables }),
    );
  });

  it('that is nothing but blanks and line ends counts as absent', () => {
    expect(readConfig({ ...threads, ...everyVariable(() => ' \r\n') })).toEqual(readConfig(threads));
    expect(settingOf({ PORT: '\r' }, 'PORT')).toBeUndefined();
  });

  it.each([
    ['"', '"'],
    ["'", "'"],
    ['`', '`'],
    ['“', '”'],
    ['‘', '’'],
  ])('in the quotation marks %s%s, which env files of Docker keep, is refused for every variable', (left, right) => {
    const problems = problemsOf(everyVariable((value) => `${left}${value}${right}\r`));
    expect(problems).toEqual(
      Object.keys(given).map((name) => `${name} must be given without the quotation marks around it`),
    );
  });

  it('in quotation marks is refused as the content and as the name of a file, and never quoted', () => {
    const { MASTER_KEY, BOOTSTRAP_CLIENT_ID } = given;
    const problems = problemsOf({
      BOOTSTRAP_CLIENT_ID,
      MASTER_KEY_FILE: `"${fileWith(MASTER_KEY)}"`,
      BOOTSTRAP_CLIENT_SECRET_FILE: fileWith(`"${given.BOOTSTRAP_CLIENT_SECRET}"`),
    });
    expect(problems).toEqual([
      'MASTER_KEY_FILE must be given without the quotation marks around it',
      'BOOTSTRAP_CLIENT_SECRET must be given without the quotation marks around it',
    ]);
  });

  it.each([
    ['\n', 'a line end'],
    ['\r', 'a CR'],
    ['\0', 'a zero byte'],
    ['\u{1b}', 'an escape'],
    ['\u{200b}', 'a space without width'],
    ['\u{feff}', 'a byte order mark'],
    ['\u{2028}', 'a line separator'],
  ])('with %j (%s) in its middle is refused for every variable', (mark) => {
    const problems = problemsOf(everyVariable((value) => `${value}${mark}${value}`));
    expect(problems).toEqual(
      Object.keys(given).map((name) => `${name} must be one line of text without control characters`),
    );
  });

  it('of a secret in a file that is no UTF-8, as a shell of Windows writes it, is refused with what to do', () => {
    const withMark = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(given.MASTER_KEY, 'utf16le')]);
    const without = Buffer.from(given.BOOTSTRAP_CLIENT_SECRET, 'utf16le');
    const { BOOTSTRAP_CLIENT_ID } = given;
    const files = { MASTER_KEY_FILE: fileWith(withMark), BOOTSTRAP_CLIENT_SECRET_FILE: fileWith(without) };
    expect(problemsOf({ BOOTSTRAP_CLIENT_ID, ...files })).toEqual([
      'MASTER_KEY_FILE names a file that is no UTF-8 text: save it as UTF-8',
      'BOOTSTRAP_CLIENT_SECRET must be one line of text without control characters',
    ]);
  });

  it('may hold quotation marks and blanks that do not surround it', () => {
    for (const text of ['a "b" c', '"a" and b', "it's", '"', "a'", 'ä ö']) expect(faultOfText(text)).toBeNull();
  });
});
