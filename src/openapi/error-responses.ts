import { type CatalogEntry, type ErrorCode, errorCatalog } from '../errors/error-catalog.js';
import type { JsonSchema, SchemaComponents } from './schema-components.js';

/** Members of an entry of `errors` that only some codes have. */
const FURTHER_MEMBERS: Readonly<Partial<Record<ErrorCode, Readonly<Record<string, JsonSchema>>>>> = {
  member_invalid: { source: { const: 'data' } },
  id_taken: {
    meta: {
      type: 'object',
      description: 'When the order that has the id was written last.',
      properties: { updated_at: { $ref: '#/components/schemas/Seconds' } },
      required: ['updated_at'],
      additionalProperties: false,
    },
  },
  anonymization_refused: {
    meta: {
      type: 'object',
      properties: { order_id: { type: 'string', format: 'uuid' } },
      required: ['order_id'],
      additionalProperties: false,
    },
  },
};

const EXAMPLE_REQUEST_ID = '0f3c5a52-7a3e-4f0e-9d0b-6f1f4f6c2a11';

/** The statuses that no operation has in particular stand together. */
function keyOf(status: number): string {
  return status >= 500 ? '5XX' : String(status);
}

/** The error documents that an operation may answer: by status, which schema and which examples. */
export function errorResponses(
  components: SchemaComponents,
  codes: Iterable<ErrorCode>,
  oauth: boolean,
): Map<string, { codes: ErrorCode[]; schema: JsonSchema }> {
  const byStatus = new Map<string, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const key = keyOf(errorCatalog[code].status);
    byStatus.set(key, [...(byStatus.get(key) ?? []), code]);
  }
  return new Map(
    [...byStatus].map(([key, ofStatus]) => {
      const sorted = ofStatus.sort();
      return [key, { codes: sorted, schema: documentSchema(components, sorted, oauth) }];
    }),
  );
}

function documentSchema(components: SchemaComponents, codes: readonly ErrorCode[], oauth: boolean): JsonSchema {
  const entries = codes.map((code) => {
    components.add(`Error.${code}`, entrySchema(code, errorCatalog[code]));
    return { $ref: `#/components/schemas/Error.${code}` };
  });
  const [first] = entries;
  const items = entries.length === 1 && first !== undefined ? first : { anyOf: entries };
  const errors = { type: 'array', minItems: 1, items };
  const beside = oauth ? { error: { type: 'string' }, error_description: { type: 'string' } } : {};
  return {
    type: 'object',
    properties: { errors, ...beside },
    required: ['errors', ...Object.keys(beside)],
    additionalProperties: false,
  };
}

function entrySchema(code: ErrorCode, { status, title, detail }: CatalogEntry): JsonSchema {
  const further = FURTHER_MEMBERS[code] ?? {};
  return {
    type: 'object',
    title,
    properties: {
      status: { const: status },
      title: { type: 'string' },
      detail: { type: 'string', description: 'For people.' },
      code: { const: code },
      request_id: { type: 'string', description: 'The same as in the header `X-Request-Id` and in the log.' },
      ...further,
    },
    required: ['status', 'title', 'detail', 'code', 'request_id'],
    additionalProperties: false,
    examples: [{ status, title, detail, code, request_id: EXAMPLE_REQUEST_ID }],
  };
}

/** An example of the whole answer for each code, under `components.examples`. */
export function errorExample(code: ErrorCode, oauth: boolean): JsonSchema {
  const { status, title, detail, oauthError }: CatalogEntry = errorCatalog[code];
  const errors = [{ status, title, detail, code, request_id: EXAMPLE_REQUEST_ID }];
  const fallback = status >= 500 ? 'server_error' : 'invalid_request';
  const beside = oauth ? { error: oauthError ?? fallback, error_description: detail } : {};
  return { summary: title, value: { errors, ...beside } };
}
