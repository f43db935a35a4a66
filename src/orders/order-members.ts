import { z } from 'zod';
import { broken } from '../jsonapi/request-body.js';

/** What the schemas of orders are made of. Null counts as absent everywhere. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value): z.output<Schema> | undefined => value ?? undefined);
}

/** Text that may be left out; empty text counts as left out. */
export function text(lengthMax: number) {
  return z
    .string()
    .max(lengthMax)
    .nullish()
    .transform((value) => (value === null || value === '' ? undefined : value));
}

/** Text of a change: null where empty text or null takes away what is stored, undefined where it stays. */
export function removableText(lengthMax: number) {
  return z
    .string()
    .max(lengthMax)
    .nullish()
    .transform((value) => (value === '' ? null : value));
}

/** One of the values of an enumeration; empty text counts as left out. */
export function oneOf<Name extends string>(enumeration: Readonly<Record<string, Name>>) {
  return z
    .union([z.enum(enumeration), z.literal('')])
    .nullish()
    .transform((name): Name | undefined => (name === null || name === '' ? undefined : name));
}

const EARLIEST = new Date('1970-01-01T00:00:00.000Z');
const LATEST = new Date('9999-12-31T23:59:59.999Z');
/** How the document of the interface tells the shape; which dates there are, a pattern cannot say. */
const DATE_TIME_OR_EMPTY =
  '^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$';
const RFC_3339 = z.iso.datetime({ offset: true });

/** An RFC 3339 date-time with any offset, in years that every reader of our answers can write with four digits. */
export const moment = z
  .string()
  .meta({ pattern: DATE_TIME_OR_EMPTY })
  .nullish()
  .transform((value, context): Date | undefined => {
    if (value === undefined || value === null || value === '') return undefined;
    // "T" and "Z" may be in lower case (RFC 3339 section 5.6); the parsers know the capitals only.
    const written = value.toUpperCase();
    const time = new Date(written);
    if (!RFC_3339.safeParse(written).success) {
      context.addIssue({ code: 'invalid_format', format: 'datetime', input: value });
    } else if (time < EARLIEST || time > LATEST) {
      context.addIssue(broken({ rule: 'text', text: 'must lie in the years 1970 to 9999.' }));
    } else return time;
    return z.NEVER;
  });
