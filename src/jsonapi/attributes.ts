import { z } from 'zod';
import { named } from './named.js';

export const Attribute = named(
  'Attribute',
  'What one member of a resource is, for forms that are built from it.',
  z.strictObject({
    type: z.enum(['string', 'boolean', 'enum', 'object']),
    value: z.string().describe('The name of the member.'),
    label: z.string().describe('The name for people.'),
    required: z.boolean().describe('Whether a resource cannot be made without it.'),
    description: z.string(),
    options: z.array(z.string()).exactOptional(),
  }),
);
export type Attribute = z.output<typeof Attribute>;

export const Attributes = named(
  'Attributes',
  'The members of a resource that a writer gives.',
  z.strictObject({ data: z.array(Attribute), meta: z.strictObject({ entity: z.string(), version: z.string() }) }),
);
export type Attributes = z.output<typeof Attributes>;

const VERSION = '2.0.0';

export function attributesOf(entity: string, data: Attribute[]): Attributes {
  return { data, meta: { entity, version: VERSION } };
}

export function attribute(
  type: 'string' | 'boolean' | 'object',
  value: string,
  label: string,
  description: string,
): Attribute {
  return { type, value, label, required: false, description };
}

export function choice(
  value: string,
  label: string,
  description: string,
  enumeration: Readonly<Record<string, string>>,
): Attribute {
  return { type: 'enum', value, label, required: false, description, options: Object.values(enumeration) };
}

export function required(described: Attribute): Attribute {
  return { ...described, required: true };
}
