import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProvidedContext } from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `test`: tables and rounds in samples. `thorough`: all of them. */
    tier: 'test' | 'thorough';
    /** Decides which cells and cases the samples hold. */
    seed: string;
    /** A folder in which the workers note what they took. */
    samplesFolder: string;
  }
}

/** How much of a table, or how many rounds, a run took. */
export interface TakenSample {
  readonly title: string;
  readonly taken: number;
  readonly of: number;
}

/**
 * Decides once for a whole run which tier it is, and by which seed it samples. TEST_TIER and TEST_SEED say so; without a seed the
 * commit does, so that everybody who tests a commit tests the same.
 *
 * @returns what to do at the end of the run: it prints how many of how many were taken
 * @throws Error when TEST_TIER is no tier
 */
export function decideTier(project: TestProject): () => void {
  const tier = process.env['TEST_TIER'] || 'test';
  if (tier !== 'test' && tier !== 'thorough') throw new Error(`TEST_TIER must be test or thorough, not ${tier}`);
  const seed = process.env['TEST_SEED'] || commit();
  const samplesFolder = mkdtempSync(join(tmpdir(), 'gatehouse-samples-'));
  project.provide('tier', tier);
  project.provide('seed', seed);
  project.provide('samplesFolder', samplesFolder);
  return () => {
    report(samplesIn(samplesFolder), seed, tier);
    rmSync(samplesFolder, { recursive: true, force: true });
  };
}

/** The commit that is checked out, or a word where there is none, as in an archive of the sources. */
function commit(): string {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8', stdio }).trim();
  } catch {
    return 'no-commit';
  }
}

function samplesIn(folder: string): TakenSample[] {
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
  return lines
    .map((line) => JSON.parse(line) as TakenSample)
    .toSorted((one, other) => (one.title < other.title ? -1 : 1));
}

function report(samples: readonly TakenSample[], seed: string, tier: ProvidedContext['tier']): void {
  if (samples.length === 0) return;
  const lines = samples.map(({ title, taken, of }) => `${`${taken} of ${of}`.padStart(16)}  ${title}`);
  const more = tier === 'test' ? '; all of them: npm run test:thorough' : '';
  process.stdout.write(
    `\nTaken of tables and rounds (the same again: TEST_SEED=${seed}${more}):\n${lines.join('\n')}\n`,
  );
}
