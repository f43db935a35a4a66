import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig, ConfigError } from '../../src/config/config.js';
import { readDatabaseUrl } from '../../src/config/database-url.js';
import { certificateAuthority } from '../harness/self-signed.js';

const BASE = 'postgresql://ann:secret-canary@db.internal/shop';
const FORM = 'postgresql://user:password@host:5432/database';

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-url-'));
  const authority = certificateAuthority('Authority');
  const [one, other] = [authority.issue('one'), authority.issue('other')];
  writeFileSync(file('ca.pem'), authority.cert);
  writeFileSync(file('one.pem'), one.cert);
  writeFileSync(file('one.key'), one.key);
  writeFileSync(file('other.key'), other.key);
  writeFileSync(file('nothing.pem'), 'no certificate');
  writeFileSync(file('damaged.pem'), authority.cert.replace(/\n.{64}\n/, '\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(url: string): readonly string[] {
  try {
    readConfig({ DATABASE_URL: url });
    return [];
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    return cause.problems;
  }
}

describe('a DATABASE_URL', () => {
  it.each([
    [BASE, { host: 'db.internal', port: 5432, database: 'shop', user: 'ann', password: 'secret-canary', tls: false }],
    ['postgres://ann@db:6432/shop?schema=public', { host: 'db', port: 6432, user: 'ann', password: null }],
    ['postgresql://a%40b:p%40%2F%25%3F%23@db/sh%20op', { user: 'a@b', password: 'p@/%?#', database: 'sh op' }],
    ['postgresql://ann@[::1]:5433/shop', { host: '::1', port: 5433 }],
    ['postgresql://db/shop', { user: userInfo().username, password: null }],
    ['postgresql://ann@%2Fvar%2Frun%2Fpostgresql/shop', { host: '/var/run/postgresql', port: 5432 }],
    ['postgresql://ann:pw@localhost/shop?host=/cloudsql/eu:shop', { host: '/cloudsql/eu:shop', user: 'ann' }],
    [`${BASE}?sslmode=disable`, { tls: false }],
    [`${BASE}?sslmode=require`, { tls: { rejectUnauthorized: false } }],
    [`${BASE}?sslmode=verify-full`, { tls: { rejectUnauthorized: true } }],
    [`${BASE}?sslmode=verify-full&sslrootcert=system`, { tls: { rejectUnauthorized: true } }],
  ])('%s says where the database is and how it is reached', (url, address) => {
    expect(readDatabaseUrl(url)).toMatchObject(address);
    expect(problemsOf(url)).toEqual([]);
  });

  it.each([
    ['mysql://db/x', 'must be a postgresql:// URL'],
    ['postgresql:db/x', 'must be a postgresql:// URL'],
    ['postgresql://ann:se/cret@db/x', 'must be a postgresql:// URL'],
    [`${BASE}#there`, 'must not have a fragment: write # as %23'],
    ['postgresql://ann:100%@db/x', 'has a % in its password that begins no escape: write % as %25'],
    ['postgresql:///shop', `must name the host: ${FORM}`],
    ['postgresql://ann@db', `must name the database: ${FORM}`],
    ['postgresql://ann@db/', `must name the database: ${FORM}`],
    ['postgresql://ann@one,two/shop', 'must name one host: give the address that leads to the primary'],
    [`${BASE}?host=other`, `may have host in its query for the folder of a Unix socket only: write ${FORM}`],
    [`${BASE}?schema=shop`, 'must not name another schema than public: Gatehouse wants a database of its own'],
    [`${BASE}?schema=`, 'must not name another schema than public: Gatehouse wants a database of its own'],
    [`${BASE}?sslmode=require&sslmode=disable`, 'has sslmode more than once: keep one'],
    [`${BASE}?connection_limit=5`, 'must not have connection_limit in its query: set DATABASE_POOL_SIZE'],
    [`${BASE}?options=-c%20search_path%3Dx`, 'must not have options in its query: set them on the role'],
    ['postgresql://ann:pass?secret-canary@db/x', 'must be a postgresql:// URL'],
    [
      `${BASE}?secret-canary=1`,
      'must not have an unknown parameter in its query: the query may hold host, schema, sslmode, sslrootcert, sslcert, sslkey',
    ],
    [
      `${BASE}?constructor=1`,
      'must not have an unknown parameter in its query: the query may hold host, schema, sslmode, sslrootcert, sslcert, sslkey',
    ],
    ...['allow', 'prefer'].map((mode) => [
      `${BASE}?sslmode=${mode}`,
      `must not have sslmode=${mode}, which leaves it to the server whether anything is encrypted: use verify-full, require or disable`,
    ]),
    [`${BASE}?sslmode=no-verify`, 'has an unknown sslmode: use disable, require, verify-ca, verify-full'],
    [`${BASE}?sslmode=`, 'has an unknown sslmode: use disable, require, verify-ca, verify-full'],
    [`${BASE}?sslrootcert=/x`, 'has sslrootcert without TLS: add sslmode=verify-full'],
    [
      `${BASE}?sslmode=verify-ca`,
      'has sslmode=verify-ca without an authority of its own: add sslrootcert with its file, or use verify-full',
    ],
    [
      `${BASE}?sslmode=require&sslrootcert=system`,
      'has sslmode=require without an authority of its own: add sslrootcert with its file, or use verify-full',
    ],
    ['postgresql://ann@%2Frun/x?sslmode=require', 'has sslmode=require for a Unix socket, which knows no TLS: drop it'],
    [
      `${BASE}?sslmode=verify-full&sslrootcert=/nowhere/at/all`,
      'has an sslrootcert that cannot be read (ENOENT): name a readable file',
    ],
    [`${BASE}?sslmode=require&sslcert=/x`, 'must have sslcert and sslkey together'],
  ])('%s is refused in one line that says what to do', (url, problem) => {
    expect(problemsOf(url ?? '')).toEqual([`DATABASE_URL ${problem}`]);
    expect(problem).not.toContain('secret-canary');
  });

  it('reads the files that it names', () => {
    const pair = `sslcert=${file('one.pem')}&sslkey=${file('one.key')}`;
    expect(readDatabaseUrl(`${BASE}?sslmode=verify-full&sslrootcert=${file('ca.pem')}&${pair}`).tls).toEqual({
      rejectUnauthorized: true,
      ca: [expect.stringMatching(/^-----BEGIN CERTIFICATE-----/)],
      cert: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/) as unknown,
      key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/) as unknown,
    });
  });

  it.each([
    [
      'an authority without a certificate',
      () => `sslrootcert=${file('nothing.pem')}`,
      'sslrootcert that holds no certificate: name a file in PEM form',
    ],
    [
      'a damaged authority',
      () => `sslrootcert=${file('damaged.pem')}`,
      'sslrootcert that holds no certificate: name a file in PEM form',
    ],
    [
      'the key of another certificate',
      () => `sslcert=${file('one.pem')}&sslkey=${file('other.key')}`,
      'sslcert and an sslkey that do not fit: name a certificate and its key in PEM form, the key without a passphrase',
    ],
  ])('with %s is refused in one line', (_, parameters, problem) => {
    expect(problemsOf(`${BASE}?sslmode=verify-full&${parameters()}`)).toEqual([`DATABASE_URL has an ${problem}`]);
  });
});
