import './node-version.mjs';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { inProject, ROOT } from './project.mjs';
import { setUpOrExit } from './setup.mjs';

const SCHEMA = 'prisma/schema.prisma';

const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Name the migration in lower case: npm run migration:new -- add_loyalty_points');
  process.exit(1);
}

await setUpOrExit();

const before = committedSchema();
const after = readFileSync(inProject(SCHEMA), 'utf8');
// Every database has this schema, and not every role may make one.
const sql = (await difference(before, after)).replace(/^-- CreateSchema\n.*\n\n/, '');
if (sql.trim() === '') {
  console.error(`${SCHEMA} is as it was committed: change it first`);
  process.exit(1);
}
const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const folder = `prisma/migrations/${time}_${name}`;
mkdirSync(inProject(folder));
writeFileSync(inProject(folder, 'migration.sql'), sql);
console.log(`${folder}/migration.sql: read it, and see that it keeps running versions working`);
process.exit(0);

/** Null where nothing has been committed yet. */
function committedSchema() {
  try {
    return execFileSync('git', ['show', `HEAD:${SCHEMA}`], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

/** The schema engine compares two texts, but insists on a database of the kind it is to write for: it gets a throwaway one. */
async function difference(from, to) {
  const [{ schemaDifference }, { startEmbeddedPostgres }, throwaway] = await Promise.all([
    import('../dist/database/schema-difference.js'),
    import('../dist/launch/embedded-postgres.js'),
    import('../dist/launch/throwaway-folders.js'),
  ]);
  const scratch = throwaway.makeThrowawayFolder('ephemeral');
  try {
    const postgres = await startEmbeddedPostgres(scratch, { throwaway: true });
    try {
      return await schemaDifference(postgres.url, from, to);
    } finally {
      await postgres.stop();
    }
  } finally {
    throwaway.removeThrowawayFolder(scratch);
  }
}
