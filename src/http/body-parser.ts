import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error.js';

/** Deeper than any document of this interface, and far below what serializers survive. */
const DEPTH_MAX = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a request body.
 * - Below `/v2`: JSON, whatever the content type says, as long as the body begins with `{`. The interface's own examples send
 *   JSON with curl's default content type. Multipart is refused: its body never is what its type says.
 * - At the OAuth endpoints: a form (RFC 6749 section 4.4.2), or JSON.
 * An empty body is undefined, also with a JSON content type: several clients send that type on every request. A content coding
 * (RFC 9110 section 8.4) is refused wherever the body is read.
 *
 * @throws AppError `body_malformed`, `media_type_unsupported`
 */
export function parseBody(request: FastifyRequest, body: Buffer): unknown {
  // Of no route: what is wrong with such a request is its path or its method.
  if (body.length === 0 || request.routeOptions.url === undefined) return undefined;
  // check: content coding of a body
  refuseContentCoding(request);
  if (request.method === 'DELETE') return parseIgnorable(body);
  const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const text = decodeText(body);
  const looksLikeJson = /^[\s\uFEFF]*\{/.test(text);
  const isJsonType = mediaType === 'application/json' || mediaType.endsWith('+json');
  if (mediaType.startsWith('multipart/')) throw new AppError('media_type_unsupported');
  if (request.routeOptions.url?.startsWith('/oauth/')) {
    if (mediaType === 'application/x-www-form-urlencoded' && !looksLikeJson) return parseForm(text);
    if (isJsonType || looksLikeJson) return parseJson(text);
    throw new AppError('media_type_unsupported', { detail: 'The body must be a form.' });
  }
  if (isJsonType || looksLikeJson) return parseJson(text);
  throw new AppError('media_type_unsupported');
}

/** RFC 9110 section 15.5.16: the answer says which codings are taken. */
function refuseContentCoding({ headers }: FastifyRequest): void {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  if (codings.every((coding) => coding === '' || coding === 'identity')) return;
  throw new AppError('media_type_unsupported', {
    detail: 'The body must not have a content coding.',
    headers: { 'accept-encoding': 'identity' },
  });
}

/** The body of a DELETE says nothing that must be understood: what cannot be read is ignored. */
function parseIgnorable(body: Buffer): unknown {
  try {
    return parseJson(decodeText(body));
  } catch (cause) {
    if (cause instanceof AppError) return undefined;
    throw cause;
  }
}

/**
 * Forgets a content type that is no media type (RFC 9110 section 8.3.1): the framework refuses such a request before anybody has
 * looked at its body, and it is the body that decides.
 */
export function forgetMalformedContentType(request: FastifyRequest): void {
  const header = request.headers['content-type'];
  if (header === undefined || request.mediaType !== undefined || /^\s*multipart\//i.test(header)) return;
  delete request.raw.headers['content-type'];
}

function decodeText(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new AppError('body_malformed', { detail: 'The body is not valid UTF-8.', cause });
  }
}

function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own error quotes the text, which may hold a password: it goes nowhere.
    throw new AppError('body_malformed');
  }
  refuseUnstorable(value);
  return value;
}

/** Walks the value without recursion: depth, and text that Postgres cannot hold (NUL, lone surrogates). */
function refuseUnstorable(root: unknown): void {
  const pending: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > DEPTH_MAX) {
      throw new AppError('body_malformed', { detail: `The body is nested deeper than ${DEPTH_MAX} levels.` });
    }
    // The names of an array's elements are numbers: making texts of them would cost more than all the rest.
    const names = Array.isArray(value) ? [] : Object.keys(value);
    for (const name of names) refuseText(name);
    const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    for (const member of members) {
      if (typeof member === 'string') refuseText(member);
      else if (typeof member === 'object' && member !== null) pending.push({ value: member, depth: depth + 1 });
    }
  }
}

function refuseText(text: string): void {
  if (text.includes('\0') || !isWellFormed(text)) {
    throw new AppError('body_malformed', { detail: 'The body holds text with a NUL or a lone surrogate.' });
  }
}

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** Each name once: "Request parameters MUST NOT be included more than once" (RFC 6749 section 3.2). */
function parseForm(text: string): Record<string, string> {
  const form: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in form) throw new AppError('oauth_request_invalid', { detail: `${printable(name)} is given twice.` });
    refuseText(name);
    refuseText(value);
    form[name] = value;
  }
  return form;
}

function printable(name: string): string {
  return /^[a-z_]{1,32}$/.test(name) ? name : 'A parameter';
}
