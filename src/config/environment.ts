import { z } from 'zod';
import { DatabaseUrlFault, readDatabaseUrl } from './database-url.js';
import { parseUrl } from './url.js';

/**
 * Every environment variable that the service reads: its rule, its default and one line of documentation. `.env.example` and
 * the table in the README are compared with this list by a test.
 */

const MEBIBYTE_LIMIT = 4_194_304;

/** A whole number between two bounds, written in decimal digits only (`1e3` and `0x10` are refused). */
function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,12}$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `must be between ${min} and ${max}` });
}

const onOff = z.enum(['on', 'off'], { error: 'must be on or off' }).transform((value) => value === 'on');

const trueOrFalse = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((value) => value === 'true');

function isUrlHost(host: string): boolean {
  return !host.includes('*') && parseUrl(`https://${host}`)?.hostname === host;
}

/** Names or addresses of hosts as a URL has them, without a port. */
const hostList = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((host) => host.trim())
      .filter((host) => host !== ''),
  )
  .refine((hosts) => hosts.every(isUrlHost), {
    error: 'must be a comma-separated list of host names in lower case, such as login.internal.example.com',
  })
  .readonly();

const httpUrl = z
  .string()
  .refine((value) => /^https?:\/\/[^\s\\]+$/.test(value) && parseUrl(value) !== null, {
    error: 'must be an http:// or https:// URL',
  })
  .refine((value) => parseUrl(value) === null || !/[?#]/.test(value), { error: 'must not have a query or a fragment' })
  .refine((value) => parseUrl(value) === null || !/^https?:\/\/[^/]*@/.test(value), { error: 'must not name a user' })
  // In the one form of the URL, as others compare what is built upon it.
  .transform((value) => (parseUrl(value)?.href ?? value).replace(/\/+$/, ''));

const postgresUrl = z.string().superRefine((value, context) => {
  try {
    readDatabaseUrl(value);
  } catch (cause) {
    if (!(cause instanceof DatabaseUrlFault)) throw cause;
    context.addIssue(cause.message);
  }
});

const originList = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
  )
  .refine((origins) => origins.every((origin) => parseUrl(origin)?.origin === origin && /^https?:/.test(origin)), {
    error: 'must be a comma-separated list of origins such as https://shop.example.com',
  })
  .readonly();

export interface EnvironmentVariable {
  rule: z.ZodType<unknown, string>;
  /** As documented; null where there is none. */
  default: string | null;
  /** A secret is also read from the file that `NAME_FILE` names, and never printed. */
  secret: boolean;
  text: string;
}

function variable<Rule extends z.ZodType<unknown, string>>(
  rule: Rule,
  defaultText: string | null,
  text: string,
  secret = false,
): EnvironmentVariable & { rule: Rule } {
  return { rule, default: defaultText, secret, text };
}

export const environmentVariables = {
  NODE_ENV: variable(
    z.enum(['development', 'test', 'production'], { error: 'must be development, test or production' }),
    'development',
    'production refuses to start without DATABASE_URL, MASTER_KEY and PUBLIC_URL, and does not migrate by itself',
  ),
  PORT: variable(wholeNumber(0, 65_535), '3000', 'TCP port to listen on; 0 takes a free one'),
  HOST: variable(
    z.string().min(1, { error: 'must not be empty' }),
    '127.0.0.1',
    'address to listen on; the container image sets 0.0.0.0',
  ),
  PUBLIC_URL: variable(
    httpUrl,
    'http://localhost:PORT',
    'base of every link and the `iss` of every token; never taken from request headers; the default names HOST where that is one other address',
  ),
  DATABASE_URL: variable(
    postgresUrl,
    null,
    'postgresql:// URL; without it (never in production) an embedded Postgres runs in DATA_DIR',
    true,
  ),
  DATABASE_POOL_SIZE: variable(wholeNumber(1, 500), '10', 'connections that one process opens at most'),
  DATA_DIR: variable(
    z.string().min(1, { error: 'must not be empty' }),
    '.data',
    'folder of the embedded Postgres, the development master key and the development credentials',
  ),
  MASTER_KEY: variable(
    z.string(),
    null,
    'seals private keys in the database: 32 random bytes in base64 (`openssl rand -base64 32`); `new,old` while rotating; outside production one is made in DATA_DIR',
    true,
  ),
  BOOTSTRAP_CLIENT_ID: variable(
    z.string().regex(/^[A-Za-z0-9._~-]{3,64}$/, { error: 'must be 3 to 64 letters, digits or . _ ~ -' }),
    null,
    'declares one application key of the default store, with every grant and permission',
  ),
  BOOTSTRAP_CLIENT_SECRET: variable(
    z
      .string()
      .min(32, { error: 'must have at least 32 characters' })
      .max(256, { error: 'must have at most 256 characters' }),
    null,
    'its secret, at least 32 characters; a different value replaces the stored one at once, and a replaced value never comes back',
    true,
  ),
  TOKEN_SIGNING_ALG: variable(
    z.enum(['RS256', 'ES256'], { error: 'must be RS256 or ES256' }),
    'RS256',
    'signs customer tokens; a change adds a key, and tokens of the old one stay valid until they expire',
  ),
  ACCESS_TOKEN_LIFETIME_SECONDS: variable(wholeNumber(60, 86_400), '3600', 'life of an access token'),
  CUSTOMER_TOKEN_LIFETIME_SECONDS: variable(wholeNumber(60, 2_592_000), '86400', 'life of a customer token'),
  ARGON2_MEMORY_KIB: variable(wholeNumber(8, MEBIBYTE_LIMIT), '19456', 'memory of one password hash, in KiB'),
  ARGON2_PASSES: variable(wholeNumber(1, 100), '2', 'passes over that memory'),
  ARGON2_LANES: variable(wholeNumber(1, 64), '1', 'lanes (parallelism) of one password hash'),
  HASH_CONCURRENCY: variable(
    wholeNumber(1, 1_020),
    'the number of cores',
    'password hashes in flight; UV_THREADPOOL_SIZE must be at least 4 higher (`npm start` and the image see to it)',
  ),
  PASSWORD_MIN_LENGTH: variable(wholeNumber(1, 128), '8', 'characters of a new password; never checked at login'),
  LOG_LEVEL: variable(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], {
      error: 'must be fatal, error, warn, info, debug or silent',
    }),
    'info',
    'least severe log line that is written',
  ),
  TRUST_PROXY: variable(
    onOff,
    'off',
    'on: the client address, for the log and SSO_STARTS_PER_MINUTE, comes from X-Forwarded-For; only behind a proxy that overwrites that header',
  ),
  OIDC_ALLOW_PRIVATE_HOSTS: variable(
    trueOrFalse,
    'true; in production false',
    'true: an OpenID Provider may be on this machine or in a private network, also by http; refused in production',
  ),
  OIDC_INTERNAL_PROVIDER_HOSTS: variable(
    hostList,
    'none',
    'comma-separated hosts of OpenID Providers that may have private addresses, https kept',
  ),
  EVENT_RETENTION_DAYS: variable(wholeNumber(1, 3_650), '365', 'how long events are kept, in days'),
  SSO_STARTS_PER_MINUTE: variable(
    wholeNumber(1, 100_000),
    '300',
    'single sign-ons that one client address may begin per minute, in each process',
  ),
  CORS_ORIGINS: variable(
    originList,
    'any loopback origin; in production none',
    'comma-separated origins of storefronts that call from a browser',
  ),
} satisfies Record<string, EnvironmentVariable>;

export type EnvironmentName = keyof typeof environmentVariables;
