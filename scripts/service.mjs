import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, constants } from 'node:os';
import { resolve } from 'node:path';
import { inProject, ROOT } from './project.mjs';

/** Threads beside those that hash passwords: DNS look-ups and files need some at any moment. */
const THREADS_BESIDE_HASHING = 4;

/**
 * The environment of the service. Password hashes run on libuv's threads, whose number is fixed before the first of them starts:
 * it cannot be set by the process itself.
 */
export function serviceEnvironment() {
  const hashes = Number(process.env.HASH_CONCURRENCY?.trim() || availableParallelism());
  const threads = Math.min(1024, (Number.isInteger(hashes) && hashes > 0 ? hashes : 1) + THREADS_BESIDE_HASHING);
  return { UV_THREADPOOL_SIZE: String(threads), ...process.env };
}

/**
 * Starts the built service, with the options of Node that this process was given. The channel between the two tells it when this
 * process is gone, however it ended.
 *
 * @param entry the bundle, or in development what the compiler has just written
 * @returns the process, and the exit code that tells how it ended; a service that was killed has been cleared up after by then
 */
export function spawnService(args, environment, entry = 'dist/bundle/main.js') {
  const child = spawn(process.execPath, [...process.execArgv, inProject(entry), ...args], {
    cwd: ROOT,
    env: environment,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  return { child, exitCode: exitCodeOf(child, environment) };
}

async function exitCodeOf(child, environment) {
  const [code, signal] = await once(child, 'exit');
  if (code === 0) return code;
  const { clearUpAfterKill } = await import('../dist/launch/kill-recovery.js');
  await clearUpAfterKill(resolve(ROOT, environment.DATA_DIR?.trim() || '.data'));
  return signal === null ? code : 128 + constants.signals[signal];
}
