import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { runProgram } from './gates.mjs';
import { inProject } from './project.mjs';

/** Reports of runs by their names, as JSON of Vitest. */
export const REPORTS = '.cache/reports';

/**
 * Runs tests with Vitest.
 *
 * @param name of the report
 * @param args of Vitest: files, or parts of their names; none for all
 * @param variables added to the environment
 * @returns how many tests passed and failed; what fails outside of any test counts as one
 */
export async function runTests(name, args, variables = {}, node = process.execPath) {
  const report = inProject(REPORTS, `${name}.json`);
  mkdirSync(inProject(REPORTS), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  let least = 0;
  try {
    await runProgram('node_modules/vitest/vitest.mjs', ['run', ...reporters, ...args], variables, node);
  } catch {
    least = 1;
  }
  const { numPassedTests = 0, numFailedTests = 0 } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  return { passed: numPassedTests, failed: Math.max(least, numFailedTests) };
}
