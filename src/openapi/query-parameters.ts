import type { z } from 'zod';
import type { OperationNotes } from '../http/operation.js';
import { FILTER_BYTES_MAX } from '../jsonapi/filter.js';
import type { ListRules } from '../jsonapi/list-query.js';
import { PAGE_LIMIT_MAX, PAGE_OFFSET_MAX, TOTAL_METHODS } from '../jsonapi/page.js';
import type { JsonSchema, SchemaComponents } from './schema-components.js';

export interface QueryParameter {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly style?: 'deepObject' | 'form';
  readonly explode?: boolean;
  readonly example?: object;
}

const page: QueryParameter = {
  name: 'page',
  in: 'query',
  style: 'deepObject',
  explode: true,
  example: { limit: 25, offset: 0 },
  description: `Which part of the list, in records: \`page[limit]\` (above ${PAGE_LIMIT_MAX} counts as ${PAGE_LIMIT_MAX}), \`page[offset]\`, and \`page[total_method]\`: the total is exact in any case.`,
  schema: {
    type: 'object',
    properties: {
      limit: { type: 'integer', minimum: 1 },
      offset: { type: 'integer', minimum: 0, maximum: PAGE_OFFSET_MAX },
      total_method: { type: 'string', enum: [...TOTAL_METHODS] },
    },
  },
};

const ifMatch: QueryParameter = {
  name: 'If-Match',
  in: 'header',
  description:
    'The `ETag` of an answer with the order: an older one is refused. `*` is any. A tag that a proxy made weak is taken for the one that it was.',
  schema: { type: 'string' },
};

/** What a route takes in its query and its headers, as it declares it. */
export function queryParameters(
  components: SchemaComponents,
  { list, query, precondition }: OperationNotes,
): QueryParameter[] {
  const headers = precondition === true ? [ifMatch] : [];
  const own = Object.entries(query?.shape ?? {}).map(([name, schema]) => ownParameter(components, name, schema));
  if (list === undefined) return [...own, ...headers];
  if (list === 'pages only') return [...own, page];
  return [...own, filterParameter(list), sortParameter(list), page];
}

function ownParameter(components: SchemaComponents, name: string, schema: z.ZodType): QueryParameter {
  const { description = '', ...json } = components.use(schema, 'input');
  const required = !schema.safeParse(undefined).success;
  return { name, in: 'query', ...(required ? { required } : {}), description: String(description), schema: json };
}

/** The rules themselves are told: what is not among them is refused. */
function filterParameter({ filters }: ListRules): QueryParameter {
  const rows = Object.entries(filters).map(
    ([name, field]) => `| \`${name}\` | ${Object.keys(field).sort().join(', ')} |`,
  );
  const lines = [
    'Conditions `operator(attribute,value)`: `:` between them is AND, `(a|b)` is OR; values may be quoted, and `+` is a plus.',
    '',
    '| attribute | operators |',
    '| --- | --- |',
    ...rows,
  ];
  return {
    name: 'filter',
    in: 'query',
    description: lines.join('\n'),
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: FILTER_BYTES_MAX,
      // The same for programs.
      'x-filters': Object.fromEntries(
        Object.entries(filters).map(([name, field]) => [name, Object.keys(field).sort()] as const),
      ),
    },
  };
}

function sortParameter({ sorts }: ListRules): QueryParameter {
  const names = Object.keys(sorts.columns);
  return {
    name: 'sort',
    in: 'query',
    description: `The order of the list, \`-\` for descending; \`${sorts.byDefault}\` when left out. Records that are equal in it follow their ids.`,
    schema: { type: 'string', enum: names.flatMap((name) => [name, `-${name}`]) },
  };
}
