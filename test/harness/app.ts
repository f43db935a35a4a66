import { Agent } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { createApp, whenReady } from '../../src/app.setup.js';
import { Clock } from '../../src/clock/clock.js';
import type { ServiceConfig } from '../../src/config/config.js';
import { Database } from '../../src/database/database.js';
import { connectionTimes } from '../../src/http/connection-limits.js';
import type { JobSettings } from '../../src/jobs/job.js';
import { watchAnswers } from './interface/answers.js';
import { DatabaseLimits, PATIENCE_MS } from './patience.js';
import { freshDatabaseUrl, workerDatabaseUrl } from './postgres.js';
import { giveSigningKeys, keepSigningKeys } from './signing-keys.js';
import { withMarkedQueries } from './statements/recorded-statements.js';

/** A clock that tests move instead of waiting. */
export class MovableClock extends Clock {
  private offsetMs = 0;
  private stoppedAtMs: number | null = null;

  override now(): Date {
    return new Date(this.stoppedAtMs ?? Date.now() + this.offsetMs);
  }

  /** From now on it is this moment, in seconds since the epoch, until `goOn`. */
  stopAt(seconds: number): void {
    this.stoppedAtMs = seconds * 1000;
  }

  goOn(): void {
    this.stoppedAtMs = null;
  }

  advanceSeconds(seconds: number): void {
    this.offsetMs += seconds * 1000;
  }
}

/** Every log line of an app, as text and as objects. */
export class LogSink {
  readonly lines: string[] = [];
  /** The lines that requests end with, by the id of the request: an app of a whole run writes a hundred thousand lines. */
  private readonly ofRequests = new Map<string, string[]>();

  write(line: string): void {
    this.lines.push(line);
    if (!line.includes('"msg":"request"')) return;
    const id = /"request_id":"([^"]+)"/.exec(line)?.[1] ?? '';
    this.ofRequests.set(id, [...(this.ofRequests.get(id) ?? []), line]);
  }

  entries(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The one line of the request with this id. It is written when the answer has left, so it may still be on its way. */
  async ofRequest(requestId: string): Promise<Record<string, unknown>> {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
      const found = this.ofRequests.get(requestId) ?? [];
      if (found.length === 1 && found[0] !== undefined) return JSON.parse(found[0]) as Record<string, unknown>;
      if (found.length > 1) throw new Error(`${found.length} log lines for one request`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`no log line for the request ${requestId}`);
  }
}

export interface TestApp {
  readonly nest: NestFastifyApplication;
  readonly config: ServiceConfig;
  readonly clock: MovableClock;
  readonly log: LogSink;
  readonly database: Database;
  readonly limits: DatabaseLimits;
  /** Where it really listens; `config.publicUrl` is another name, so that links made from request headers would show. */
  readonly origin: string;
  readonly http: Http;
  close(): Promise<void>;
}

export const testConfig: Omit<ServiceConfig, 'databaseUrl'> = {
  environment: 'test',
  port: 0,
  host: '127.0.0.1',
  publicUrl: 'https://id.shop.example',
  databasePoolSize: 10,
  dataDir: '.data',
  masterKeys: [Buffer.from('zq5mQ0cTn8v0n1o4W1bqk2rJx9b3m7Yt6u5s4D3f2A0=', 'base64')],
  bootstrapKey: null,
  tokenSigningAlg: 'RS256',
  accessTokenLifetimeSeconds: 3_600,
  customerTokenLifetimeSeconds: 86_400,
  // The cheapest that the algorithm knows; the hasher's own test uses the defaults.
  argon2MemoryKib: 8,
  argon2Passes: 1,
  argon2Lanes: 1,
  hashConcurrency: 2,
  passwordMinLength: 8,
  logLevel: 'info',
  trustProxy: false,
  oidcAllowPrivateHosts: true,
  oidcInternalProviderHosts: [],
  ssoStartsPerMinute: 100_000,
  eventRetentionDays: 365,
  corsOrigins: 'loopback',
  logDestination: 'stdout',
};

/**
 * The whole service on a database of its own (or the given one), on a free port. Work in the background rests, so that it removes
 * nothing that a test has just made, unless the settings say otherwise. A database of its own has signing keys already, those that
 * others of this process have: a test that needs keys of its own gives a database (`freshDatabaseUrl`).
 */
export async function startApp(
  overrides: Partial<ServiceConfig> = {},
  jobs: Partial<JobSettings> = { runs: false },
): Promise<TestApp> {
  const databaseUrl = overrides.databaseUrl ?? (await databaseWithKeys(overrides));
  const config: ServiceConfig = { ...testConfig, ...overrides, databaseUrl };
  const clock = new MovableClock();
  const log = new LogSink();
  const nest = await createApp(config, { clock, logStream: log, jobs });
  watchAnswers(nest.getHttpServer());
  const database = withMarkedQueries(nest.get(Database));
  const limits = new DatabaseLimits(database.pool);
  await whenReady(nest);
  await limits.renew();
  await nest.listen(config.port, '127.0.0.1');
  const origin = (await nest.getUrl()).replace('[::1]', '127.0.0.1');
  const close = () => nest.close();
  return { nest, config, clock, log, database, limits, origin, http: keepingAlive(origin), close };
}

async function databaseWithKeys({ masterKeys, tokenSigningAlg }: Partial<ServiceConfig>): Promise<string> {
  const databaseUrl = await freshDatabaseUrl();
  if (masterKeys === undefined && tokenSigningAlg === undefined) await giveSigningKeys(databaseUrl);
  return databaseUrl;
}

type Http = ReturnType<typeof supertest>;

/** Supertest would open a connection for each of thousands of requests. */
function keepingAlive(origin: string): Http {
  // Lets go of an idle connection well before the service does: a request that crosses the service's end of it is lost.
  const agent = new Agent({ keepAlive: true, timeout: connectionTimes.keepAliveMs / 2 });
  return new Proxy(supertest(origin), {
    get(http, method) {
      const begin = Reflect.get(http, method) as Http['get'];
      return (...args: Parameters<Http['get']>) => begin(...args).agent(agent);
    },
  });
}

let ofThisWorker: Promise<TestApp> | undefined;

/** The app that the test files of a worker share. Tests keep apart by stores of their own (`givenShop`). */
export function sharedApp(): Promise<TestApp> {
  ofThisWorker ??= workerDatabaseUrl().then(async (databaseUrl) => {
    const app = await startApp({ databaseUrl });
    await keepSigningKeys(databaseUrl);
    return app;
  });
  return ofThisWorker;
}
