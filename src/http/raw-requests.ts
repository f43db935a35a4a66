import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { answerBrokenConnection } from './broken-connection.js';

/** Takes over what Node's HTTP server would settle by itself: without a body, or past the framework. */
export function adoptRawRequests(server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    const { host, path } = partsOf(request.url ?? '/');
    request.url = path;
    // RFC 9112 section 3.2.2: it counts instead of the header.
    if (host !== null) request.headers.host = host;
  });
  // An expectation that is not known may be ignored (RFC 9110 section 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  // A tunnel, which only proxies make. Node hands the socket over and looks after it no more.
  server.on('connect', (_request, socket: Socket) => answerBrokenConnection({}, socket));
}

/** RFC 9112 section 3.2: servers take `GET http://host/path` and `OPTIONS *` too. Routes know paths only. */
function partsOf(target: string): { host: string | null; path: string } {
  const [, authority, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target) ?? [null, null, target];
  const host = authority?.replace(/^.*@/s, '') ?? null;
  return { host, path: rest.startsWith('/') ? rest : `/${rest}` };
}
