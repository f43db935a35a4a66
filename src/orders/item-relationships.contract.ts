import { z } from 'zod';
import { named } from '../jsonapi/named.js';
import { optional } from './order-members.js';

const NAME_LENGTH_MAX = 255;
/** Of all relationships of an item, as JSON. Dozens of them fit; an order may have a thousand items. */
const BYTES_MAX = 4_096;
/** No relationship is called so, and careless code reaches the prototype of every object by it. */
const FORBIDDEN = '__proto__';

const identifierText = z.string().min(1).max(NAME_LENGTH_MAX);
const identifier = { type: identifierText, id: identifierText };

/** To one resource, to none, or to several (JSON:API section 7.3). */
function linkageOf<Identifier extends z.ZodType>(resource: Identifier) {
  return z.union([resource, z.array(resource), z.null()]);
}

/**
 * What the writer's system relates an item to, as it is given: the service knows none of those resources. A relationship that names
 * nothing, since it has no `data`, is left out.
 */
export const GivenItemRelationships = optional(
  z
    .record(z.string().max(NAME_LENGTH_MAX), optional(z.object({ data: linkageOf(z.object(identifier)).optional() })))
    .transform((given): ItemRelationships => {
      const entries = Object.entries(given).flatMap(([name, relationship]) => {
        const data = relationship?.data;
        return data === undefined || name === FORBIDDEN ? [] : [[name, { data }] as const];
      });
      return Object.fromEntries(entries);
    })
    .refine((relationships) => Buffer.byteLength(JSON.stringify(relationships)) <= BYTES_MAX, {
      params: { rule: 'max_bytes', limit: BYTES_MAX },
    }),
);

const ResourceIdentifier = named(
  'ResourceIdentifier',
  'Names a resource by type and id, of this service or of another one (JSON:API section 7.4).',
  z.strictObject(identifier),
);

export const ItemRelationships = z
  .record(z.string(), z.strictObject({ data: linkageOf(ResourceIdentifier) }))
  .describe('What the writer gave, such as the item of a cart that this one was; none once the order is anonymized.');
export type ItemRelationships = z.output<typeof ItemRelationships>;
