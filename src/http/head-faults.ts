import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors/app-error.js';
import { answerFailure } from './error.filter.js';

/** More than any client or chain of proxies sends, and far below the thousand behind which Node drops lines in silence. */
export const HEAD_LINES_MAX = 100;

/**
 * Fields that decide how a request is read, whose it is, or what it may change. Node keeps the first of some and joins others, so that
 * a second one, as a proxy may append it, would be overlooked.
 */
const GIVEN_ONCE: Readonly<Record<string, string>> = {
  host: 'Host',
  authorization: 'Authorization',
  'if-match': 'If-Match',
  'content-length': 'Content-Length',
  'content-type': 'Content-Type',
  'transfer-encoding': 'Transfer-Encoding',
};

/** Fields that change what a request means, and that nobody looks for behind a body (RFC 9110 section 6.5.1). */
const NEVER_TRAILING: Readonly<Record<string, string>> = {
  ...GIVEN_ONCE,
  'x-moltin-customer-token': 'X-Moltin-Customer-Token',
  'content-encoding': 'Content-Encoding',
};

/**
 * Refuses requests whose head cannot be relied upon, before anybody is asked who they are.
 *
 * @param which preflights are answered by the hook of CORS, so theirs are looked at before it; all others behind it, so that scripts
 *   may read why they are refused
 */
export function refuseHeadFaults(instance: FastifyInstance, which: 'preflights' | 'all'): void {
  instance.addHook('onRequest', (request, reply, done) => {
    const fault = which === 'all' || request.method === 'OPTIONS' ? headFault(request.raw) : null;
    if (fault === null) done();
    else answerFailure(fault, request, reply);
  });
  if (which !== 'all') return;
  // The body has been read, and nobody has been asked who they are.
  instance.addHook('preValidation', (request, reply, done) => {
    const fault = trailerFault(request.raw);
    if (fault === null) done();
    else answerFailure(fault, request, reply);
  });
}

/**
 * What is wrong with the head of a request, before anybody is asked who they are; null where nothing is.
 *
 * @returns AppError `headers_too_large`, `request_malformed`
 */
export function headFault(request: IncomingMessage): AppError | null {
  const { rawHeaders } = request;
  // check: head of too many lines
  if (rawHeaders.length > 2 * HEAD_LINES_MAX) {
    return new AppError('headers_too_large', { detail: `The request has more than ${HEAD_LINES_MAX} header lines.` });
  }
  const repeated = repeatedField(rawHeaders);
  if (repeated !== null) return malformed(`The header ${repeated} is given more than once.`);
  // check: request target without a fragment
  if (request.url?.includes('#') === true) {
    // RFC 9112 section 3.2: what stands behind it would be overlooked, such as a filter.
    return malformed('The request target has a fragment.');
  }
  return hostFault(request) ?? codingFault(request) ?? announcedTrailerFault(request);
}

function repeatedField(rawHeaders: readonly string[]): string | null {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const known = Object.hasOwn(GIVEN_ONCE, name) ? GIVEN_ONCE[name] : undefined;
    if (known === undefined) continue;
    // check: header that decides given twice
    if (seen.has(name)) return known;
    seen.add(name);
  }
  return null;
}

/**
 * RFC 9112 section 3.2: a request without a host, or with one that is none, is refused. Which host it is decides nothing: links use the
 * public URL.
 */
function hostFault({ headers, rawHeaders, httpVersion }: IncomingMessage): AppError | null {
  const line = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  const sent = rawHeaders[line + 1];
  // HTTP/1.0 does not know the header.
  if (line === -1 && !/^(0\.9|1\.0)$/.test(httpVersion)) return new AppError('request_malformed');
  // check: valid host
  if (line !== -1 && sent !== undefined && sent !== '' && !isHost(sent)) {
    return malformed('The header Host is not valid.');
  }
  // That of a target in absolute form counts instead (`raw-requests.ts`), and cannot be empty (RFC 9110 section 4.2.1).
  if (headers.host !== sent && headers.host !== undefined && !isHost(headers.host)) {
    return malformed('The host of the request target is not valid.');
  }
  return null;
}

/** RFC 3986 section 3.2.2. */
const REGISTERED_NAME = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const FUTURE_ADDRESS = /^v[0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+$/i;
const PORT_MAX = 65_535;

/** `uri-host [ ":" port ]` (RFC 9110 section 7.2), with a host that is not empty. */
export function isHost(text: string): boolean {
  const parts = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text);
  if (parts === null) return false;
  const [, address, name = '', port = ''] = parts;
  if (Number(port) > PORT_MAX) return false;
  if (address === undefined) return REGISTERED_NAME.test(name);
  // A zone means nothing to anybody else, and does not belong here (RFC 6874 section 1).
  return (isIPv6(address) && !address.includes('%')) || FUTURE_ADDRESS.test(address);
}

/** RFC 9112 section 6.1: `chunked` is what a recipient must know, and a message of HTTP/1.0 with any coding is framed wrongly. */
function codingFault({ headers, httpVersion }: IncomingMessage): AppError | null {
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return null;
  // check: transfer coding that is understood
  if (httpVersion === '1.1' && coding.trim().toLowerCase() === 'chunked') return null;
  // Where the message ends is not sure, so nothing behind it may be read.
  return new AppError('request_malformed', { headers: { connection: 'close' } });
}

/** The body of a GET is not read, and neither is what stands behind it: there the announcement is all that is known. */
function announcedTrailerFault({ headers }: IncomingMessage): AppError | null {
  return trailingFault((headers.trailer ?? '').split(',').map((name) => name.trim()));
}

function trailerFault({ rawTrailers }: IncomingMessage): AppError | null {
  return trailingFault(rawTrailers.filter((_, index) => index % 2 === 0));
}

function trailingFault(names: readonly string[]): AppError | null {
  const known = names.map((name) => name.toLowerCase()).find((name) => Object.hasOwn(NEVER_TRAILING, name));
  // check: trailer that would decide
  return known === undefined ? null : malformed(`The header ${NEVER_TRAILING[known]} must not be a trailer.`);
}

function malformed(detail: string): AppError {
  return new AppError('request_malformed', { detail });
}
