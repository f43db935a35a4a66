import './node-version.mjs';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { findChromium } from './browser.mjs';
import { forgetStatements, requireDistributable } from './distributed/statements.mjs';
import { forgetSeen, requireEverythingSeen } from './interface-coverage.mjs';
import { whenNpmLeaves } from './npm-parent.mjs';
import { inProject, ROOT } from './project.mjs';
import { setUp } from './setup.mjs';

const REPORT = '.cache/vitest.json';
const STOP_MILLISECONDS = 10_000;

const tally = { passed: 0, failed: 0 };
/** What runs now. */
const current = new Set();
let interrupted = false;

const args = process.argv.slice(2).filter((argument) => argument !== '--');
const selection = args.filter((argument) => argument !== '--node24');
process.exit(args.includes('--node24') ? await againOnNode24() : await runGates());

/** Everything that a change must pass. The first gate that fails is the last that runs; the last line is the result. */
async function runGates() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  whenNpmLeaves(interrupt);
  // One stage after the other; what stands in one runs side by side, as each of it keeps one core busy.
  const stages = [
    [['set-up', setUp]],
    [
      ['format', () => gate('node_modules/oxfmt/bin/oxfmt', '--check')],
      [
        'lint and types',
        () => gate('node_modules/oxlint/bin/oxlint', '--type-aware', '--type-check', '--deny-warnings'),
      ],
      ['interface', lintInterface],
    ],
    ...(selection.length > 0 ? [] : [[['a browser for the reference', chooseBrowser]]]),
    [['tests', runTests]],
    // A selection of tests sees a part of the interface only.
    ...(selection.length > 0 ? [] : [[['every documented answer was seen', () => requireEverythingSeen()]]]),
    [['every statement can run distributed', () => requireDistributable({ all: selection.length === 0 })]],
  ];
  try {
    for (const stage of stages) {
      if (interrupted) break;
      const held = await Promise.all(stage.map(([name, run]) => holds(name, run)));
      if (held.includes(false)) break;
    }
  } finally {
    await clearUp();
  }
  if (interrupted) tally.failed += 1;
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 ? 0 : 1;
}

/** A machine without a browser can do without; where REQUIRE_BROWSER=yes, as for changes that are to land, it cannot. */
async function chooseBrowser() {
  const chromium = findChromium();
  if (chromium !== null) {
    process.env.CHROMIUM = chromium;
    return;
  }
  delete process.env.CHROMIUM;
  const told = 'No Chromium here: the reference at /docs is not looked at in a browser (npm run test:browser).';
  if (process.env.REQUIRE_BROWSER === 'yes') throw new Error(told);
  console.log(told);
}

/** The document of the interface by the rules that its linter recommends, none switched off. */
function lintInterface() {
  const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  Object.assign(process.env, quiet);
  const rules = ['--extends=recommended', '--format=summary'];
  return gate('node_modules/@redocly/cli/bin/cli.js', 'lint', 'openapi.json', ...rules);
}

async function holds(name, run) {
  const begin = Date.now();
  const seconds = () => `${((Date.now() - begin) / 1000).toFixed(1)} s`;
  try {
    await run();
    console.log(`✓ ${name} (${seconds()})`);
    if (name !== 'tests') tally.passed += 1;
    return true;
  } catch (cause) {
    console.log(`✗ ${name} (${seconds()}): ${cause.message}`);
    if (name !== 'tests') tally.failed += 1;
    return false;
  }
}

async function runTests() {
  const report = inProject(REPORT);
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  forgetSeen();
  forgetStatements();
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  let failure = null;
  try {
    await gate('node_modules/vitest/vitest.mjs', 'run', ...reporters, ...selection);
  } catch (cause) {
    failure = cause;
  }
  const { numPassedTests = 0, numFailedTests = 0 } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  tally.passed += numPassedTests;
  // A file that cannot be loaded, or an error outside of any test, counts as one.
  tally.failed += failure === null ? numFailedTests : Math.max(1, numFailedTests);
  if (failure !== null) throw failure;
}

/** Runs a program in a process group of its own, so that nothing of it can be left behind. */
function gate(program, ...programArgs) {
  return new Promise((resolve, reject) => {
    const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
    const child = spawn(process.execPath, [inProject(program), ...programArgs], {
      cwd: ROOT,
      env: 'FORCE_COLOR' in process.env ? process.env : { ...color, ...process.env },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    current.add(child);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      current.delete(child);
      signalGroup(child.pid, 'SIGKILL');
      if (code === 0) resolve();
      else reject(new Error(signal ?? `exit code ${code}`));
    });
  });
}

function interrupt() {
  interrupted = true;
  for (const { pid } of current) {
    if (pid === undefined) continue;
    signalGroup(pid, 'SIGTERM');
    setTimeout(() => signalGroup(pid, 'SIGKILL'), STOP_MILLISECONDS).unref();
  }
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (cause) {
    if (cause.code !== 'ESRCH') throw cause;
  }
}

/** A run that was killed leaves its Postgres, which stands outside of the group. */
async function clearUp() {
  if (!existsSync(inProject('dist/launch/throwaway-folders.js'))) return;
  const { sweepThrowawayFolders } = await import('../dist/launch/throwaway-folders.js');
  await sweepThrowawayFolders();
}

async function againOnNode24() {
  const npx = ['-y', '--package=node@24', '--', 'node', '-p', 'process.execPath'];
  const node24 = execFileSync('npx', npx, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  const rest = process.argv.slice(2).filter((argument) => argument !== '--node24');
  const PATH = [dirname(node24), process.env.PATH].join(delimiter);
  console.log(`Node ${execFileSync(node24, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()}`);
  const child = spawn(node24, [inProject('scripts/test.mjs'), ...rest], {
    env: { ...process.env, PATH },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
