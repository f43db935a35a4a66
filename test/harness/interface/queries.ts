import * as fc from 'fast-check';
import { type Filters, goodFilter } from './filters.js';
import type { Schema } from './schema-values.js';

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema & { readonly 'x-filters'?: Filters };
}

/** Names and values. */
export type Query = Readonly<Record<string, string>>;

/** In a bad query: which parameter is left out. */
export const LEFT_OUT = ' left out';

/** Of lists: pages, filters and orders that the document says are taken. */
export function goodQuery(parameters: readonly Parameter[]): fc.Arbitrary<Query> {
  const values: Record<string, fc.Arbitrary<string>> = {};
  for (const { name, in: place, schema } of parameters) {
    if (place !== 'query') continue;
    if (name === 'page') Object.assign(values, pages(schema));
    else if (name === 'filter') values[name] = goodFilter(schema['x-filters'] ?? {});
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

function pages({ properties = {} }: Schema): Record<string, fc.Arbitrary<string>> {
  // Behind the first few there is seldom anything.
  const offsets = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: properties['offset']?.maximum ?? 0 }));
  return {
    'page[limit]': fc.integer({ min: 1, max: 200 }).map(String),
    'page[offset]': offsets.map(String),
    'page[total_method]': fc.constantFrom(...(properties['total_method']?.enum ?? []).map(String)),
  };
}

/** One parameter that the document does not describe so; null where there is none that could be wrong. */
export function badQueries(parameters: readonly Parameter[]): fc.Arbitrary<Query> | null {
  const bad = parameters.flatMap(({ name, in: place, required, schema }): fc.Arbitrary<Query>[] => {
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
