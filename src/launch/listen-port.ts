import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartupError } from '../errors/startup-error.js';
import { errorCode } from './private-files.js';

/** A port of this address that nobody listens on at the moment. */
export async function freePort(host: string): Promise<number> {
  return listenOnce(0, host);
}

/**
 * Settles the port before anything is started: 0 becomes a free one, and a port that cannot be had is said at once.
 *
 * @throws StartupError
 */
export async function settlePort(port: number, host: string): Promise<number> {
  try {
    return await listenOnce(port, host);
  } catch (cause) {
    throw listenError(cause, port, host);
  }
}

/** Why listening failed, in one line that says what to do. Null: for a reason that the operator cannot mend. */
export function listenError(cause: unknown, port: number, host: string): unknown {
  switch (errorCode(cause)) {
    case 'EADDRINUSE':
      return new StartupError(`PORT ${port} is taken: stop the program that listens there, or set another PORT`, {
        cause,
      });
    case 'EACCES':
      return new StartupError(`PORT ${port} is reserved: this user may not listen there, set PORT to 1024 or more`, {
        cause,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return new StartupError(`HOST ${host} is no address of this machine: set HOST to one, or to 0.0.0.0 for all`, {
        cause,
      });
    default:
      return cause;
  }
}

async function listenOnce(port: number, host: string): Promise<number> {
  const server = createServer();
  server.listen({ port, host, exclusive: true });
  await once(server, 'listening');
  const address = server.address();
  const found = typeof address === 'object' && address !== null ? address.port : port;
  server.close();
  await once(server, 'close');
  return found;
}
