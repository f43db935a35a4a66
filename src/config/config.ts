import { availableParallelism } from 'node:os';
import { runtimeKnowsCharacters } from '../text/runtime-characters.js';
import { environmentVariables, type EnvironmentName } from './environment.js';
import { type Environment, faultOfText, secretOf, settingOf } from './environment-text.js';
import { parseMasterKeys } from './master-key.js';

/** Threads that stay free for DNS and files while every permitted hash runs; argon2 works in the same pool. */
const THREADS_BESIDE_HASHING = 4;

/** What has no sensible default where real customers are, and what to do about it. */
const REQUIRED_IN_PRODUCTION = {
  DATABASE_URL: 'give the postgresql:// URL of the database',
  MASTER_KEY: 'make one with `openssl rand -base64 32` and keep it safe',
  PUBLIC_URL: 'give the URL under which clients reach this service',
} as const satisfies Partial<Record<EnvironmentName, string>>;

/** The cheapest settings on the list of the OWASP password storage cheat sheet: 7 MiB, and memory x passes as with 7 MiB x 5. */
const ARGON2_MEMORY_KIB_MIN = 7_168;
const ARGON2_WORK_MIN = 35_840;

/** The checked environment, frozen. Quantities carry their unit in the name. */
export interface AppConfig {
  readonly environment: 'development' | 'test' | 'production';
  readonly port: number;
  readonly host: string;
  /** No trailing slash. Null: follows the port that is taken. */
  readonly publicUrl: string | null;
  /** Null: embedded Postgres. */
  readonly databaseUrl: string | null;
  readonly databasePoolSize: number;
  readonly dataDir: string;
  /** 32 bytes each, the first one seals, all open. Empty: to be made in `dataDir`. */
  readonly masterKeys: readonly Buffer[];
  readonly bootstrapKey: { readonly clientId: string; readonly clientSecret: string } | null;
  readonly tokenSigningAlg: 'RS256' | 'ES256';
  readonly accessTokenLifetimeSeconds: number;
  readonly customerTokenLifetimeSeconds: number;
  readonly argon2MemoryKib: number;
  readonly argon2Passes: number;
  readonly argon2Lanes: number;
  readonly hashConcurrency: number;
  readonly passwordMinLength: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
  readonly trustProxy: boolean;
  readonly oidcAllowPrivateHosts: boolean;
  /** Hosts as a URL has them, without a port. */
  readonly oidcInternalProviderHosts: readonly string[];
  readonly ssoStartsPerMinute: number;
  readonly eventRetentionDays: number;
  /** `loopback`: any origin on this machine. */
  readonly corsOrigins: readonly string[] | 'loopback';
}

/** What is wrong with the environment: every problem at once, each one line that begins with the variable's name. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

type Values = {
  [Name in EnvironmentName]: ReturnType<(typeof environmentVariables)[Name]['rule']['parse']> | undefined;
};

/**
 * Checks the environment once.
 *
 * @throws ConfigError with all problems
 */
