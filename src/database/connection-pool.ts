import pg from 'pg';

type Checkout = (error: Error | undefined, client?: pg.PoolClient, done?: (release?: unknown) => void) => void;

/**
 * SQLSTATE (PostgreSQL, appendix A): bad values, violated constraints, conflicts of transactions, lock not available. The server
 * refused one statement, and the connection is as good as before.
 */
const CONNECTION_STAYS_GOOD = /^(?:2[23]|40)[0-9A-Z]{3}$|^55P03$/;

/**
 * A pool whose `query` keeps the connection when the server refuses the statement. The library's closes it after every error,
 * so that each duplicate would cost a new connection, and many at once would leave the others waiting for one.
 */
export class ConnectionPool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>;
  override connect(checkout: Checkout): void;
  override connect(checkout?: Checkout): Promise<pg.PoolClient> | void {
    // Whoever takes a connection for longer decides by himself what becomes of it.
    if (checkout === undefined) return super.connect();
    super.connect((error, client) => {
      if (client !== undefined) keepAfterRefusal(client);
      checkout(error, client, (release) => client?.release(release as Error | undefined));
    });
  }
}

/** The pool gives each client a new `release` whenever it hands it out. */
function keepAfterRefusal(client: pg.PoolClient): void {
  const release = client.release.bind(client);
  client.release = (error) => {
    const refused = error instanceof pg.DatabaseError && CONNECTION_STAYS_GOOD.test(error.code ?? '');
    release(refused ? undefined : error);
  };
}
