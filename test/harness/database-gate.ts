import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a connection to the database meets. */
type Passage = 'open' | 'shut' | 'silent';

/**
 * A way to the database that a test can close: between a service and its Postgres stands a TCP proxy on a port that stays the
 * same, so that a database can be away, come back, or fall silent, and the service keeps its URL.
 */
export class DatabaseGate {
  private passage: Passage = 'open';
  private readonly pairs = new Map<Socket, Socket>();
  private port = 0;

  private constructor(
    private readonly database: URL,
    private server: Server,
  ) {}

  static async before(databaseUrl: string): Promise<DatabaseGate> {
    const server = createServer();
    const gate = new DatabaseGate(new URL(databaseUrl), server);
    await gate.listen();
    return gate;
  }

  get url(): string {
    const url = new URL(this.database);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** As when Postgres stops: all connections end, new ones are refused. */
  async shut(): Promise<void> {
    this.passage = 'shut';
    const closed = once(this.server, 'close');
    this.server.close();
    this.cutAll();
    await closed;
  }

  /** As when the network loses every packet: connections stay and are made, and nothing ever comes back. */
  silence(): void {
    this.passage = 'silent';
    for (const [client, upstream] of this.pairs) {
      client.unpipe(upstream);
      upstream.unpipe(client);
      client.resume();
    }
  }

  async open(): Promise<void> {
    const was = this.passage;
    this.passage = 'open';
    if (was === 'silent') this.cutAll();
    if (was === 'shut') {
      this.server = createServer();
      await this.listen();
    }
  }

  async close(): Promise<void> {
    if (this.passage !== 'shut') await this.shut();
  }

  private async listen(): Promise<void> {
    this.server.on('connection', (client) => this.join(client));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as { port: number }).port;
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.database.port || 5432), this.database.hostname);
    this.pairs.set(client, upstream);
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        this.pairs.delete(client);
      });
    }
    if (this.passage === 'silent') client.resume();
    else client.pipe(upstream).pipe(client);
  }

  private cutAll(): void {
    for (const [client, upstream] of this.pairs) {
      client.destroy();
      upstream.destroy();
    }
  }
}
