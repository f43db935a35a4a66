import { STATUS_CODES } from 'node:http';
import type { ErrorCode } from '../errors/error-catalog.js';
import type { AnswerHeader, OtherAnswer } from '../http/operation.js';
import { type FaultStyle, validationCodes } from '../jsonapi/faults.js';
import type { DocumentedRoute } from './documented-routes.js';
import { errorExample, errorResponses } from './error-responses.js';
import type { JsonSchema, SchemaComponents } from './schema-components.js';

/** A route as far as it matters for what it answers. */
export interface AnsweringRoute extends DocumentedRoute {
  readonly method: string;
  readonly path: string;
  /** How faults of a declared body are told; null where none is declared. */
  readonly bodyStyle: FaultStyle | null;
  /** The status when all went well. */
  readonly status: string;
}

export interface ResponseObject {
  readonly description: string;
  readonly headers: Readonly<Record<string, JsonSchema>>;
  readonly content?: Readonly<Record<string, { schema?: JsonSchema; examples?: Readonly<Record<string, JsonSchema>> }>>;
}

export interface Reference {
  readonly $ref: string;
}

const JSON_TYPE = 'application/json';
const WRITING = new Set(['post', 'put', 'delete']);

/** What the whole service refuses, wherever it can come up. */
function generalRefusals({
  method,
  path,
  permission,
  looksAtCustomerToken,
  notes,
  bodyStyle,
}: AnsweringRoute): ErrorCode[] {
  const oauth = isOauth(path);
  const readsBody = bodyStyle !== null || notes.form !== undefined;
  const guarded = permission !== null;
  return [
    'query_malformed',
    'request_malformed',
    'headers_too_large',
    // The process answers whatever becomes of the rest.
    ...(path === '/health/live' ? [] : (['internal_error', 'unavailable'] as const)),
    ...(guarded ? (['access_token_invalid', 'forbidden'] as const) : []),
    ...(guarded && looksAtCustomerToken ? (['customer_token_invalid'] as const) : []),
    ...(guarded && path.includes('{customerId}') ? (['customer_forbidden'] as const) : []),
    ...(readsBody ? (['body_malformed'] as const) : []),
    ...(readsBody || method === 'delete' ? (['media_type_unsupported', 'body_too_large'] as const) : []),
    ...(bodyStyle === null ? [] : [validationCodes[bodyStyle]]),
    ...(oauth ? (['oauth_client_invalid', 'oauth_request_invalid'] as const) : []),
    ...(WRITING.has(method) && !oauth ? (['write_conflict'] as const) : []),
    ...(notes.list === undefined ? [] : (['filter_unsupported', 'page_invalid', 'sort_unsupported'] as const)),
  ];
}

export function isOauth(path: string): boolean {
  return path.startsWith('/oauth/');
}

export function responsesOf(
  components: SchemaComponents,
  route: AnsweringRoute,
): Record<string, ResponseObject | Reference> {
  const { notes, path, status } = route;
  const responses: Record<string, ResponseObject | Reference> = {};
  if (notes.answer !== undefined || status === '204') responses[status] = success(components, route);
  const oauth = isOauth(path);
  const refusals = [...generalRefusals(route), ...(notes.refusals ?? [])];
  for (const [key, { codes, schema }] of errorResponses(components, refusals, oauth)) {
    const response = errorResponse(components, key, codes, schema, oauth);
    const other = notes.others?.[Number(key)];
    if (other === undefined)
      responses[key] = shared(components, [key, ...codes, ...(oauth ? ['oauth'] : [])], response);
    else responses[key] = withOther(components, other, response);
  }
  for (const [key, answer] of Object.entries(notes.others ?? {})) {
    responses[key] ??= withOther(components, answer);
  }
  return Object.fromEntries(Object.entries(responses).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function errorResponse(
  components: SchemaComponents,
  status: string,
  codes: readonly ErrorCode[],
  schema: JsonSchema,
  oauth: boolean,
): ResponseObject {
  const title = status === '5XX' ? 'A failure of the service' : (STATUS_CODES[status] ?? status);
  return {
    description: `${title}: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
    headers: { ...references(['X-Request-Id', 'Cache-Control']), ...errorHeaders(codes) },
    content: { [JSON_TYPE]: { schema, examples: exampleReferences(components, codes, oauth) } },
  };
}

/** Most routes refuse alike: what they do stands once in the document. */
function shared(components: SchemaComponents, parts: readonly string[], response: ResponseObject): Reference {
  const name = parts.join('.');
  components.responses[name] = response;
  return { $ref: `#/components/responses/${name}` };
}

function success(components: SchemaComponents, { notes, status, isPublic }: AnsweringRoute): ResponseObject {
  const headers = references(['X-Request-Id', 'Cache-Control', ...(notes.headers ?? [])], isPublic);
  const description = STATUS_CODES[status] ?? status;
  if (notes.answer === undefined) return { description, headers };
  return { description, headers, content: { [JSON_TYPE]: { schema: components.use(notes.answer, 'output') } } };
}

/** What a route answers in its own way, beside the error document where that has the same status. */
function withOther(components: SchemaComponents, answer: OtherAnswer, known?: ResponseObject): ResponseObject {
  const { description, mediaType, schema, headers = [] } = answer;
  const own = schema === undefined ? { type: 'string' } : components.use(schema, 'output');
  const errors = known?.content?.[JSON_TYPE];
  const json =
    mediaType === JSON_TYPE && errors?.schema !== undefined
      ? { ...errors, schema: { anyOf: [own, errors.schema] } }
      : null;
  const content =
    mediaType === undefined ? known?.content : { ...known?.content, [mediaType]: json ?? { schema: own } };
  return {
    description: known === undefined ? description : `${description} Or: ${known.description}`,
    headers: { ...references(['X-Request-Id', 'Cache-Control', ...headers]), ...known?.headers },
    ...(content === undefined ? {} : { content }),
  };
}

function references(names: readonly (AnswerHeader | 'X-Request-Id')[], isPublic = false) {
  return Object.fromEntries(
    names.map((name) => [
      name,
      { $ref: `#/components/headers/${isPublic && name === 'Cache-Control' ? 'Public-Cache-Control' : name}` },
    ]),
  );
}

function errorHeaders(codes: readonly ErrorCode[]) {
  const header = (name: string, component = name) => ({ [name]: { $ref: `#/components/headers/${component}` } });
  return {
    ...(codes.includes('access_token_invalid') ? header('WWW-Authenticate') : {}),
    ...(codes.includes('oauth_client_invalid') ? header('WWW-Authenticate', 'Basic-WWW-Authenticate') : {}),
    ...(codes.includes('media_type_unsupported') ? header('Accept-Encoding') : {}),
    ...(codes.includes('unavailable') || codes.includes('overloaded') ? header('Retry-After') : {}),
  };
}

/** Each code with its whole answer, which stands once in the document. */
function exampleReferences(components: SchemaComponents, codes: readonly ErrorCode[], oauth: boolean) {
  return Object.fromEntries(
    codes.map((code) => {
      const name = oauth ? `${code}.oauth` : code;
      components.examples[name] = errorExample(code, oauth);
      return [code, { $ref: `#/components/examples/${name}` }];
    }),
  );
}
