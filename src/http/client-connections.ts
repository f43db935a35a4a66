import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { ClientConnection, type ClientStep, weighsNothing } from './client-connection.js';

/** What clients may hold of the service. */
export interface ConnectionLimits {
  /** Connections at once. */
  readonly connections: number;
  /** What all of them together keep in memory. */
  readonly bytes: number;
  /** How long a client may take for a step without anything moving, in milliseconds. */
  readonly patienceMs: Readonly<Record<Exclude<ClientStep, 'leaving'>, number>>;
  readonly lookEveryMs: number;
}

/** Why connections were cut, as the log says it. */
type CutReason = 'overdue' | 'too_many_bytes' | 'too_many_connections';

/**
 * Bounds what the connections of a server hold: answers that clients do not read, requests that wait, and connections themselves.
 * Whose client has let the service wait longest goes first. A request that the service works on is given up only where others wait
 * behind it on its connection.
 */
export function boundConnections(
  server: Server,
  limits: ConnectionLimits,
  logger: Pick<Logger, 'warn'>,
  now: () => number = () => performance.now(),
): ClientConnections {
  const connections = new ClientConnections(limits, logger, now);
  connections.watch(server);
  return connections;
}

/** Bodies that are given as a Buffer are those that the service keeps: files of the reference, and the document of the interface. */
export function exemptKeptBodies(instance: FastifyInstance): void {
  instance.addHook('onSend', (_request, reply, payload, done) => {
    if (Buffer.isBuffer(payload)) weighsNothing(reply.raw);
    done(null, payload);
  });
}

/** The connections of one server. */
class ClientConnections {
  private readonly open = new Set<ClientConnection>();
  private heldBytes = 0;
  private cuts: Partial<Record<CutReason, number>> = {};

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly now: () => number,
  ) {}

  watch(server: Server): void {
    server.on('connection', (socket) => this.admit(socket));
    const listeners = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      ClientConnection.of(request.socket).take(request, response, () => {
        for (const listener of listeners) listener.call(server, request, response);
      });
    });
    const timer = setInterval(() => this.lookAtAll(), this.limits.lookEveryMs).unref();
    server.once('close', () => clearInterval(timer));
  }

  private admit(socket: Socket): void {
    const weigh = (change: number) => {
      this.heldBytes += change;
      // check: bytes of all connections
      if (change > 0) this.shed();
    };
    const connection = new ClientConnection(socket, weigh, this.now);
    this.open.add(connection);
    socket.once('close', () => this.open.delete(connection));
    // check: connections in all
    if (this.open.size <= this.limits.connections) return;
    // The new one itself, when the service works for all others.
    this.cut(this.stillest(({ step }) => step !== null) ?? connection, 'too_many_connections');
  }

  /** As long as the bytes are too many, some connection holds more than its share of them. */
  private shed(): void {
    const share = this.limits.bytes / this.limits.connections;
    while (this.heldBytes > this.limits.bytes) {
      const found = this.stillest(
        ({ heldBytes, step, hasWaiting }) => heldBytes > share && (step !== null || hasWaiting),
      );
      if (found === null) return;
      this.cut(found, 'too_many_bytes');
    }
  }

  /** Cuts what is overdue, and says in the log what was cut since the last time. */
  lookAtAll(): void {
    const now = this.now();
    for (const connection of this.open) {
      connection.look();
      const { step, stillSinceMs } = connection;
      if (step === null || step === 'leaving') continue;
      // check: client that does not go on
      if (now - stillSinceMs > this.limits.patienceMs[step]) this.cut(connection, 'overdue');
    }
    if (Object.keys(this.cuts).length > 0) this.logger.warn({ connections: this.cuts }, 'connections were cut');
    this.cuts = {};
  }

  private stillest(isChosen: (connection: ClientConnection) => boolean): ClientConnection | null {
    let found: ClientConnection | null = null;
    for (const connection of this.open) {
      if (found !== null && connection.stillSinceMs >= found.stillSinceMs) continue;
      if (isChosen(connection)) found = connection;
    }
    return found;
  }

  private cut(connection: ClientConnection, reason: CutReason): void {
    this.open.delete(connection);
    connection.cut();
    this.cuts[reason] = (this.cuts[reason] ?? 0) + 1;
  }
}
