import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection of a client that never closes its own side, and reads only what it is told to. */
export class ClientSocket {
  received = '';

  private constructor(readonly socket: Socket) {
    socket.on('error', () => {});
  }

  /** @param origin of a service on this machine */
  static async open(origin: string, sent: string | Buffer = ''): Promise<ClientSocket> {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const client = new ClientSocket(socket);
    socket.pause();
    await once(socket, 'connect');
    client.send(sent);
    return client;
  }

  send(bytes: string | Buffer): void {
    if (bytes.length > 0) this.socket.write(bytes);
  }

  /** From now on it reads all that comes. */
  read(): this {
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1'))).resume();
    return this;
  }

  /** Reads so many bytes more, and then nothing. */
  async readOnly(bytes: number): Promise<void> {
    let left = bytes;
    await new Promise<void>((resolve) => {
      const take = (chunk: Buffer) => {
        left -= chunk.length;
        if (left > 0) return;
        this.socket.pause();
        this.socket.removeListener('data', take);
        resolve();
      };
      this.socket.on('data', take).resume();
    });
  }

  /** The statuses of the answers so far, in their order. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  destroy(): void {
    this.socket.destroy();
  }
}
