import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schemas (2020-12) of the document, made from the schemas that check requests and type answers. */
export class SchemaComponents {
  readonly schemas: Record<string, JsonSchema> = {};
  readonly examples: Record<string, JsonSchema> = {};
  readonly responses: Record<string, object> = {};

  /**
   * A schema as it stands where it is used: what has a name is a reference to `components.schemas`, which is filled by the way.
   *
   * @param io what a client may send, or what it is answered
   */
  use(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _, $defs = {}, ...here } = z.toJSONSchema(schema, { io });
    for (const [name, definition] of Object.entries($defs)) this.add(name, withReferences(definition));
    return withReferences(here);
  }

  add(name: string, schema: JsonSchema): void {
    const known = this.schemas[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`two schemas have the name ${name}`);
    }
    this.schemas[name] = schema;
  }
}

function withReferences(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
