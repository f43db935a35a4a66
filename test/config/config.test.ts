import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type AppConfig, ConfigError, readConfig } from '../../src/config/config.js';
import { environmentVariables } from '../../src/config/environment.js';

const MASTER_KEY = 'zq5mQ0cTn8v0n1o4W1bqk2rJx9b3m7Yt6u5s4D3f2A0=';

/** The problems that are reported, none where the environment is accepted. */
function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (cause) {
    if (cause instanceof ConfigError) return cause.problems;
    throw cause;
  }
}

function valueOf<Name extends keyof AppConfig>(name: Name, environment: Record<string, string>): AppConfig[Name] {
  return readConfig(environment)[name];
}

describe('readConfig', () => {
  it('with an empty environment, answers the documented defaults', () => {
    expect(readConfig({})).toEqual({
      environment: 'development',
      port: 3000,
      host: '127.0.0.1',
      publicUrl: null,
      databaseUrl: null,
      databasePoolSize: 10,
      dataDir: '.data',
      masterKeys: [],
      bootstrapKey: null,
      tokenSigningAlg: 'RS256',
      accessTokenLifetimeSeconds: 3_600,
      customerTokenLifetimeSeconds: 86_400,
      argon2MemoryKib: 19_456,
      argon2Passes: 2,
      argon2Lanes: 1,
      hashConcurrency: 1,
      passwordMinLength: 8,
      logLevel: 'info',
      trustProxy: false,
      oidcAllowPrivateHosts: true,
      oidcInternalProviderHosts: [],
      ssoStartsPerMinute: 300,
      eventRetentionDays: 365,
      corsOrigins: 'loopback',
    });
  });

  it('with every variable set to nothing, answers the same as with none, since compose files and CI systems pass those', () => {
    const names = Object.entries(environmentVariables).flatMap(([name, { secret }]) =>
      secret ? [name, `${name}_FILE`] : [name],
    );
    const empty = Object.fromEntries(names.map((name) => [name, '']));

    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it('with every variable set, answers each value in its own unit and type', () => {
    const environment = {
      NODE_ENV: 'production',
      PORT: '8080',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://id.shop.example/base//',
      DATABASE_URL: 'postgresql://app:secret@db.internal:5433/gatehouse?sslmode=require',
      DATABASE_POOL_SIZE: '25',
      DATA_DIR: '/var/lib/gatehouse',
      MASTER_KEY,
      BOOTSTRAP_CLIENT_ID: 'back-end',
      BOOTSTRAP_CLIENT_SECRET: 'a secret with 32 characters in it',
      TOKEN_SIGNING_ALG: 'ES256',
      ACCESS_TOKEN_LIFETIME_SECONDS: '600',
      CUSTOMER_TOKEN_LIFETIME_SECONDS: '7200',
      ARGON2_MEMORY_KIB: '47104',
      ARGON2_PASSES: '1',
      ARGON2_LANES: '2',
      HASH_CONCURRENCY: '6',
      PASSWORD_MIN_LENGTH: '12',
      LOG_LEVEL: 'warn',
      TRUST_PROXY: 'on',
      OIDC_INTERNAL_PROVIDER_HOSTS: 'login.internal, 10.0.0.7',
      SSO_STARTS_PER_MINUTE: '30',
      EVENT_RETENTION_DAYS: '30',
      CORS_ORIGINS: 'https://shop.example, https://admin.shop.example:8443',
      UV_THREADPOOL_SIZE: '10',
    };

    expect(readConfig(environment)).toEqual({
      environment: 'production',
      port: 8080,
      host: '0.0.0.0',
      publicUrl: 'https://id.shop.example/base',
      databaseUrl: 'postgresql://app:secret@db.internal:5433/gatehouse?sslmode=require',
      databasePoolSize: 25,
      dataDir: '/var/lib/gatehouse',
      masterKeys: [Buffer.from(MASTER_KEY, 'base64')],
      bootstrapKey: { clientId: 'back-end', clientSecret: 'a secret with 32 characters in it' },
      tokenSigningAlg: 'ES256',
      accessTokenLifetimeSeconds: 600,
      customerTokenLifetimeSeconds: 7_200,
      argon2MemoryKib: 47_104,
      argon2Passes: 1,
      argon2Lanes: 2,
      hashConcurrency: 6,
      passwordMinLength: 12,
      logLevel: 'warn',
      trustProxy: true,
      oidcAllowPrivateHosts: false,
      oidcInternalProviderHosts: ['login.internal', '10.0.0.7'],
      ssoStartsPerMinute: 30,
      eventRetentionDays: 30,
      corsOrigins: ['https://shop.example', 'https://admin.shop.example:8443'],
    });
  });

  it('reads the given environment only, never that of the process', () => {
    process.env['PASSWORD_MIN_LENGTH'] = '99';
    try {
      expect(valueOf('passwordMinLength', {})).toBe(8);
    } finally {
      delete process.env['PASSWORD_MIN_LENGTH'];
    }
  });

  it('answers a configuration that nobody can change, lists and pairs in it included', () => {
    const config = readConfig({
      MASTER_KEY,
      CORS_ORIGINS: 'https://shop.example',
      BOOTSTRAP_CLIENT_ID: 'back-end',
      BOOTSTRAP_CLIENT_SECRET: 'x'.repeat(32),
    });

    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.masterKeys)).toBe(true);
    expect(Object.isFrozen(config.corsOrigins)).toBe(true);
    expect(Object.isFrozen(config.bootstrapKey)).toBe(true);
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(Object.isFrozen(readConfig({ NODE_ENV: 'production', ...productionBasics }).corsOrigins)).toBe(true);
  });

  it('tells all problems at once, each as one line that begins with the name of its variable', () => {
    const problems = problemsOf({ PORT: 'many', LOG_LEVEL: 'loud', TRUST_PROXY: 'yes', MASTER_KEY: '?' });

    expect(problems).toEqual([
      'PORT must be a whole number',
      'LOG_LEVEL must be fatal, error, warn, info, debug or silent',
      'TRUST_PROXY must be on or off',
      'MASTER_KEY must be base64: make one with `openssl rand -base64 32`',
    ]);
    expect(new ConfigError(problems).message).toBe(problems.join('\n'));
  });
});

