import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.js';
import { environmentVariables } from '../../src/config/environment.js';

const MASTER_KEY = 'zq5mQ0cTn8v0n1o4W1bqk2rJx9b3m7Yt6u5s4D3f2A0=';
const DATABASE_URL = 'postgresql://app:pass-word@db.internal/gatehouse';
const CLIENT_SECRET = 'canary-of-the-client-secret-0123456789';
const PUBLIC_URL = 'https://id.shop.example';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (cause) {
    if (cause instanceof ConfigError) return cause.problems;
    throw cause;
  }
}

describe('readConfig, secrets', () => {
  let folder: string;
  const fileWith = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('are the database URL, the master key and the client secret', () => {
    const secrets = Object.entries(environmentVariables).filter(([, { secret }]) => secret);
    expect(secrets.map(([name]) => name)).toEqual(['DATABASE_URL', 'MASTER_KEY', 'BOOTSTRAP_CLIENT_SECRET']);
  });

  it('each as NAME_FILE, are read from the file, without the line end that editors add', () => {
    const config = readConfig({
      DATABASE_URL_FILE: fileWith('database-url', `${DATABASE_URL}\n`),
      MASTER_KEY_FILE: fileWith('master-key', `${MASTER_KEY}\r\n`),
      BOOTSTRAP_CLIENT_ID: 'back-end',
      BOOTSTRAP_CLIENT_SECRET_FILE: fileWith('client-secret', CLIENT_SECRET),
    });

    expect(config.databaseUrl).toBe(DATABASE_URL);
    expect(config.masterKeys).toEqual([Buffer.from(MASTER_KEY, 'base64')]);
    expect(config.bootstrapKey).toEqual({ clientId: 'back-end', clientSecret: CLIENT_SECRET });
  });

  it('with an empty NAME_FILE beside it, come from the variable, and the other way round', () => {
    expect(readConfig({ DATABASE_URL, DATABASE_URL_FILE: '' }).databaseUrl).toBe(DATABASE_URL);
    const DATABASE_URL_FILE = fileWith('url', DATABASE_URL);
    expect(readConfig({ DATABASE_URL: '', DATABASE_URL_FILE }).databaseUrl).toBe(DATABASE_URL);
  });

  it('given in both ways are refused, once for each', () => {
    const file = fileWith('both', 'x');
    const problems = problemsOf({
      DATABASE_URL,
      DATABASE_URL_FILE: file,
      MASTER_KEY,
      MASTER_KEY_FILE: file,
      BOOTSTRAP_CLIENT_ID: 'back-end',
      BOOTSTRAP_CLIENT_SECRET: CLIENT_SECRET,
      BOOTSTRAP_CLIENT_SECRET_FILE: file,
    });

    expect(problems).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set: keep one',
      'MASTER_KEY and MASTER_KEY_FILE are both set: keep one',
      'BOOTSTRAP_CLIENT_SECRET and BOOTSTRAP_CLIENT_SECRET_FILE are both set: keep one',
    ]);
  });

  it('from a file that is not there, a folder or an empty file, are refused with what to do', () => {
    expect(
      problemsOf({
        DATABASE_URL_FILE: join(folder, 'nowhere'),
        MASTER_KEY_FILE: folder,
        BOOTSTRAP_CLIENT_ID: 'back-end',
        BOOTSTRAP_CLIENT_SECRET_FILE: fileWith('empty', '\n'),
      }),
    ).toEqual([
      'DATABASE_URL_FILE cannot be read (ENOENT): name a readable file',
      'MASTER_KEY_FILE cannot be read (EISDIR): name a readable file',
      'BOOTSTRAP_CLIENT_SECRET_FILE names an empty file: write the value into it',
    ]);
  });

  it('that break a rule are never quoted', () => {
    const canary = 'canary-5c1b';
    const problems = problemsOf({
      DATABASE_URL: `mysql://app:${canary}@db/x`,
      MASTER_KEY: Buffer.from(canary).toString('base64'),
      BOOTSTRAP_CLIENT_ID: 'back-end',
      BOOTSTRAP_CLIENT_SECRET: canary,
    });

    expect(problems).toEqual([
      'DATABASE_URL must be a postgresql:// URL',
      'BOOTSTRAP_CLIENT_SECRET must have at least 32 characters',
      'MASTER_KEY is too short (11 bytes, 32 are needed): make one with `openssl rand -base64 32`',
    ]);
    expect(problems.join('\n')).not.toContain(canary);
  });

  it('of no secret kind have no NAME_FILE: PUBLIC_URL_FILE does not stand in for PUBLIC_URL', () => {
    const PUBLIC_URL_FILE = fileWith('public-url', PUBLIC_URL);

    expect(readConfig({ PUBLIC_URL_FILE }).publicUrl).toBeNull();
    expect(problemsOf({ NODE_ENV: 'production', DATABASE_URL, MASTER_KEY, PUBLIC_URL_FILE })).toEqual([
      'PUBLIC_URL is required in production: give the URL under which clients reach this service',
    ]);
  });
});

