import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { inProject } from './project.mjs';

const RETRY_MILLISECONDS = 100;

/** Lets one set-up at a time work in this folder. The lock of a process that is gone counts for nothing. */
export async function whileLocked(work) {
  const path = inProject('.cache', 'setup.lock');
  const own = `${path}.${process.pid}`;
  mkdirSync(inProject('.cache'), { recursive: true });
  writeFileSync(own, String(process.pid));
  try {
    let told = false;
    for (let holder = take(path, own); holder !== null; holder = take(path, own)) {
      if (!isRunning(holder)) {
        discard(path, holder);
        continue;
      }
      if (!told) console.error('Waiting for another set-up of this folder ...');
      told = true;
      await delay(RETRY_MILLISECONDS);
    }
    try {
      return await work();
    } finally {
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * A link appears with its content complete, and for one of several processes only.
 *
 * @returns null when the lock is ours, else the process that holds it
 */
function take(path, own) {
  try {
    linkSync(own, path);
    return null;
  } catch (cause) {
    if (cause.code !== 'EEXIST') throw cause;
    return holderOf(path);
  }
}

/** No process has the number 0: what cannot be read any more is as good as gone. */
function holderOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

function isRunning(pid) {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code === 'EPERM';
  }
}

/** Moved aside and looked at again before it goes: in between, another process may have done the same and taken the lock. */
function discard(path, deadHolder) {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (holderOf(aside) !== deadHolder) linkSync(aside, path);
  } catch (cause) {
    if (!['ENOENT', 'EEXIST'].includes(cause.code)) throw cause;
  } finally {
    rmSync(aside, { force: true });
  }
}
