import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { PrismaClient } from '../generated/prisma/client.js';
import { ConnectionPool } from './connection-pool.js';

/** Distinct statements that are prepared by name; what comes later runs unnamed, so that a connection's memory stays bounded. */
const NAMED_STATEMENTS_MAX = 500;
/** A statement with more parameters holds a list of values, and lists of every length would each take a name. */
const NAMED_STATEMENT_PARAMETERS_MAX = 40;

const CONNECTION_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 3_000;
const LOCK_TIMEOUT_MS = 1_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
/** When a connection says nothing at all, the timeouts that the server keeps cannot arrive either. */
const SILENCE_TIMEOUT_MS = 4_000;

export type Transaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

/**
 * The one way to the database: a pool of connections, shared by the Prisma client and by the few prepared statements that we
 * write ourselves for hot paths.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;

  constructor(@Inject(SERVICE_CONFIG) config: ServiceConfig) {
    this.pool = new ConnectionPool({
      connectionString: config.databaseUrl,
      max: config.databasePoolSize,
      application_name: 'gatehouse',
      // Also bounds the wait for a free connection; without it a caller waits for ever behind a full pool.
      connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      query_timeout: SILENCE_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    });
    // An idle connection that the server closes emits `error`; unheard, it ends the process.
    this.pool.on('error', ignore);
    this.pool.on('connect', (client) => client.on('error', ignore));
    this.prisma = new PrismaClient({
      adapter: new PrismaPg(this.pool, { statementNameGenerator: statementNames() }),
      transactionOptions: { maxWait: CONNECTION_TIMEOUT_MS, timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS },
    });
  }

  /** Runs the work in one transaction; what it throws rolls everything back. No slow work inside: it holds a connection. */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.prisma.$transaction(work);
  }

  /** Last of all: requests in flight still need connections while the server closes. */
  async onApplicationShutdown(): Promise<void> {
    await this.prisma.$disconnect();
    await this.pool.end();
  }
}

/** The pool drops a broken connection by itself, and the next query reports what is wrong. */
function ignore(): void {}

function statementNames(): (query: { sql: string; args: readonly unknown[] }) => string {
  const names = new Map<string, string>();
  return ({ sql, args }) => {
    if (args.length > NAMED_STATEMENT_PARAMETERS_MAX) return '';
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= NAMED_STATEMENTS_MAX) return '';
    const name = `p${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
    names.set(sql, name);
    return name;
  };
}
