import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../errors/startup-error.js';
import { freePort } from './listen-port.js';
import { endedWithin, isRunning, processFacts } from './processes.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { postgresEnvironment, type Cluster } from './postgres-cluster.js';

const READY_WITHIN_MILLISECONDS = 60_000;
const FAST_STOP_MILLISECONDS = 5_000;
const HARD_STOP_MILLISECONDS = 2_000;
const POLL_MILLISECONDS = 10;
const PORT_ATTEMPTS = 5;
const LOG_LIMIT_BYTES = 10_000_000;
/** Names, in the command line of a server, the process that started it: an orphan is one whose parent is another. */
const STARTED_BY = 'cluster_name=gatehouse-';

/** A running Postgres that belongs to this process. */
export interface PostgresServer {
  readonly port: number;
  /** Resolves when it ends, wanted or not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** @throws StartupError when another running Gatehouse uses the cluster, or Postgres does not come up */
export async function startServer(
  dataDir: string,
  { folder }: Cluster,
  binaries: PostgresBinaries,
  settings: readonly string[],
): Promise<PostgresServer> {
  if ((await stopOrphan(folder)) === 'in use') throw inUse(dataDir);
  const logFile = join(dataDir, 'postgres.log');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort('127.0.0.1');
    const child = launch(logFile, folder, port, binaries, settings);
    const outcome = await readyOrEnded(child, folder);
    if (outcome === 'ready') return ownedServer(child, port);
    const complaint = complaintOf(child, logFile);
    if (/lock file|shared memory block/.test(complaint)) throw inUse(dataDir);
    // Between the moment when the port was found free and now, somebody else took it.
    if (/could not create any TCP\/IP sockets/.test(complaint) && attempt < PORT_ATTEMPTS) continue;
    throw new StartupError(`DATA_DIR: the embedded Postgres did not start: ${complaint} (see ${logFile})`);
  }
}

/**
 * Stops a Postgres on this cluster whose Gatehouse is gone (`kill -9` leaves one behind).
 *
 * @returns `in use`: its Gatehouse lives, and nothing was done
 */
export async function stopOrphan(folder: string): Promise<'stopped' | 'none' | 'in use'> {
  const pidFile = join(folder, 'postmaster.pid');
  const pid = Number(pidFileLines(folder)[0]);
  if (!(pid > 0)) return 'none';
  const facts = processFacts(pid);
  const command = facts?.commandLine ?? '';
  if (isRunning(pid) && facts === null) return 'in use';
  if (!isRunning(pid) || !command.includes(` -D ${folder} `)) {
    // A crash left the file, and its number may belong to any process by now (or to a zombie): Postgres would take that for a
    // running server. Were there one after all, its shared memory would still keep a second server out.
    if (Number(pidFileLines(folder)[0]) === pid) rmSync(pidFile, { force: true });
    return 'none';
  }
  if (command.includes(` ${STARTED_BY}${facts?.parentPid} `)) return 'in use';
  await stopProcess(pid);
  return 'stopped';
}

function launch(
  logFile: string,
  folder: string,
  port: number,
  binaries: PostgresBinaries,
  settings: readonly string[],
): ChildProcess {
  const { file, prefix } = binaries.command('postgres');
  const everySetting = [
    `${STARTED_BY}${process.pid}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'log_line_prefix=%m [%p] ',
    ...settings,
  ].flatMap((setting) => ['-c', setting]);
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(file, [...prefix, '-D', folder, '-p', String(port), ...everySetting], {
      stdio: ['ignore', log, log],
      env: postgresEnvironment(),
      // A session of its own: Ctrl-C reaches the whole terminal group, and Postgres must outlive the requests in flight.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

async function readyOrEnded(child: ChildProcess, folder: string): Promise<'ready' | 'ended'> {
  const failed = once(child, 'error').then(([error]) => {
    throw error;
  });
  failed.catch(() => undefined);
  const deadline = Date.now() + READY_WITHIN_MILLISECONDS;
  while (child.exitCode === null && child.signalCode === null) {
    const lines = pidFileLines(folder);
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return 'ready';
    if (Date.now() > deadline) child.kill('SIGQUIT');
    await Promise.race([delay(POLL_MILLISECONDS), failed]);
  }
  return 'ended';
}

function ownedServer(child: ChildProcess, port: number): PostgresServer {
  // The last resort, should this process be made to end before it could stop the server in order.
  const stopAtExit = () => child.kill('SIGINT');
  process.once('exit', stopAtExit);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.off('exit', stopAtExit);
      resolve();
    });
  });
  return {
    port,
    ended,
    async stop() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        await Promise.all([stopProcess(child.pid), ended]);
      }
    },
  };
}

/** Fast shutdown first: clients are cut off and everything is written. Recovery at the next start mends the harder ways. */
async function stopProcess(pid: number): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', FAST_STOP_MILLISECONDS],
    ['SIGQUIT', HARD_STOP_MILLISECONDS],
    ['SIGKILL', HARD_STOP_MILLISECONDS],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await endedWithin(patience, pid)) return;
  }
}

function pidFileLines(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** The last line of severity FATAL that this process wrote. */
function complaintOf(child: ChildProcess, logFile: string): string {
  const lines = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(`[${child.pid}] `) || !/^\d{4}-/.test(line));
  const fatal = lines.findLast((line) => line.includes('FATAL:')) ?? lines.findLast((line) => line !== '') ?? '';
  return fatal.replace(/^.*FATAL:\s*/, '');
}

function inUse(dataDir: string): StartupError {
  return new StartupError(
    `DATA_DIR ${dataDir} is in use by another running Gatehouse: stop it or set another DATA_DIR`,
  );
}