export function readConfig(environment: Environment): AppConfig {
  const problems: string[] = [];
  if (!runtimeKnowsCharacters()) {
    problems.push('Node: this build lacks the characters of Unicode 16: use an official build of Node 20.19 or newer');
  }
  const values = readValues(environment, problems);
  const mode = values.NODE_ENV ?? 'development';
  const production = mode === 'production';

  const isFaulty = (name: string) => problems.some((problem) => problem.startsWith(name));

  if (production) {
    for (const [name, whatToDo] of Object.entries(REQUIRED_IN_PRODUCTION)) {
      if (values[name as EnvironmentName] !== undefined || isFaulty(name)) continue;
      problems.push(`${name} is required in production: ${whatToDo}`);
    }
  }
  if ((values.BOOTSTRAP_CLIENT_ID === undefined) !== (values.BOOTSTRAP_CLIENT_SECRET === undefined)) {
    if (!isFaulty('BOOTSTRAP_CLIENT_')) {
      problems.push('BOOTSTRAP_CLIENT_ID and BOOTSTRAP_CLIENT_SECRET must be given together');
    }
  }
  if (production && values.OIDC_ALLOW_PRIVATE_HOSTS === true) {
    problems.push(
      'OIDC_ALLOW_PRIVATE_HOSTS must not be true in production: name the hosts in OIDC_INTERNAL_PROVIDER_HOSTS',
    );
  }
  const masterKeys =
    values.MASTER_KEY === undefined ? [] : parseMasterKeys(values.MASTER_KEY, (fault) => problems.push(fault));
  const argon2Lanes = values.ARGON2_LANES ?? 1;
  const argon2MemoryKib = values.ARGON2_MEMORY_KIB ?? 19_456;
  if (argon2MemoryKib < 8 * argon2Lanes) {
    problems.push('ARGON2_MEMORY_KIB must be at least 8 times ARGON2_LANES (RFC 9106 section 3.1)');
  }
  const argon2Passes = values.ARGON2_PASSES ?? 2;
  if (production && (argon2MemoryKib < ARGON2_MEMORY_KIB_MIN || argon2MemoryKib * argon2Passes < ARGON2_WORK_MIN)) {
    problems.push(
      `ARGON2_MEMORY_KIB (${argon2MemoryKib}) and ARGON2_PASSES (${argon2Passes}) are too cheap for production: use the defaults, 19456 and 2, or more`,
    );
  }
  const hashConcurrency = readHashConcurrency(values.HASH_CONCURRENCY, environment, problems);
  if (problems.length > 0) throw new ConfigError(problems);

  return Object.freeze<AppConfig>({
    environment: mode,
    port: values.PORT ?? 3000,
    host: values.HOST ?? '127.0.0.1',
    publicUrl: values.PUBLIC_URL ?? null,
    databaseUrl: values.DATABASE_URL ?? null,
    databasePoolSize: values.DATABASE_POOL_SIZE ?? 10,
    dataDir: values.DATA_DIR ?? '.data',
    masterKeys: Object.freeze(masterKeys),
    bootstrapKey:
      values.BOOTSTRAP_CLIENT_ID !== undefined && values.BOOTSTRAP_CLIENT_SECRET !== undefined
        ? Object.freeze({ clientId: values.BOOTSTRAP_CLIENT_ID, clientSecret: values.BOOTSTRAP_CLIENT_SECRET })
        : null,
    tokenSigningAlg: values.TOKEN_SIGNING_ALG ?? 'RS256',
    accessTokenLifetimeSeconds: values.ACCESS_TOKEN_LIFETIME_SECONDS ?? 3600,
    customerTokenLifetimeSeconds: values.CUSTOMER_TOKEN_LIFETIME_SECONDS ?? 86_400,
    argon2MemoryKib,
    argon2Passes,
    argon2Lanes,
    hashConcurrency,
    passwordMinLength: values.PASSWORD_MIN_LENGTH ?? 8,
    logLevel: values.LOG_LEVEL ?? 'info',
    trustProxy: values.TRUST_PROXY ?? false,
    oidcAllowPrivateHosts: values.OIDC_ALLOW_PRIVATE_HOSTS ?? !production,
    oidcInternalProviderHosts: values.OIDC_INTERNAL_PROVIDER_HOSTS ?? Object.freeze([]),
    ssoStartsPerMinute: values.SSO_STARTS_PER_MINUTE ?? 300,
    eventRetentionDays: values.EVENT_RETENTION_DAYS ?? 365,
    corsOrigins: values.CORS_ORIGINS ?? (production ? Object.freeze([]) : 'loopback'),
  });
}

function readValues(environment: Environment, problems: string[]): Values {
  const values: Record<string, unknown> = {};
  const report = (problem: string) => void problems.push(problem);
  for (const [name, { rule, secret }] of Object.entries(environmentVariables)) {
    const text = secret ? secretOf(environment, name, report) : settingOf(environment, name);
    if (text === undefined) continue;
    const fault = faultOfText(text);
    if (fault !== null) {
      problems.push(`${name} ${fault}`);
      continue;
    }
    const result = rule.safeParse(text);
    if (result.success) values[name] = result.data;
    else for (const issue of result.error.issues) problems.push(`${name} ${issue.message}`);
  }
  return values as Values;
}

function readHashConcurrency(asked: number | undefined, environment: Environment, problems: string[]): number {
  const threads = threadPoolSize(environment['UV_THREADPOOL_SIZE']);
  const permitted = Math.max(1, threads - THREADS_BESIDE_HASHING);
  if (threads === 1) {
    problems.push(`UV_THREADPOOL_SIZE must be at least ${1 + THREADS_BESIDE_HASHING}, or hashing would block DNS`);
  }
  if (asked !== undefined && asked > permitted) {
    problems.push(
      `HASH_CONCURRENCY=${asked} needs UV_THREADPOOL_SIZE of at least ${asked + THREADS_BESIDE_HASHING}, or hashing would block DNS`,
    );
  }
  return asked ?? Math.min(availableParallelism(), permitted);
}

/** As libuv reads it, which takes one thread for text that is no number. */
function threadPoolSize(text: string | undefined): number {
  return text === undefined ? 4 : Math.max(1, Number.parseInt(text, 10) || 1);
}

/** The configuration of a running service: what the environment may leave open has been settled. */
export interface ServiceConfig extends AppConfig {
  readonly publicUrl: string;
  readonly databaseUrl: string;
  /** At least one. */
  readonly masterKeys: readonly Buffer[];
  /** `stderr` where standard output is reserved for one line that a program reads. */
  readonly logDestination: 'stdout' | 'stderr';
}

/** Injection token of the `ServiceConfig`. */
export const SERVICE_CONFIG = Symbol('ServiceConfig');
