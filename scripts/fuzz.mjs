// Tries many random cases where the tests try some. What fails is shown in its smallest form, with the seed that makes it again.
//
//   npm run fuzz                                   10,000 cases of each property, by a seed of its own
//   FUZZ_SEED=7 FUZZ_RUNS=500 npm run fuzz         500 of each, always the same ones
//   npm run fuzz -- pkce                           the files whose name contains "pkce"
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { constants } from 'node:os';
import { inProject, ROOT } from './project.mjs';
import { setUp } from './setup.mjs';

const seed = wholeNumber('FUZZ_SEED', 0, randomInt(1_000_000_000));
const runs = wholeNumber('FUZZ_RUNS', 1, 10_000);
await setUp();
console.log(`${runs} cases of each property; the same again: FUZZ_SEED=${seed} FUZZ_RUNS=${runs} npm run fuzz`);

const vitest = inProject('node_modules', 'vitest', 'vitest.mjs');
const args = [
  'run',
  '--config',
  'vitest.fuzz.config.ts',
  ...process.argv.slice(2).filter((argument) => argument !== '--'),
];
const child = spawn(process.execPath, [vitest, ...args], {
  cwd: ROOT,
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_SEED: String(seed),
    FUZZ_RUNS: String(runs),
    UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '16',
  },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});

function wholeNumber(name, least, otherwise) {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  console.error(`${name} must be a whole number from ${least} to 999999999, not ${JSON.stringify(text)}.`);
  return process.exit(2);
}
