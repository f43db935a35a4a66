// Where the time of the last runs went: the twenty files of tests that took longest, of all reports together.
//
//   node scripts/slowest-files.mjs
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inProject, ROOT } from './project.mjs';
import { REPORTS } from './test-run.mjs';

const SHOWN = 20;

const folder = inProject(REPORTS);
const reports = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
const files = reports.flatMap((report) => {
  const { testResults } = JSON.parse(readFileSync(inProject(REPORTS, report), 'utf8'));
  return testResults.map(({ name, startTime, endTime, assertionResults }) => ({
    run: report.replace(/\.json$/, ''),
    file: relative(ROOT, name),
    seconds: (endTime - startTime) / 1_000,
    tests: assertionResults.length,
  }));
});
console.log('The files of tests that took longest:');
for (const { run, file, seconds, tests } of files
  .toSorted((one, other) => other.seconds - one.seconds)
  .slice(0, SHOWN)) {
  console.log(`${seconds.toFixed(1).padStart(8)} s  ${file} (${tests} tests, ${run})`);
}
