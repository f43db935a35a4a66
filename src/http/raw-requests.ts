import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { answerBrokenConnection } from './broken-connection.js';

/** Takes over what Node's HTTP server would settle by itself: without a body, or past the framework. */
export function adoptRawRequests(server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    request.url = originForm(request.url ?? '/');
  });
  // An expectation that is not known may be ignored (RFC 9110 section 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  // A tunnel, which only proxies make.
  server.on('connect', (_request, socket: Socket) => answerBrokenConnection({}, socket));
}

/** RFC 9112 section 3.2: a request without a host is refused. The host itself is never looked at: links use the public URL. */
export function hostIsMissing(request: FastifyRequest): boolean {
  return request.headers.host === undefined && request.raw.httpVersion === '1.1';
}

/** RFC 9112 section 3.2: servers take `GET http://host/path` and `OPTIONS *` too. Routes know paths only. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}
