import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { whenNpmLeaves } from './npm-parent.mjs';
import { inProject, ROOT } from './project.mjs';

const STOP_MILLISECONDS = 10_000;

const tally = { passed: 0, failed: 0 };
/** The programs that run now. */
const current = new Set();
let interrupted = false;

/**
 * Runs stages one after the other until one fails; the gates of a stage run side by side. The last line that is printed is the result.
 *
 * @param stages lists of `[name, run]`. A gate that counts for itself, as a run of tests does, returns `{ passed, failed }`; whatever
 *   another one returns, to end without an exception is to pass
 * @returns the exit code
 */
export async function runGates(stages) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  whenNpmLeaves(interrupt);
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

async function holds(name, run) {
  const begin = Date.now();
  let counted = { passed: 1, failed: 0 };
  let told = '';
  try {
    const result = await run();
    if (typeof result?.failed === 'number') counted = result;
  } catch (cause) {
    counted = { passed: 0, failed: 1 };
    told = `: ${cause.message}`;
  }
  const well = counted.failed === 0;
  console.log(`${well ? '✓' : '✗'} ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)${told}`);
  tally.passed += counted.passed;
  tally.failed += counted.failed;
  return well;
}

/**
 * Runs a program of Node's in a process group of its own, so that nothing of it can be left behind.
 *
 * @param variables added to the environment
 * @throws Error with the exit code or the signal that ended it, unless it ended with 0
 */
export function runProgram(program, programArgs = [], variables = {}, node = process.execPath) {
  return new Promise((resolve, reject) => {
    const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
    const child = spawn(node, [inProject(program), ...programArgs], {
      cwd: ROOT,
      env: { ...('FORCE_COLOR' in process.env ? {} : color), ...process.env, ...variables },
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