const productionBasics = { DATABASE_URL: 'postgresql://db/x', MASTER_KEY, PUBLIC_URL: 'https://id.shop.example' };

describe('readConfig, each variable', () => {
  const wholeNumbers: [name: string, property: keyof AppConfig, min: number, max: number][] = [
    ['PORT', 'port', 0, 65_535],
    ['DATABASE_POOL_SIZE', 'databasePoolSize', 1, 500],
    ['ACCESS_TOKEN_LIFETIME_SECONDS', 'accessTokenLifetimeSeconds', 60, 86_400],
    ['CUSTOMER_TOKEN_LIFETIME_SECONDS', 'customerTokenLifetimeSeconds', 60, 2_592_000],
    ['ARGON2_MEMORY_KIB', 'argon2MemoryKib', 8, 4_194_304],
    ['ARGON2_PASSES', 'argon2Passes', 1, 100],
    ['ARGON2_LANES', 'argon2Lanes', 1, 64],
    ['HASH_CONCURRENCY', 'hashConcurrency', 1, 1_020],
    ['PASSWORD_MIN_LENGTH', 'passwordMinLength', 1, 128],
  ];

  it.each(wholeNumbers)(
    '%s takes whole numbers from its least to its greatest and no others',
    (name, key, min, max) => {
      const rest = { UV_THREADPOOL_SIZE: '1024' };

      for (const value of [min, max]) expect(valueOf(key, { ...rest, [name]: String(value) })).toBe(value);
      for (const value of [min - 1, max + 1]) {
        const expected = value < 0 ? 'must be a whole number' : `must be between ${min} and ${max}`;
        expect(problemsOf({ ...rest, [name]: String(value) })).toEqual([`${name} ${expected}`]);
      }
      for (const text of ['1e3', '0x10', '8 8', '8.5', '-1', '+8', 'Infinity', '٨', '9'.repeat(13)]) {
        expect(problemsOf({ ...rest, [name]: text })).toEqual([`${name} must be a whole number`]);
      }
    },
  );

  const choices: [name: string, values: string[], message: string][] = [
    ['NODE_ENV', ['development', 'test'], 'must be development, test or production'],
    ['TOKEN_SIGNING_ALG', ['RS256', 'ES256'], 'must be RS256 or ES256'],
    [
      'LOG_LEVEL',
      ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
      'must be fatal, error, warn, info, debug or silent',
    ],
    ['TRUST_PROXY', ['on', 'off'], 'must be on or off'],
  ];

  it.each(choices)('%s takes its own values in their own spelling and no others', (name, values, message) => {
    for (const value of values) expect(problemsOf({ [name]: value })).toEqual([]);
    for (const value of [`${values[0]}s`, String(values[0]).toUpperCase().concat('!'), 'none', 'HS256', 'true', '1']) {
      expect(problemsOf({ [name]: value })).toEqual([`${name} ${message}`]);
    }
  });

  it.each([
    ['https://id.shop.example', 'https://id.shop.example'],
    ['https://id.shop.example/', 'https://id.shop.example'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://shop.example/identity/', 'https://shop.example/identity'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
  ])('PUBLIC_URL=%s is the base %s', (text, base) => {
    expect(valueOf('publicUrl', { PUBLIC_URL: text })).toBe(base);
  });

  it.each([
    ['id.shop.example', 'must be an http:// or https:// URL'],
    ['ftp://id.shop.example', 'must be an http:// or https:// URL'],
    ['https:id.shop.example', 'must be an http:// or https:// URL'],
    ['https://', 'must be an http:// or https:// URL'],
    ['https://id.shop .example', 'must be an http:// or https:// URL'],
    ['https:\\\\id.shop.example', 'must be an http:// or https:// URL'],
    ['javascript:alert(1)', 'must be an http:// or https:// URL'],
    ['https://id.shop.example/?a=b', 'must not have a query or a fragment'],
    ['https://id.shop.example/#a', 'must not have a query or a fragment'],
    ['https://ann@id.shop.example', 'must not name a user'],
    ['https://:pass@id.shop.example', 'must not name a user'],
  ])('PUBLIC_URL=%s is refused', (text, message) => {
    expect(problemsOf({ PUBLIC_URL: text })).toEqual([`PUBLIC_URL ${message}`]);
  });

  it('DATABASE_URL takes both spellings of the scheme and no other URL', () => {
    for (const url of ['postgres://db/x', 'postgresql://u:p@db:5432/x']) {
      expect(valueOf('databaseUrl', { DATABASE_URL: url })).toBe(url);
    }
    for (const url of ['mysql://db/x', 'db/x', 'https://db/x', 'postgresql//db']) {
      expect(problemsOf({ DATABASE_URL: url })).toEqual(['DATABASE_URL must be a postgresql:// URL']);
    }
  });

  it('CORS_ORIGINS takes whole origins only, and an empty list of them turns browsers away', () => {
    expect(valueOf('corsOrigins', { CORS_ORIGINS: ' https://a.example ,,http://b.example:81,' })).toEqual([
      'https://a.example',
      'http://b.example:81',
    ]);
    expect(valueOf('corsOrigins', { CORS_ORIGINS: ',' })).toEqual([]);
    expect(valueOf('corsOrigins', { NODE_ENV: 'production', ...productionBasics })).toEqual([]);
    expect(valueOf('corsOrigins', { NODE_ENV: 'test' })).toBe('loopback');
    for (const text of [
      '*',
      'null',
      'a.example',
      'https://a.example/',
      'https://a.example/x',
      'https://a.example:443',
    ]) {
      expect(problemsOf({ CORS_ORIGINS: `https://fine.example,${text}` })).toEqual([
        'CORS_ORIGINS must be a comma-separated list of origins such as https://shop.example.com',
      ]);
    }
  });

  it('ARGON2_MEMORY_KIB below eight times the lanes is refused, as the algorithm cannot run with it', () => {
    expect(problemsOf({ ARGON2_LANES: '4', ARGON2_MEMORY_KIB: '31' })).toEqual([
      'ARGON2_MEMORY_KIB must be at least 8 times ARGON2_LANES (RFC 9106 section 3.1)',
    ]);
    expect(valueOf('argon2MemoryKib', { ARGON2_LANES: '4', ARGON2_MEMORY_KIB: '32' })).toBe(32);
  });
});

describe('readConfig, HASH_CONCURRENCY', () => {
  it('by default is the number of cores, as far as four threads of the pool stay free for DNS and files', () => {
    const cores = availableParallelism();

    expect(valueOf('hashConcurrency', { UV_THREADPOOL_SIZE: String(cores + 4) })).toBe(cores);
    expect(valueOf('hashConcurrency', { UV_THREADPOOL_SIZE: '1024' })).toBe(cores);
    expect(valueOf('hashConcurrency', { UV_THREADPOOL_SIZE: '5' })).toBe(1);
    expect(valueOf('hashConcurrency', {})).toBe(1);
  });

  it('is refused when the pool is not at least four threads larger', () => {
    expect(valueOf('hashConcurrency', { HASH_CONCURRENCY: '8', UV_THREADPOOL_SIZE: '12' })).toBe(8);
    for (const UV_THREADPOOL_SIZE of ['11', '4', 'eleven']) {
      expect(problemsOf({ HASH_CONCURRENCY: '8', UV_THREADPOOL_SIZE })).toContain(
        'HASH_CONCURRENCY=8 needs UV_THREADPOOL_SIZE of at least 12, or hashing would block DNS',
      );
    }
    const [problem] = problemsOf({ HASH_CONCURRENCY: '2' });
    expect(problem).toBe('HASH_CONCURRENCY=2 needs UV_THREADPOOL_SIZE of at least 6, or hashing would block DNS');
  });

  it.each(['1', '0', '', 'many', '-3'])(
    'is refused with a pool of one thread, as UV_THREADPOOL_SIZE=%j makes',
    (text) => {
      expect(problemsOf({ UV_THREADPOOL_SIZE: text })).toEqual([
        'UV_THREADPOOL_SIZE must be at least 5, or hashing would block DNS',
      ]);
    },
  );
});
