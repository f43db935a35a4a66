import { z } from 'zod';

/** What the schemas of answers are made of. They type the answers and document them; tests check every answer against them. */

/** An id, always in lower case. */
export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  .meta({ format: 'uuid' });

/** RFC 3339 in UTC, whole seconds. */
export const seconds = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  .register(z.globalRegistry, { id: 'Seconds', format: 'date-time', description: 'RFC 3339 in UTC, whole seconds.' });

/** RFC 3339 in UTC, milliseconds. */
export const milliseconds = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .register(z.globalRegistry, {
    id: 'Milliseconds',
    format: 'date-time',
    description: 'RFC 3339 in UTC, milliseconds.',
  });

export const url = z.string().meta({ format: 'uri' });

/** `meta` of most resources. */
export const secondsMeta = z.strictObject({
  timestamps: z.strictObject({ created_at: seconds, updated_at: seconds }),
});

export const millisecondsMeta = z.strictObject({ created_at: milliseconds, updated_at: milliseconds });
