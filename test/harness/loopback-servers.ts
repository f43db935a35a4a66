import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';

/** Small servers on free ports of this machine, to be called by what is tested. */
export class LoopbackServers {
  readonly #servers: (Server | TcpServer)[] = [];
  /** Every connection since the last `endAll`. */
  readonly sockets: Socket[] = [];

  /** @returns the origin, such as `http://127.0.0.1:4711` */
  async start(server: Server | TcpServer): Promise<string> {
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => this.sockets.push(socket.on('error', () => {})));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  http(answer: (...call: Parameters<RequestListener>) => unknown): Promise<string> {
    return this.start(createServer((...call) => void answer(...call)));
  }

  /** Answers every connection by these lines, HTTP or not, as soon as something was asked. */
  lines(...answer: string[]): Promise<string> {
    return this.start(createTcpServer((socket) => void socket.once('data', () => socket.end(answer.join('\r\n')))));
  }

  /** The origin of a port that refuses connections. */
  async refused(): Promise<string> {
    const server = createTcpServer();
    const origin = await this.start(server);
    server.close();
    await once(server, 'close');
    return origin;
  }

  endAll(): void {
    for (const socket of this.sockets.splice(0)) socket.destroy();
    for (const server of this.#servers.splice(0)) server.close();
  }
}
