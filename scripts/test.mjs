// What a change must pass: on a fresh clone, in about two minutes. Matrices, property runs and races are samples here; `npm run
// test:thorough` takes the rest.
//
//   npm test                      everything
//   npm test -- test/orders       some tests, and nothing before them
//   npm test -- --node24          under Node 24
import './node-version.mjs';
import { forgetStatements, requireDistributable } from './distributed/statements.mjs';
import { runGates } from './gates.mjs';
import { forgetSeen, requireEverythingSeen } from './interface-coverage.mjs';
import { runOnNode24 } from './node24.mjs';
import { setUp } from './setup.mjs';
import { format, interfaceRules, lintAndTypes } from './static-gates.mjs';
import { runTests } from './test-run.mjs';

const args = process.argv.slice(2).filter((argument) => argument !== '--');
const selection = args.filter((argument) => argument !== '--node24');
process.exit(
  args.includes('--node24') ? await runOnNode24('scripts/test.mjs', selection) : await runGates(stagesOf(selection)),
);

function stagesOf(selected) {
  const setUpGate = ['set-up', setUp];
  if (selected.length > 0) return [[setUpGate], [['tests', () => runTests('selection', selected)]]];
  return [
    [setUpGate],
    // Side by side, as each keeps one core busy.
    [format, lintAndTypes, interfaceRules],
    [['tests', runAll]],
    [
      ['every documented answer was seen', () => requireEverythingSeen()],
      ['every statement can run distributed', () => requireDistributable({ all: true })],
    ],
  ];
}

function runAll() {
  forgetSeen();
  forgetStatements();
  return runTests('test', []);
}
