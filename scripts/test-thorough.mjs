// What `npm test` takes in samples, whole: every cell of every matrix, at least 200 cases of each property, all rounds of races and
// kills, plans on 100,000 rows; and what needs programs that not every machine has. Before it, `npm test` must have passed.
//
//   npm run test:thorough                    everything
//   npm run test:thorough -- test/orders     some tests, whole, and nothing else
//   npm run test:thorough -- --in=zone       the tests of `npm test` in the environments whose name has this word, and nothing else
import './node-version.mjs';
import { findChromium } from './browser.mjs';
import { environments } from './environments.mjs';
import { runGates, runProgram } from './gates.mjs';
import { node24Program } from './node24.mjs';
import { testsThatReach } from './related-tests.mjs';
import { setUp } from './setup.mjs';
import { runTests } from './test-run.mjs';

const THOROUGH = { TEST_TIER: 'thorough' };

const args = process.argv.slice(2).filter((argument) => argument !== '--');
const selection = args.filter((argument) => !argument.startsWith('--in='));
const place = args.find((argument) => argument.startsWith('--in='))?.slice('--in='.length);

process.exit(await runGates([[['set-up', setUp]], ...stages()]));

function stages() {
  if (place !== undefined) return inEnvironments(environments().filter(({ name }) => name.includes(place)));
  return selection.length > 0 ? selected() : everything();
}

function selected() {
  return [[['tests', () => runTests('selection', selection, THOROUGH)]]];
}

function everything() {
  return [
    [['tests, whole', () => runTests('thorough', testsThatReach('test/harness/tier/sizes.ts'), THOROUGH)]],
    [['the reference in a browser', lookAtReference]],
    ...inEnvironments(environments()),
    [['containers', () => runProgram('scripts/containers.mjs')]],
    [['a tenth of the security checks', () => runProgram('scripts/mutants.mjs', ['--tenth'])]],
  ];
}

function inEnvironments(chosen) {
  return chosen.map((environment) => [[`tests in ${environment.name}`, () => testIn(environment)]]);
}

/** A machine without a browser can do without; where REQUIRE_BROWSER=yes, as for changes that are to land, it cannot. */
async function lookAtReference() {
  const CHROMIUM = findChromium();
  if (CHROMIUM !== null)
    return runTests('browser', ['--config', 'vitest.browser.config.ts'], { ...THOROUGH, CHROMIUM });
  const told = 'no Chromium here: the reference at /docs is not looked at in a browser (npm run test:browser)';
  if (process.env.REQUIRE_BROWSER === 'yes') throw new Error(told);
  console.log(told);
  return { passed: 0, failed: 0 };
}

/** The tests of `npm test`, in samples as there. */
async function testIn({ name, variables, node24 = false }) {
  const node = node24 ? node24Program() : process.execPath;
  return runTests(`in ${name}`.replaceAll(/\W+/g, '-'), [], variables, node);
}
