import pg from 'pg';
import { connectionConfig, PostgresClient, sessionSettler, type ConnectionOptions } from './postgres-client.js';

type Checkout = (error: Error | undefined, client?: pg.PoolClient, done?: (release?: unknown) => void) => void;

export interface PoolOptions extends ConnectionOptions {
  /** Connections at most. */
  readonly max: number;
  /** Of a connection that nobody uses; 0 keeps it for ever. */
  readonly idleTimeoutMillis?: number;
  /** Of every session, beside those that all have: names and values without quotes. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * SQLSTATE (PostgreSQL, appendix A): bad values, violated constraints, conflicts of transactions, lock not available. The server
 * refused one statement, and the connection is as good as before.
 */
const CONNECTION_STAYS_GOOD = /^(?:2[23]|40)[0-9A-Z]{3}$|^55P03$/;

/** SQLSTATE: read-only transaction. The connection leads to a server that was the primary, and would do so until it is closed. */
const READ_ONLY = '25006';
/** A database that stays read-only must not cost a new connection for each write that it refuses. */
const RENEWED_AT_MOST_EVERY_MS = 1_000;

/**
 * The connections to one database, whose sessions are settled before anybody gets them.
 *
 * `query` keeps the connection when the server refuses the statement. The library's closes it after every error, so that each
 * duplicate would cost a new connection, and many at once would leave the others waiting for one.
 */
export class ConnectionPool extends pg.Pool {
  /** Connections that were made before lead to a server that takes no writes any more: they are closed when they come back. */
  private readonly outdated = new WeakSet<pg.PoolClient>();
  private readonly open = new Set<pg.PoolClient>();
  private renewedAtMs = -RENEWED_AT_MOST_EVERY_MS;

  /** @throws DatabaseUrlFault */
  constructor(databaseUrl: string, { settings = {}, ...options }: PoolOptions) {
    super({
      ...options,
      ...connectionConfig(databaseUrl, options),
      Client: PostgresClient,
      // oxlint-disable-next-line typescript/no-misused-promises -- the library waits for it, which its types do not say
      onConnect: sessionSettler(settings),
    });
    // An idle connection that the server closes emits `error`; unheard, it ends the process.
    this.on('error', ignore);
    this.on('connect', (client) => {
      client.on('error', ignore);
      this.open.add(client);
      const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
      connection.on('errorMessage', ({ code }: { code?: unknown }) => {
        if (code === READ_ONLY) this.renew();
      });
    });
    this.on('remove', (client) => this.open.delete(client));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(checkout: Checkout): void;
  override connect(checkout?: Checkout): Promise<pg.PoolClient> | void {
    // Whoever takes a connection for longer decides by himself what becomes of it.
    if (checkout === undefined) return super.connect().then((client) => this.closingWhenOutdated(client));
    super.connect((error, client) => {
      if (client !== undefined) keepAfterRefusal(this.closingWhenOutdated(client));
      checkout(error, client, (release) => client?.release(release as Error | undefined));
    });
  }

  /** Replaces every connection, those in use as soon as they are free: the address may lead to another server by now. */
  renew(): void {
    if (performance.now() < this.renewedAtMs + RENEWED_AT_MOST_EVERY_MS) return;
    this.renewedAtMs = performance.now();
    for (const client of this.open) this.outdated.add(client);
    for (let idle = this.idleCount; idle > 0; idle -= 1) {
      super.connect().then(
        (client) => client.release(true),
        () => undefined,
      );
    }
  }

  private closingWhenOutdated(client: pg.PoolClient): pg.PoolClient {
    const release = client.release.bind(client);
    client.release = (error) => release(this.outdated.has(client) ? true : error);
    return client;
  }
}

/** The pool drops a broken connection by itself, and the next query reports what is wrong. */
function ignore(): void {}

/** The pool gives each client a new `release` whenever it hands it out. */
function keepAfterRefusal(client: pg.PoolClient): void {
  const release = client.release.bind(client);
  client.release = (error) => {
    const refused = error instanceof pg.DatabaseError && CONNECTION_STAYS_GOOD.test(error.code ?? '');
    release(refused ? undefined : error);
  };
}