describe('readConfig, the first application key', () => {
  it('needs both the client id and the secret', () => {
    const together = 'BOOTSTRAP_CLIENT_ID and BOOTSTRAP_CLIENT_SECRET must be given together';
    expect(problemsOf({ BOOTSTRAP_CLIENT_ID: 'back-end' })).toEqual([together]);
    expect(problemsOf({ BOOTSTRAP_CLIENT_SECRET: CLIENT_SECRET })).toEqual([together]);
  });

  it('has a client id of 3 to 64 letters, digits or . _ ~ - only', () => {
    for (const id of ['abc', 'A.b_c~d-9', 'x'.repeat(64)]) {
      const config = readConfig({ BOOTSTRAP_CLIENT_ID: id, BOOTSTRAP_CLIENT_SECRET: CLIENT_SECRET });
      expect(config.bootstrapKey).toEqual({ clientId: id, clientSecret: CLIENT_SECRET });
    }
    for (const id of ['ab', 'x'.repeat(65), 'a b c', 'a:b', 'é-shop', 'a/b', "a'b"]) {
      expect(problemsOf({ BOOTSTRAP_CLIENT_ID: id, BOOTSTRAP_CLIENT_SECRET: CLIENT_SECRET })).toEqual([
        'BOOTSTRAP_CLIENT_ID must be 3 to 64 letters, digits or . _ ~ -',
      ]);
    }
  });

  it('has a secret of 32 to 256 characters', () => {
    for (const length of [32, 256]) {
      const secret = 's'.repeat(length);
      const config = readConfig({ BOOTSTRAP_CLIENT_ID: 'back-end', BOOTSTRAP_CLIENT_SECRET: secret });
      expect(config.bootstrapKey).toEqual({ clientId: 'back-end', clientSecret: secret });
    }
    expect(problemsOf({ BOOTSTRAP_CLIENT_ID: 'back-end', BOOTSTRAP_CLIENT_SECRET: 's'.repeat(31) })).toEqual([
      'BOOTSTRAP_CLIENT_SECRET must have at least 32 characters',
    ]);
    expect(problemsOf({ BOOTSTRAP_CLIENT_ID: 'back-end', BOOTSTRAP_CLIENT_SECRET: 's'.repeat(257) })).toEqual([
      'BOOTSTRAP_CLIENT_SECRET must have at most 256 characters',
    ]);
  });
});

describe('readConfig, production', () => {
  it('refuses to start without database, master key and public URL, and tells all three at once', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
      'DATABASE_URL is required in production: give the postgresql:// URL of the database',
      'MASTER_KEY is required in production: make one with `openssl rand -base64 32` and keep it safe',
      'PUBLIC_URL is required in production: give the URL under which clients reach this service',
    ]);
  });

  it('tells what is missing together with what is wrong, and a wrong value only once', () => {
    expect(
      problemsOf({ NODE_ENV: 'production', PORT: '70000', DATABASE_URL: 'mysql://db', MASTER_KEY: 'AAAA' }),
    ).toEqual([
      'PORT must be between 0 and 65535',
      'DATABASE_URL must be a postgresql:// URL',
      'PUBLIC_URL is required in production: give the URL under which clients reach this service',
      'MASTER_KEY is too short (3 bytes, 32 are needed): make one with `openssl rand -base64 32`',
    ]);
  });

  it('refuses a sample master key', () => {
    const sample = Buffer.alloc(32, 7).toString('base64');
    expect(problemsOf({ NODE_ENV: 'production', DATABASE_URL, PUBLIC_URL, MASTER_KEY: sample })).toEqual([
      'MASTER_KEY is a sample value: make one with `openssl rand -base64 32`',
    ]);
  });

  it('starts with the three of them', () => {
    const config = readConfig({ NODE_ENV: 'production', DATABASE_URL, MASTER_KEY, PUBLIC_URL });
    expect(config).toMatchObject({ environment: 'production', databaseUrl: DATABASE_URL, publicUrl: PUBLIC_URL });
    expect(config.masterKeys).toEqual([Buffer.from(MASTER_KEY, 'base64')]);
  });

  it('outside of it, none of the three is asked for', () => {
    for (const NODE_ENV of ['development', 'test']) {
      expect(readConfig({ NODE_ENV })).toMatchObject({ databaseUrl: null, publicUrl: null, masterKeys: [] });
    }
  });
});
