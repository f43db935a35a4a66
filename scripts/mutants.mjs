// Removes the security checks of scripts/security-checks.mjs one at a time, each in a copy of the tree, and runs the tests that
// should notice. Comments in the sources mark where they stand (scripts/mutations.mjs). A check whose removal goes unnoticed is not
// proven: the run fails and names it.
//
//   npm run mutants              all of them
//   npm run mutants -- scope     those whose name contains "scope"
//   npm run mutants -- --tenth   a tenth of them, with each commit the next one
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chosenChecks, sampleSeed } from './mutants-arguments.mjs';
import { markersIn, withoutCheck } from './mutations.mjs';
import { securityChecks } from './security-checks.mjs';
import { setUp } from './setup.mjs';

// These start the built service, which in the copy is not there: what they show, others show within the process.
const PROCESS_TESTS = ['**/*.processes.test.ts', '**/customers.controller.races.test.ts'];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const COPIED = [
  'src',
  'test',
  'prisma',
  'scripts',
  'examples',
  'package.json',
  'README.md',
  '.env.example',
  'openapi.json',
];
const CONFIGURATION = ['tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts', 'nest-cli.json', 'prisma.config.ts'];

await setUp();
const { checks, told } = chosenChecks(securityChecks, process.argv.slice(2));
console.log(told);
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mutants-'));
let running;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running?.kill(signal);
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
}

const survivors = [];
try {
  for (const path of [...COPIED, ...CONFIGURATION]) cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  // A test that fails anyway would notice everything.
  const concerned = [...new Set(checks.flatMap(({ tests }) => tests))];
  if ((await runTests(concerned)) !== 0)
    throw new Error(`the tests fail before anything is removed: ${concerned.join(' ')}`);
  const markers = markersIn(folder);
  for (const check of checks) {
    const noticed = await isNoticed(check, markers);
    console.log(`${noticed ? 'noticed ' : 'SURVIVED'}  ${check.name}`);
    if (!noticed) survivors.push(check.name);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${checks.length - survivors.length} passed, ${survivors.length} failed`);
process.exitCode = survivors.length === 0 && checks.length > 0 ? 0 : 1;

/** Whether the tests fail once the check is gone. */
async function isNoticed({ name, at = name, instead, tests }, markers) {
  const [marker, ...others] = markers.filter((marker) => marker.name === at);
  if (marker === undefined || others.length > 0) throw new Error(`the marker "check: ${at}" must stand once in src`);
  const path = join(folder, marker.path);
  writeFileSync(path, withoutCheck(marker, instead));
  try {
    return (await runTests(tests)) !== 0;
  } finally {
    writeFileSync(path, marker.text);
  }
}

function runTests(tests) {
  return new Promise((resolve, reject) => {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const excluded = PROCESS_TESTS.flatMap((pattern) => ['--exclude', pattern]);
    running = spawn(process.execPath, [vitest, 'run', '--bail=1', '--reporter=dot', ...excluded, ...tests], {
      cwd: folder,
      stdio: 'ignore',
      env: { UV_THREADPOOL_SIZE: '16', TEST_SEED: sampleSeed(), ...process.env },
    });
    running.on('error', reject);
    running.on('exit', (code) => resolve(code));
  });
}
