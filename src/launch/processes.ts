import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MILLISECONDS = 10;

export interface ProcessFacts {
  readonly parentPid: number;
  /** Program and arguments, parted by blanks. */
  readonly commandLine: string;
}

/**
 * Whether a process of this id runs that the current user may signal. A zombie does not count: in a container whose first process
 * collects no children, a killed process stays one for ever.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** Null: there is no such process, or the operating system does not tell. */
export function processFacts(pid: number): ProcessFacts | null {
  try {
    if (process.platform === 'linux') {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return { parentPid: Number(statusFields(pid)[1]), commandLine };
    }
    const line = execFileSync('ps', ['-ww', '-o', 'ppid=,command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const match = /^(\d+)\s+(.*)$/s.exec(line);
    return match === null ? null : { parentPid: Number(match[1]), commandLine: match[2] ?? '' };
  } catch {
    return null;
  }
}

/** @returns whether the process ended in time */
export async function endedWithin(milliseconds: number, pid: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isRunning(pid)) {
    if (Date.now() >= deadline) return false;
    await delay(POLL_MILLISECONDS);
  }
  return true;
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return statusFields(pid)[0] === 'Z';
  } catch {
    return false;
  }
}

/** State, parent and so on: what follows the program's name, which may itself hold blanks and brackets. */
function statusFields(pid: number): string[] {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return status.slice(status.lastIndexOf(')') + 2).split(' ');
}
