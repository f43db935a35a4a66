/** What one member of a resource is, for forms that are built from it. */
export interface Attribute {
  type: 'string' | 'boolean' | 'enum' | 'object';
  /** The name of the member. */
  value: string;
  /** The name for people. */
  label: string;
  /** Whether a resource cannot be made without it. */
  required: boolean;
  description: string;
  options?: string[];
}

/** The members of a resource that a writer gives. */
export interface Attributes {
  data: Attribute[];
  meta: { entity: string; version: string };
}

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
