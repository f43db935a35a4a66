import * as fc from 'fast-check';
import type { DocumentedRoute } from '../../../src/openapi/documented-routes.js';
import { type Credentials, credentialsFor, service, type Verdict } from './credentials.js';
import type { DocumentedOperation } from './document.js';
import { badForms, goodForms } from './forms.js';
import { badQueries, goodQuery, type Parameter, type Query } from './queries.js';
import { invalid, type Schema, valid } from './schema-values.js';

/** What is made of a request, and so what must come of it. */
export type Kind =
  | 'good'
  | 'bad body'
  | 'bad query'
  | 'unknown place'
  | 'malformed place'
  | 'wrong place'
  | 'other version'
  | 'no token'
  | 'forged token'
  | 'token without the right'
  | 'credentials without the right'
  | 'forged customer token'
  | 'customer token of another'
  | 'wrong method';

export interface Case {
  readonly kind: Kind;
  readonly credentials: Credentials;
  readonly body: unknown;
  readonly query: Query;
  /** `If-Match`, in which `CURRENT` and `OLDER` stand for tags of the order; null: the header is left out. */
  readonly ifMatch: string | null;
  /** The parameter of the path that leads elsewhere, and what a malformed one is. */
  readonly place: string;
  readonly stray: string;
  readonly method: string;
}

/** Cases of one sort, and their part in a run, beside the parts of the others. */
export interface WeightedCases {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Case>;
}

type Arbitraries = { readonly [Part in keyof Case]: fc.Arbitrary<Case[Part]> };

export const CURRENT = '{current}';
export const OLDER = '{older}';

const METHODS = ['get', 'post', 'put', 'delete', 'patch'];

/** Requests to an operation: half of them good, the others bad in one way. */
export function casesOf(found: DocumentedOperation, route: DocumentedRoute, taken: readonly string[]): WeightedCases[] {
  const { operation, path } = found;
  const { content = {}, required = false } = operation.requestBody ?? {};
  // A body that may be left out is ignored but for what it is documented for.
  const body = required ? (content['application/json']?.schema as Schema | undefined) : undefined;
  const isForm = 'application/x-www-form-urlencoded' in content;
  const parameters = (operation.parameters ?? []) as readonly Parameter[];
  const guarded = operation.security.some((scheme) => 'accessToken' in scheme);
  const places = namesIn(parameters, 'path');
  const looksAtVersion = namesIn(parameters, 'header').includes('If-Match');
  const bad = badQueries(parameters);
  const good: Omit<Arbitraries, 'kind'> = {
    credentials: fc.constant(service),
    body: isForm ? fc.constantFrom(...goodForms) : body === undefined ? fc.constant(undefined) : valid(body),
    query: goodQuery(parameters),
    ifMatch: fc.constant(null),
    place: fc.constantFrom(...(places.length === 0 ? [''] : places)),
    stray: STRAY,
    method: fc.constantFrom(...METHODS.filter((method) => !taken.includes(method))),
  };
  /** Made once for each kind: to put an arbitrary together takes much longer than to draw from it. */
  const ofKind = (weight: number, kinds: readonly Kind[], parts: Partial<Omit<Arbitraries, 'kind'>> = {}) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constantFrom(...kinds), ...good, ...parts }),
  });
  const withCredentials = (kind: Kind, ...verdicts: Verdict[]) => {
    const drawn = credentialsFor(route, path, verdicts);
    return drawn.length === 0 ? [] : [ofKind(1, [kind], { credentials: fc.constantFrom(...drawn) })];
  };
  const credentials = takenCredentials(route, path);
  return [
    ofKind(12, ['good'], { credentials, ...(looksAtVersion ? { ifMatch: fc.constantFrom(...SAME_VERSION) } : {}) }),
    ...(isForm ? [ofKind(4, ['bad body'], { body: fc.constantFrom(...badForms) })] : []),
    ...(body === undefined ? [] : [ofKind(4, ['bad body'], { body: invalid(body) })]),
    ...(bad === null ? [] : [ofKind(3, ['bad query'], { query: bad })]),
    ...(places.length === 0 ? [] : [ofKind(2, ['unknown place', 'malformed place'], { credentials })]),
    ...(places.length < 2
      ? []
      : [ofKind(1, ['wrong place'], { credentials, place: fc.constantFrom(...places.slice(0, -1)) })]),
    ...(looksAtVersion ? [ofKind(2, ['other version'], { ifMatch: fc.constantFrom(...OTHER_VERSIONS) })] : []),
    ...(guarded ? [ofKind(2, ['no token', 'forged token', 'token without the right'])] : []),
    ...withCredentials('credentials without the right', 'forbidden'),
    ...withCredentials('forged customer token', 'customer_token_invalid'),
    ...withCredentials('customer token of another', 'customer_forbidden', 'not found', 'nothing of the owner'),
    ofKind(1, ['wrong method']),
  ];
}

function namesIn(parameters: readonly Parameter[], place: string): string[] {
  return parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
}

/** Those of a service, and as often others that the route takes. */
function takenCredentials(route: DocumentedRoute, path: string): fc.Arbitrary<Credentials> {
  const others = credentialsFor(route, path, ['taken']).filter(
    ({ grant, customerToken }) => grant !== service.grant || customerToken !== service.customerToken,
  );
  const ofService = fc.constant(service);
  return others.length === 0 ? ofService : fc.oneof(ofService, fc.constantFrom(...others));
}

const SAME_VERSION = [
  null,
  '*',
  CURRENT,
  ` ${CURRENT} `,
  `${OLDER}, ${CURRENT}`,
  `W/${CURRENT}`,
  `W/${OLDER},${CURRENT}`,
];
/** What is no tag names no version. */
const OTHER_VERSIONS = [OLDER, `W/${OLDER}`, '""', '"*"', 'x', `${CURRENT}x`, `*, ${OLDER}`];

const STRAY = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{1,40}$/),
  fc.constantFrom('%2e%2e%2fx', '%27', 'a%20b', '%00', '0'),
);
