import { Pool } from 'pg';
import { openSchemaEngine, WHOLE_SCHEMA } from './schema-engine.js';

/**
 * The SQL that leads from one Prisma schema to another, as the schema engine writes it.
 *
 * @param databaseUrl any Postgres; the engine looks at its kind only
 * @param from text of a schema, or null for an empty database
 */
export async function schemaDifference(databaseUrl: string, from: string | null, to: string): Promise<string> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  try {
    const engine = await openSchemaEngine(pool);
    const { stdout } = await engine.diff({
      from: from === null ? { tag: 'empty' } : datamodel(from),
      to: datamodel(to),
      script: true,
      exitCode: null,
      filters: WHOLE_SCHEMA,
    });
    return stdout ?? '';
  } finally {
    await pool.end();
  }
}

function datamodel(content: string) {
  return { tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] };
}
