import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { Clock } from '../clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { DATABASE_SCHEMA } from '../config/database-url.js';
import { whileTransactionIsOpen } from '../errors/slow-work.js';
import { PrismaClient } from '../generated/prisma/client.js';
import type { Authority } from './authority.js';
import { ConnectionPool } from './connection-pool.js';
import type { Reader } from './reader.js';
import { type SingleWrite, singleStatement } from './single-write.js';
import { beginAsWeRelyOn } from './transaction-start.js';
import { keyGone, PendingWork, type Rows, type WriteTransaction } from './write-transaction.js';

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

/**
 * The one way to the database: a pool of connections, shared by the Prisma client and by the few prepared statements that we
 * write ourselves for hot paths. Rows are read by `read`, `query` and `snapshot`; they are changed by `write` and `writeOne` only.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly pool: ConnectionPool;
  readonly prisma: PrismaClient;

  constructor(
    @Inject(SERVICE_CONFIG) config: ServiceConfig,
    private readonly clock: Clock,
  ) {
    this.pool = new ConnectionPool(config.databaseUrl, {
      max: config.databasePoolSize,
      application_name: 'gatehouse',
      // Also bounds the wait for a free connection; without it a caller waits for ever behind a full pool.
      connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      query_timeout: SILENCE_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    });
    this.pool.on('connect', beginAsWeRelyOn);
    this.prisma = new PrismaClient({
      adapter: new PrismaPg(this.pool, { schema: DATABASE_SCHEMA, statementNameGenerator: statementNames() }),
      transactionOptions: { maxWait: CONNECTION_TIMEOUT_MS, timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS },
    });
  }

  get read(): Reader {
    return this.prisma;
  }

  /** Sends a statement of our own that reads. Give it a name where it is a hot one: it is prepared then. */
  query<Row extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    return this.pool.query<Row>(statement);
  }

  /** Reads everything as it was at one moment. */
  snapshot<Result>(work: (rows: Reader) => Promise<Result>): Promise<Result> {
    return this.prisma.$transaction((rows) => whileTransactionIsOpen(() => work(rows)), {
      isolationLevel: 'RepeatableRead',
    });
  }

  /**
   * Changes rows in one transaction; what the work throws rolls everything back. The tokens that the authority came with must
   * live when it is committed. No slow work inside: the transaction holds a connection and locks.
   *
   * @throws AppError `customer_token_invalid`, `access_token_invalid`
   */
  async write<Result>(authority: Authority, work: (tx: WriteTransaction) => Promise<Result>): Promise<Result> {
    const pending = new PendingWork(authority, this.clock);
    let committed = false;
    try {
      const transaction = (rows: Rows) =>
        whileTransactionIsOpen(async () => {
          const tx = pending.begin(rows);
          await pending.holdCustomer(tx);
          const done = await work(tx);
          await pending.finish(tx);
          return done;
        });
      const result = await this.prisma.$transaction(transaction);
      committed = true;
      return result;
    } finally {
      pending.end(committed);
    }
  }

  /**
   * Changes rows by a single statement, without BEGIN. For hot paths; it takes no customer token, whose check needs a lock first.
   *
   * @returns the rows that the statement returns
   */
  async writeOne<Row extends pg.QueryResultRow>(
    authority: Authority,
    write: SingleWrite,
  ): Promise<pg.QueryResult<Row>> {
    const result = await this.pool.query<Row>(singleStatement(authority, write, this.clock.now()));
    if (write.event !== undefined && result.rows.length > 0) authority.origin?.recorded(write.event);
    return result;
  }

  /** For a single statement that changed nothing: was it for the application key? @throws AppError `access_token_invalid` */
  async requireKey(authority: Authority): Promise<void> {
    if ('actor' in authority) return;
    const { storeId, keyId: id } = authority;
    const key = await this.read.applicationKey.findFirst({ where: { storeId, id }, select: { id: true } });
    if (key === null) throw keyGone();
  }

  /** For when it takes no writes any more: its address may lead to the server that took over by now. */
  renewConnections(): void {
    this.pool.renew();
  }

  /** Last of all: requests in flight still need connections while the server closes. */
  async onApplicationShutdown(): Promise<void> {
    await this.prisma.$disconnect();
    await this.pool.end();
  }
}

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
