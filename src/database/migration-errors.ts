import { DATABASE_SCHEMA } from '../config/database-url.js';
import { StartupError } from '../errors/startup-error.js';
import { databaseStartupError } from './database-startup-error.js';

/** The schema engine's codes for what an operator may meet. */
const SCHEMA_NOT_EMPTY = 'P3005';
const FAILED_BEFORE = 'P3009';

/** Why migrations cannot be applied, as one line for the operator. */
export function migrationStartupError(cause: unknown, databaseUrl: string): unknown {
  const known = databaseStartupError(cause, databaseUrl);
  if (known instanceof StartupError || !(cause instanceof Error) || cause.name !== 'SchemaConnectorError') return known;
  return new StartupError(`DATABASE_URL: ${explain(cause)}`, { cause });
}

function explain(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === SCHEMA_NOT_EMPTY) {
    return 'the database holds tables of something else: give Gatehouse a database of its own';
  }
  if (code === FAILED_BEFORE) {
    const name = /`(\w+)` migration/.exec(error.message)?.[1] ?? '';
    return (
      `migration ${name} failed at an earlier run (column "logs" of _prisma_migrations says why): mend the cause, run ` +
      `UPDATE ${DATABASE_SCHEMA}._prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${name}' AND finished_at IS NULL; and migrate again`
    );
  }
  // The rest is the engine's own call stack.
  const [reason = ''] = error.message.split(/\n\s*0: /);
  const name = /migration_name="(\w+)"/.exec(error.message)?.[1];
  const text = reason
    .replace(/^.*?ERROR: /s, '')
    .replace(/\s+/g, ' ')
    .trim();
  return name === undefined
    ? `migrations cannot be applied: ${text}`
    : `migration ${name} failed and was undone: ${text}`;
}
