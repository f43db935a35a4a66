import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-catalog.js';
import { toErrorDocument } from '../jsonapi/error-document.js';
import { ClientConnection } from './client-connection.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/**
 * Answers what never became a request: bytes that are not HTTP, headers that are too large or come too slowly. The connection ends
 * with that, whether the client closes its side or not.
 */
export function answerBrokenConnection(error: { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  ClientConnection.of(socket).leave(answerTo(CODES[error.code ?? ''] ?? 'request_malformed'));
}

function answerTo(code: ErrorCode): string {
  const failure = new AppError(code);
  const requestId = randomUUID();
  const body = JSON.stringify(toErrorDocument(failure, requestId, false));
  const { status, title } = failure.catalogEntry;
  return [
    `HTTP/1.1 ${status} ${title}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
