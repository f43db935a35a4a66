import './node-version.mjs';
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { createInterface } from 'node:readline';
import { whenNpmLeaves } from './npm-parent.mjs';
import { inProject, ROOT, runNode } from './project.mjs';
import { serviceEnvironment, spawnService } from './service.mjs';
import { setUpOrExit } from './setup.mjs';

/** Editors write a file in several steps. */
const SETTLE_MILLISECONDS = 100;

await setUpOrExit();

let service = null;
let stopping = false;
let restarting = Promise.resolve();

const compiler = spawn(
  process.execPath,
  [
    inProject('node_modules/typescript/bin/tsc'),
    '-p',
    'tsconfig.build.json',
    // Here the compiler is the one who tells of mistakes in types; `npm run lint` does it for what is committed.
    '--noCheck',
    'false',
    '--watch',
    '--preserveWatchOutput',
    '--pretty',
  ],
  { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], detached: true },
);
createInterface({ input: compiler.stdout }).on('line', (line) => {
  console.error(line);
  if (/Found 0 errors/.test(line)) restart();
});
compiler.once('exit', () => void stop(1));

let settling;
watch(inProject('prisma'), { recursive: true }, () => {
  clearTimeout(settling);
  settling = setTimeout(() => void regenerate(), SETTLE_MILLISECONDS);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void stop(0));
process.on('disconnect', () => void stop(0));
whenNpmLeaves(() => void stop(0));

/** One at a time, and only with what compiles: a mistake leaves the last good version running. */
function restart() {
  restarting = restartAfter(restarting);
}

async function restartAfter(earlier) {
  await earlier;
  if (stopping) return;
  service?.child.kill('SIGTERM');
  await service?.exitCode;
  if (!stopping) service = spawnService(process.argv.slice(2), serviceEnvironment(), 'dist/main.js');
}

/** A changed schema reaches the compiler through the generated client; a changed migration needs a restart only. */
async function regenerate() {
  try {
    await runNode(['node_modules/prisma/build/index.js', 'generate', '--no-hints'], 'on failure');
    restart();
  } catch (cause) {
    console.error(cause.message);
  }
}

async function stop(code) {
  if (stopping) return;
  stopping = true;
  compiler.kill('SIGKILL');
  service?.child.kill('SIGTERM');
  await restarting;
  await service?.exitCode;
  process.exit(code);
}
