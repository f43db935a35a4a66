// After the tests: what the service sent to its database keeps to the rules of a distributed one, statement by statement.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { inProject } from '../project.mjs';
import { statementJudge } from './judge.mjs';

/** Written by test/harness/statements/recorded-statements.ts. */
const FOLDER = '.cache/statements';
/** Far fewer than all tests send. */
const FEWEST = 500;
const FAULTS_SHOWN = 20;
const CHARACTERS_SHOWN = 600;

/** Before the tests: what an earlier run has sent does not count. */
export function forgetStatements() {
  rmSync(inProject(FOLDER), { recursive: true, force: true });
}

/**
 * @param {{ all: boolean }} tests whether all of them ran
 * @returns how many different statements there were
 * @throws Error that shows those that break a rule
 */
export async function requireDistributable({ all }) {
  const statements = recorded();
  // A recorder that records little would let everything pass.
  if (all && statements.length < FEWEST)
    throw new Error(`only ${statements.length} statements of the service were recorded`);
  if (statements.length === 0) return 0;
  const faulty = await withScratchDatabase(async (client) => {
    const judge = await statementJudge(client);
    const found = [];
    for (const text of statements) {
      const faults = await judge.statement(text);
      if (faults.length > 0) found.push(`${faults.join('; ')}:\n    ${text.slice(0, CHARACTERS_SHOWN)}`);
    }
    return found;
  });
  if (faulty.length === 0) return statements.length;
  const shown = faulty.slice(0, FAULTS_SHOWN);
  throw new Error([`${faulty.length} statements cannot run distributed`, ...shown].join('\n  '));
}

function recorded() {
  const folder = inProject(FOLDER);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sql')) : [];
  const lines = files.flatMap((name) => readFileSync(`${folder}/${name}`, 'utf8').split('\n'));
  return [...new Set(lines.filter((line) => line !== ''))].map((line) => JSON.parse(line));
}

async function withScratchDatabase(work) {
  // Loaded here, as all of it is there after the set-up only.
  const [{ default: pg }, { startEmbeddedPostgres }, { applyMigrations }, throwaway] = await Promise.all([
    import('pg'),
    import('../../dist/launch/embedded-postgres.js'),
    import('../../dist/database/migrations.js'),
    import('../../dist/launch/throwaway-folders.js'),
  ]);
  const scratch = throwaway.makeThrowawayFolder('ephemeral');
  try {
    const postgres = await startEmbeddedPostgres(scratch, { throwaway: true });
    const client = new pg.Client({ connectionString: postgres.url });
    try {
      await applyMigrations(postgres.url);
      await client.connect();
      return await work(client);
    } finally {
      await client.end();
      await postgres.stop();
    }
  } finally {
    throwaway.removeThrowawayFolder(scratch);
  }
}
