import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Of one connection. Clients that send requests without waiting for answers (RFC 9112 section 9.3.2) send a few. */
export const REQUESTS_WAITING_MAX = 64;
/** What Node keeps of a request that waits, beside its head. */
const WAITING_REQUEST_BYTES = 4_096;
/** How long a client may take to see the last answer and to close its side (RFC 9112 section 9.6). */
const LINGER_MS = 1_000;

/** What a client has to do next, where it is not the service that has to. */
export type ClientStep = 'first request' | 'next request' | 'body' | 'reading' | 'leaving';

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: () => void;
  /** What it holds while it waits. */
  readonly bytes: number;
}

/** Told whenever the connection holds more or less than before, in bytes. */
type Weigher = (change: number) => void;

const connections = new WeakMap<Socket, ClientConnection>();
const sharedAnswers = new WeakSet<ServerResponse>();

/** Says that the body of an answer is in memory anyway, and is sent without a copy: it does not weigh on its connection. */
export function weighsNothing(response: ServerResponse): void {
  sharedAnswers.add(response);
}

/**
 * One connection of a client. Its requests are answered one after the other: the next one is not begun before the client has taken
 * the answer to the one before, so that at most one answer of a connection is in memory.
 */
export class ClientConnection {
  private turns: Turn[] = [];
  /** The last request that came, answered or not. */
  private latest: Turn | null = null;
  private isFull = false;
  private ignoredBytes = 0;
  private gone = false;
  private farewell: string | null = null;
  private left = false;
  private movedAtMs: number;
  private unsentAtLastLook = 0;
  private bytesReadBefore = 0;
  private weight = 0;

  constructor(
    private readonly socket: Socket,
    private readonly weigh: Weigher = () => {},
    private readonly now: () => number = () => performance.now(),
  ) {
    this.movedAtMs = now();
    connections.set(socket, this);
    // Node takes its own listener away when a request is no HTTP any more, and an error that nobody hears ends the process.
    // check: errors of a socket that Node gave away
    socket.on('error', () => {});
    socket.once('close', () => this.forget());
  }

  static of(socket: Socket): ClientConnection {
    return connections.get(socket) ?? new ClientConnection(socket);
  }

  /** What the client owes; null while the service works for it. */
  get step(): ClientStep | null {
    if (this.left) return 'leaving';
    const [turn] = this.turns;
    if (turn === undefined) return this.latest === null ? 'first request' : 'next request';
    if (turn.response.writableEnded) return 'reading';
    return turn.request.complete ? null : 'body';
  }

  /** Since when nothing has moved, by the clock of the connection, in milliseconds. */
  get stillSinceMs(): number {
    return this.left ? Number.NEGATIVE_INFINITY : this.movedAtMs;
  }

  /** What it keeps in memory, in bytes: answers that are not taken, requests that wait, and what has come of a request. */
  get heldBytes(): number {
    return this.weight;
  }

  /** Whether requests wait because the client sends faster than it is answered. */
  get hasWaiting(): boolean {
    return this.turns.length > 1;
  }

  /** @param answer begins to answer the request */
  take(request: IncomingMessage, response: ServerResponse, answer: () => void): void {
    const bytes = WAITING_REQUEST_BYTES + headBytes(request);
    // check: requests that wait: their number
    if (this.turns.length > REQUESTS_WAITING_MAX) this.stopTaking();
    // The client is told by the end of the connection that nobody has done anything about it.
    if (this.gone || this.isFull || this.farewell !== null) {
      this.ignoredBytes += bytes;
      return;
    }
    const turn = { request, response, answer, bytes };
    this.latest = turn;
    this.turns.push(turn);
    response.once('prefinish', () => this.moved());
    response.once('close', () => this.end(turn));
    // check: one answer of a connection at a time
    if (this.turns.length === 1) this.begin();
    else this.look();
  }

  /** Ends the connection with these bytes, behind the answers to the requests before. */
  leave(lastAnswer: string): void {
    if (this.farewell !== null) return;
    this.farewell = lastAnswer;
    this.ignoreWhatComes();
    const { latest } = this;
    if (latest !== null && !latest.request.complete) {
      // The request at fault has its answer already, or these bytes are its answer.
      if (latest.response.headersSent) this.farewell = '';
      else this.turns = this.turns.filter((turn) => turn !== latest);
    }
    if (this.turns.length === 0) this.sayFarewell();
  }

  cut(): void {
    this.socket.destroy();
    this.forget();
  }

  /** Sees what has moved and what is held since the last look. */
  look(): void {
    if (this.gone) return;
    const unsent = unsentBytes(this.socket);
    // check: client that reads on, however slowly
    if (unsent < this.unsentAtLastLook) this.movedAtMs = this.now();
    this.unsentAtLastLook = unsent;
    const waiting = this.turns.reduce((sum, { bytes }, index) => (index === 0 ? sum : sum + bytes), 0);
    const [turn] = this.turns;
    // As long as a part of an answer is unsent, Node holds all of it.
    const answer =
      unsent === 0 || (turn !== undefined && sharedAnswers.has(turn.response)) ? 0 : this.socket.writableLength;
    this.setWeight(answer + waiting + this.ignoredBytes + this.socket.bytesRead - this.bytesReadBefore);
  }

  /** The answer to the last request that was taken ends the connection, and says so (RFC 9112 section 9.6). */
  private stopTaking(): void {
    this.isFull = true;
    const last = this.turns.at(-1);
    if (last !== undefined) last.response.shouldKeepAlive = false;
    this.ignoreWhatComes();
  }

  private begin(): void {
    const [turn] = this.turns;
    if (turn === undefined) return;
    this.movedAtMs = this.now();
    turn.answer();
  }

  private moved(): void {
    this.movedAtMs = this.now();
    this.unsentAtLastLook = 0;
    this.look();
  }

  private end(turn: Turn): void {
    if (!this.turns.includes(turn)) return;
    this.turns = this.turns.filter((other) => other !== turn);
    this.bytesReadBefore = this.socket.bytesRead;
    this.moved();
    // An answer that ends the connection ends what waits behind it, too.
    if (!this.socket.writable) this.turns = [];
    else if (this.turns.length > 0) this.begin();
    else if (this.farewell !== null) this.sayFarewell();
  }

  private sayFarewell(): void {
    this.left = true;
    this.socket.end(this.farewell ?? '');
    const timer = setTimeout(/* check: refused connection ends */ () => this.socket.destroy(), LINGER_MS);
    this.socket.once('close', () => clearTimeout(timer));
  }

  /**
   * Reads on and throws away: closed with bytes that nobody has read, a connection is reset, and the client may not see the last
   * answer. No request is made of them any more.
   */
  private ignoreWhatComes(): void {
    const ignore = () => {};
    // The first listener takes the bytes away from Node's parser, which has one itself that must go.
    this.socket.on('data', ignore);
    this.socket.removeAllListeners('data');
    this.socket.on('data', ignore);
    this.socket.resume();
  }

  private forget(): void {
    this.gone = true;
    this.turns = [];
    this.setWeight(0);
  }

  private setWeight(weight: number): void {
    const change = weight - this.weight;
    this.weight = weight;
    if (change !== 0) this.weigh(change);
  }
}

function headBytes({ rawHeaders, url = '' }: IncomingMessage): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length);
}

/** What the kernel has not taken yet. Node counts it in its handle, by which its own time-outs of sockets know of progress. */
function unsentBytes(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle?: { writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? socket.writableLength;
}
