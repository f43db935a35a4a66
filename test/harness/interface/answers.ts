import { appendFileSync, mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { recordAnswer, type SentAnswer } from './answer-recorder.mjs';
import { operationAt, pathsAt, resolved, responseOf, statusKey, validatorOf } from './document.js';
import { SEEN_FOLDER, takeRecorded } from './recorded-answers.js';

const seen = new Set<string>();
let violations: string[] = [];

/** What answers since the last time broke the document: those of this process, and of the processes of the service it started. */
export function takeViolations(): string[] {
  for (const answer of takeRecorded()) compare(answer);
  const taken = violations;
  violations = [];
  return taken;
}

/**
 * Compares every answer of a server with the document of the interface, whoever asked. What is wrong fails the test that runs
 * (`setup.ts`); which statuses were seen is written down, as each that is documented must be.
 */
export function watchAnswers(server: Server): void {
  server.prependListener('request', (request, response) => recordAnswer(request, response, compare));
}

function compare(answer: SentAnswer): void {
  const found = violationsOf(answer);
  violations.push(...found);
  if (found.length === 0 && answer.method !== 'HEAD') noteSeen(answer);
}

/** How an answer breaks the document, in words; nothing if it does not. */
export function violationsOf(answer: SentAnswer): string[] {
  const { method, url, status } = answer;
  const path = url.split('?', 1)[0] ?? '';
  if (method === 'OPTIONS') return [];
  // Pages for people: what they are, tests of their own say.
  if (/^\/docs(\/|$)/.test(path)) return status < 500 || status === 503 ? [] : [`${method} ${path} ${status}`];
  const found = operationAt(method === 'HEAD' ? 'get' : method.toLowerCase(), path);
  if (found === null || (method === 'HEAD' && status === 405)) {
    return outsideOfOperations(answer, pathsAt(path).length > 0);
  }
  const { operation } = found;
  const where = `${method} ${found.path} ${status}`;
  const key = statusKey(operation, status);
  if (key === null) return [`${where}: the status is not documented`];
  const { headers, content } = responseOf(operation, key);
  const wrong = wrongHeaders(answer, headers).map((text) => `${where}: ${text}`);
  if (method === 'HEAD') return wrong;
  return [...wrong, ...wrongBody(answer, content).map((text) => `${where}: ${text}`)];
}

/** Which documented status an answer is. */
function noteSeen({ method, url, status }: SentAnswer): void {
  const found = operationAt(method.toLowerCase(), url.split('?', 1)[0] ?? '');
  if (found !== null) note(`${found.operation.operationId} ${statusKey(found.operation, status)}`);
}

/** Paths and methods that are no operation are refused in the envelope all the same. */
const REFUSALS = new Set([
  'route_not_found',
  'query_malformed',
  'request_malformed',
  'headers_too_large',
  'unavailable',
]);
const ENVELOPE = ['code', 'detail', 'request_id', 'status', 'title'];

function outsideOfOperations({ method, url, status, headers, body }: SentAnswer, pathIsKnown: boolean): string[] {
  const where = `${method} ${url} ${status}`;
  if (method === 'HEAD') return status >= 400 && status < 500 ? [] : [`${where}: not an operation`];
  const { errors } = parsed(body) as { errors?: { status?: unknown; code?: unknown }[] };
  const [entry, another] = errors ?? [];
  const isEnvelope =
    entry !== undefined && another === undefined && Object.keys(entry).sort().join() === ENVELOPE.join();
  const refused =
    entry?.code === 'method_not_allowed' ? 'allow' in headers && pathIsKnown : REFUSALS.has(String(entry?.code));
  const isKept = headers['cache-control'] === 'no-store' && 'x-request-id' in headers;
  const isJson = String(headers['content-type']).startsWith('application/json');
  return isEnvelope && refused && isKept && isJson && entry.status === status
    ? []
    : [`${where}: neither an operation nor refused as none`];
}

/** Headers of HTTP and of browsers, which say nothing of an operation. */
const TRANSPORT =
  /^(content-type|content-length|transfer-encoding|date|connection|keep-alive|vary|access-control-.*|x-content-type-options|referrer-policy|content-security-policy)$/;

function wrongHeaders({ headers }: SentAnswer, documented: Readonly<Record<string, object>>): string[] {
  const known = new Set(Object.keys(documented).map((name) => name.toLowerCase()));
  const more = Object.keys(headers).filter(
    (name) => !known.has(name.toLowerCase()) && !TRANSPORT.test(name.toLowerCase()),
  );
  const wrong = Object.entries(documented).flatMap(([name, reference]) => {
    const { required = false, schema } = resolved<HeaderObject>(reference as { $ref: string });
    const value = headers[name.toLowerCase()];
    if (value === undefined) return required ? [`the header ${name} is missing`] : [];
    const text = Array.isArray(value) ? value.join() : String(value);
    return validatorOf(schema)(text) ? [] : [`the header ${name} is not as documented`];
  });
  return [...wrong, ...more.map((name) => `the header ${name} is not documented`)];
}

interface HeaderObject {
  readonly required?: boolean;
  readonly schema: object;
}

/** Of each schema, the last body that fitted: some answers, and long ones, are always the same. */
const lastRight = new WeakMap<object, Buffer>();

function wrongBody({ headers, body }: SentAnswer, content: ReturnType<typeof responseOf>['content']): string[] {
  if (content === undefined) return body.length === 0 ? [] : ['a body is not documented'];
  const mediaType = String(headers['content-type'] ?? '').split(';', 1)[0] ?? '';
  const schema = content[mediaType]?.schema;
  if (schema === undefined) return [`the media type ${mediaType} is not documented`];
  if (mediaType !== 'application/json') return [];
  if (lastRight.get(schema)?.equals(body) === true) return [];
  const validate = validatorOf(schema);
  if (validate(parsed(body))) {
    lastRight.set(schema, body);
    return [];
  }
  const [first] = validate.errors ?? [];
  const told = `${first?.instancePath} ${first?.message} ${JSON.stringify(first?.params)}`;
  return [`the body is not as documented: ${told} in ${body.toString().slice(0, 500)}`];
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) ?? {};
  } catch {
    return {};
  }
}

function note(line: string): void {
  if (seen.has(line)) return;
  seen.add(line);
  mkdirSync(SEEN_FOLDER, { recursive: true });
  appendFileSync(join(SEEN_FOLDER, `${process.pid}.seen`), `${line}\n`);
}
