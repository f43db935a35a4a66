// What a change should pass while it is being made: format, lint and types, all tests that need no database, and the tests that the
// change concerns.
//
//   npm run check                 what differs from the last commit
//   npm run check -- main         what differs from another commit or branch
import './node-version.mjs';
import { runGates } from './gates.mjs';
import { importGraph } from './import-graph.mjs';
import { changedSince, pureTests, relatedTests } from './related-tests.mjs';
import { setUpToCompile } from './setup.mjs';
import { format, lintAndTypes } from './static-gates.mjs';
import { runTests } from './test-run.mjs';

const [base = 'HEAD'] = process.argv.slice(2).filter((argument) => argument !== '--');

process.exit(await runGates([[['set-up', setUpToCompile]], [format, lintAndTypes], [['tests', runChosen]]]));

function runChosen() {
  const graph = importGraph();
  const changed = changedSince(base);
  const [pure, related] = [pureTests(graph), relatedTests(changed, graph)];
  const chosen = [...new Set([...related, ...pure])];
  console.log(
    `${changed.length} files differ from ${base}: ${related.length} files of tests concern them, ${pure.length} need no database.`,
  );
  return runTests('check', chosen);
}
