import { ConnectionPool } from './connection-pool.js';
import { checkDifference, enumeratedColumns } from './enumerated-columns.js';
import { openSchemaEngine, WHOLE_SCHEMA } from './schema-engine.js';

/** What the engine writes where nothing differs. */
const NOTHING = '-- This is an empty migration.';
/** Whatever the role or the database says. */
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * The SQL that leads from one Prisma schema to another: as the schema engine writes it, with the CHECK constraints of enumerated
 * columns, which Prisma does not know.
 *
 * @param databaseUrl any Postgres; the engine looks at its kind only
 * @param from text of a schema, or null for an empty database
 * @returns empty where nothing differs
 */
export async function schemaDifference(databaseUrl: string, from: string | null, to: string): Promise<string> {
  const { drops, adds } = checkDifference(enumeratedColumns(from ?? ''), enumeratedColumns(to));
  const tables = await tableDifference(databaseUrl, from, to);
  return [drops, tables.trim() === NOTHING ? '' : tables, adds].filter((part) => part !== '').join('\n');
}

async function tableDifference(databaseUrl: string, from: string | null, to: string): Promise<string> {
  const pool = new ConnectionPool(databaseUrl, { max: 1, statement_timeout: STATEMENT_TIMEOUT_MS });
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
