import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Answers the requests; may be replaced at any time. */
  listener: RequestListener;
  /** Cuts open connections, too. */
  stop(): Promise<void>;
}

/** A plain HTTP server on a free port of this machine. */
export async function startLoopbackServer(listener: RequestListener = notReady): Promise<LoopbackServer> {
  const server = createServer((request, response) => started.listener(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const started: LoopbackServer = {
    origin: `http://127.0.0.1:${port}`,
    listener,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
  return started;
}

const notReady: RequestListener = (_request, response) => void response.writeHead(503).end();
