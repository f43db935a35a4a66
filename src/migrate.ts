import { readConfig } from './config/config.js';
import { applyMigrations } from './database/migrations.js';
import { StartupError } from './errors/startup-error.js';
import { describeFailure } from './launch/failure.js';

try {
  // The rest of the environment is the service's: a job that migrates needs no master key.
  const { DATABASE_URL, DATABASE_URL_FILE } = process.env;
  const { databaseUrl } = readConfig({ DATABASE_URL, DATABASE_URL_FILE });
  if (databaseUrl === null) {
    throw new StartupError('DATABASE_URL is required: give the postgresql:// URL of the database to migrate');
  }
  const { applied } = await applyMigrations(databaseUrl);
  const lines = applied.length === 0 ? ['The schema is current.'] : applied.map((name) => `Applied ${name}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exit(0);
} catch (cause) {
  process.stderr.write(`${describeFailure(cause, process.env).join('\n')}\n`);
  process.exit(1);
}
