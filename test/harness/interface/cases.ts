import * as fc from 'fast-check';
import type { DocumentedOperation } from './document.js';
import { badForms, goodForms } from './forms.js';
import { invalid, type Schema, valid } from './schema-values.js';

/** What is made of a request, and so what must come of it. */
export type Kind =
  | 'good'
  | 'bad body'
  | 'bad query'
  | 'unknown place'
  | 'malformed place'
  | 'no token'
  | 'forged token'
  | 'token without the right'
  | 'wrong method';

export interface Case {
  readonly kind: Kind;
  readonly body: unknown;
  /** Names and values of the query. */
  readonly query: Readonly<Record<string, string>>;
  readonly stray: string;
  readonly method: string;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema & { readonly 'x-filters'?: Readonly<Record<string, readonly string[]>> };
}

/** In a bad query: which parameter is left out. */
export const LEFT_OUT = ' left out';

const METHODS = ['get', 'post', 'put', 'delete', 'patch'];

/** Requests to an operation: half of them good, the others bad in one way. */
export function casesOf(found: DocumentedOperation, taken: readonly string[]): fc.Arbitrary<Case> {
  const { operation, path } = found;
  const { content = {}, required = false } = operation.requestBody ?? {};
  // A body that may be left out is ignored but for what it is documented for.
  const body = required ? (content['application/json']?.schema as Schema | undefined) : undefined;
  const isForm = 'application/x-www-form-urlencoded' in content;
  const parameters = (operation.parameters ?? []) as readonly Parameter[];
  const guarded = operation.security.some((scheme) => 'accessToken' in scheme);
  const bad = badQueries(parameters);
  const others = fc.constantFrom(...METHODS.filter((method) => !taken.includes(method)));
  const goodBody = isForm ? fc.constantFrom(...goodForms) : body === undefined ? fc.constant(undefined) : valid(body);
  const query = goodQuery(parameters);
  /** Made once for each kind: to put an arbitrary together takes much longer than to draw from it. */
  const ofKind = (weight: number, kinds: readonly Kind[], parts: Partial<Pick<Drawn, 'body' | 'query'>> = {}) => ({
    weight,
    arbitrary: fc.record({
      kind: fc.constantFrom(...kinds),
      body: goodBody,
      query,
      stray: STRAY,
      method: others,
      ...parts,
    }),
  });
  return fc.oneof(
    ofKind(10, ['good']),
    ...(isForm ? [ofKind(4, ['bad body'], { body: fc.constantFrom(...badForms) })] : []),
    ...(body === undefined ? [] : [ofKind(4, ['bad body'], { body: invalid(body) })]),
    ...(bad === null ? [] : [ofKind(3, ['bad query'], { query: bad })]),
    ...(path.includes('{') ? [ofKind(2, ['unknown place', 'malformed place'])] : []),
    ...(guarded ? [ofKind(2, ['no token', 'forged token', 'token without the right'])] : []),
    ofKind(1, ['wrong method']),
  );
}

type Drawn = { readonly [Part in keyof Case]: fc.Arbitrary<Case[Part]> };

const STRAY = fc.oneof(
  fc.stringMatching(/^[a-z0-9-]{1,40}$/),
  fc.constantFrom('%2e%2e%2fx', '%27', 'a%20b', '%00', '0'),
);

/** Of lists: filters that the document says are taken, with values by the names of the attributes. */
function goodQuery(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
  const values: Record<string, fc.Arbitrary<string>> = {};
  for (const { name, in: place, schema } of parameters) {
    if (place !== 'query') continue;
    if (name === 'page') {
      values['page[limit]'] = fc.integer({ min: 1, max: 200 }).map(String);
      values['page[offset]'] = fc.integer({ min: 0, max: 10_000 }).map(String);
    } else if (name === 'filter') values[name] = goodFilter(schema['x-filters'] ?? {});
    else if (schema.enum !== undefined) values[name] = fc.constantFrom(...schema.enum.map(String));
    else if (name === 'include') values[name] = fc.constantFrom('items', 'customer', 'items,customer', 'unknown');
  }
  return fc
    .record(values, { requiredKeys: [] })
    .map((query) =>
      Object.fromEntries(
        Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
    );
}

function goodFilter(filters: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<string> {
  const pairs = Object.entries(filters).flatMap(([name, operators]) =>
    operators.map((operator) => ({ name, operator })),
  );
  const condition = fc.constantFrom(...pairs).chain(({ name, operator }) => {
    if (operator === 'is_null') return fc.constant(`is_null(${name})`);
    return goodValue(name).map((value) => `${operator}(${name},${value})`);
  });
  return fc.array(condition, { minLength: 1, maxLength: 3 }).map((conditions) => conditions.join(':'));
}

const ENUMERATIONS: Readonly<Record<string, readonly string[]>> = {
  status: ['incomplete', 'processing', 'complete', 'cancelled'],
  payment: ['unpaid', 'authorized', 'paid', 'refunded'],
  shipping: ['unfulfilled', 'fulfilled'],
  manual: ['true', 'false'],
};

const TEXT = fc.stringMatching(/^\*?[A-Za-z0-9@.+-]{1,20}\*?$/);

function goodValue(name: string): fc.Arbitrary<string> {
  const known = ENUMERATIONS[name];
  if (known !== undefined) return fc.constantFrom(...known);
  if (/^id$|_id$/.test(name)) return fc.uuid();
  if (name.endsWith('_at')) return fc.constantFrom('2026-01-01', '2026-01-01T10:00:00Z', '1767225600000');
  if (name.endsWith('_tax')) return fc.integer().map(String);
  return TEXT;
}

/** One parameter that the document does not describe so; null where there is none that could be wrong. */
function badQueries(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> | null {
  const bad = parameters.flatMap(({ name, in: place, required, schema }): fc.Arbitrary<Record<string, string>>[] => {
    if (place !== 'query') return [];
    if (required === true) return [fc.constant({ [LEFT_OUT]: name })];
    if (name === 'page') {
      const limits = fc.constantFrom('0', '-1', '1.5', 'all', '1e3', '9'.repeat(30).concat('x'));
      return [
        limits.map((value) => ({ 'page[limit]': value })),
        fc.constantFrom('-1', '10001', 'x').map((value) => ({ 'page[offset]': value })),
        fc.constant({ 'page[total_method]': 'guess' }),
      ];
    }
    if (name === 'filter') {
      const attributes = fc.constantFrom(
        'password',
        'password_hash',
        'meta',
        'store_id',
        '__proto__',
        'customer.password',
      );
      return [
        attributes.map((attribute) => ({ filter: `eq(${attribute},1)` })),
        fc
          .constantFrom('eq', 'eq(', 'eq(id)', 'eq(id,', 'x(id,1)', '((', 'eq(id,1)|eq(id,2)', ':')
          .map((filter) => ({ filter })),
      ];
    }
    return schema.enum === undefined
      ? []
      : [fc.constantFrom('password', '--id', 'id desc').map((value) => ({ [name]: value }))];
  });
  return bad.length === 0 ? null : fc.oneof(...bad);
}
