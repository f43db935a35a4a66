import { z } from 'zod';

/** Gives a schema its name in the document of the interface, where it is written once. Returns the schema itself. */
export function named<Schema extends z.ZodType>(id: string, description: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { id, description });
  return schema;
}
