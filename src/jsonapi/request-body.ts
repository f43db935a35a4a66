import { z } from 'zod';
import { parseUuid } from '../crypto/identifiers.js';
import { type ConfiguredRules, type FaultStyle, faultStyles, type RuleParams } from './faults.js';

/** The body `{ "data": { … } }` of a write, with the style in which its faults are told. */
export function requestBody<Attributes extends z.ZodType>(
  style: FaultStyle,
  attributes: Attributes,
  configured: ConfiguredRules = () => [],
) {
  const schema = z.object({ data: attributes });
  schema.register(faultStyles, { style, configured });
  return schema;
}

/** A broken rule for `ctx.addIssue` and `refine`, worded by the style of the resource. */
export function broken(params: RuleParams, path: PropertyKey[] = []) {
  return { code: 'custom' as const, params: { ...params }, path };
}

/** `type` may be left out; a wrong one is a fault. Some clients send an empty one. */
export function typeMember<Name extends string>(name: Name) {
  return z.union([z.literal(name), z.literal('')]).nullish();
}

const SAFE_INTEGER = { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

/** How the document of the interface shows text that is taken as a number too. */
export function textOrInteger(lengthMax: number, rules: { pattern?: string } = {}) {
  return { anyOf: [{ type: 'string', maxLength: lengthMax, ...rules }, SAFE_INTEGER, { type: 'null' }] };
}

/**
 * An id that the writer brings, lower-cased; `""` and null count as absent. Whether the caller may bring one is the
 * service's matter.
 */
export const broughtId = z
  .string()
  .meta({ pattern: '^$|^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' })
  .nullish()
  .transform((text, context): string | undefined => {
    if (text === undefined || text === null || text === '') return undefined;
    const id = parseUuid(text);
    if (id !== null) return id;
    context.addIssue({ code: 'invalid_format', format: 'uuid', input: text });
    return z.NEVER;
  });
