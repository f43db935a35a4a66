import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeThrowawayFolder, removeThrowawayFolder } from '../../src/launch/throwaway-folders.js';
import { recordingOptions } from './interface/recorded-answers.js';
import { PATIENCE_MS } from './patience.js';

const ROOT = new URL('../..', import.meta.url).pathname;

/** The end of what an embedded service shows when it is ready. */
export const READY = /-------- to here -+\n[^]*stays\.\n/;

/** For processes that live for seconds: code that is compiled quickly, not well. It halves the processor time of a start. */
export const SHORT_LIVED = ['--no-opt', '--liftoff-only'];

/** Without an OpenID Provider beside the service, which takes a quarter of a start. */
export const ALONE = { OIDC_ALLOW_PRIVATE_HOSTS: 'false' };

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartOptions {
  /** `launcher` is what `npm start` runs; `service` is what the container runs. */
  readonly through?: 'launcher' | 'service' | 'migrate';
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Program and arguments that run the command, for another user for instance. */
  readonly wrapper?: readonly string[];
}

const SCRIPTS = { launcher: 'scripts/start.mjs', service: 'dist/bundle/main.js', migrate: 'dist/bundle/migrate.js' };

const running = new Set<ServiceProcess>();
const folders = new Set<string>();
let built = false;

/** A real process of the built service, with an environment of its own: nothing of the tests' environment reaches it. */
export class ServiceProcess {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ending>;
  private ending: Ending | null = null;

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk) => (this.stdout += String(chunk)));
    child.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
    this.ended = once(child, 'close').then(([code, signal]) => {
      this.ending = { code, signal };
      running.delete(this);
      return this.ending;
    });
    running.add(this);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until standard output holds a match. */
  async shows(pattern: RegExp): Promise<string> {
    return until(
      () => pattern.exec(this.stdout)?.[0] ?? null,
      () => {
        if (this.ending !== null)
          throw new Error(`The service ended (${JSON.stringify(this.ending)}):\n${this.output()}`);
      },
      () => `Nothing matches ${pattern}:\n${this.output()}`,
    );
  }

  /** Asks it to end and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.child.kill(signal);
    return this.ended;
  }

  /** What it wrote to standard error, but for the warnings of the runtime. */
  errorLines(): string[] {
    return this.stderr.split('\n').filter((line) => line !== '' && !/^\((node:\d+|Use `node)/.test(line));
  }

  private output(): string {
    return `${this.stdout}\n${this.stderr}`;
  }
}

export function startProcess({ through = 'service', args = [], env = {}, wrapper = [] }: StartOptions): ServiceProcess {
  if (!built)
    execFileSync(process.execPath, [join(ROOT, 'scripts/setup.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
  built = true;
  const options = [...SHORT_LIVED, ...recordingOptions()];
  const [file = '', ...rest] = [...wrapper, process.execPath, ...options, join(ROOT, SCRIPTS[through]), ...args];
  const child = spawn(file, rest, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...zone(), UV_THREADPOOL_SIZE: '8', LOG_LEVEL: 'warn', PORT: '0', ...env },
    // The channel ends the service should the tests be killed.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return new ServiceProcess(child);
}

/** The time zone of the tests, where one is set, is that of the processes that they start. */
function zone(): { TZ?: string } {
  const { TZ } = process.env;
  return TZ === undefined ? {} : { TZ };
}

/** A new folder that goes away with `endAll`. */
export function scratchFolder(): string {
  const folder = makeThrowawayFolder('test');
  folders.add(folder);
  return folder;
}

let prepared: Promise<string> | undefined;

/** A new data folder as the first start leaves it when it is stopped: a copy, since making one takes a second. */
export async function preparedDataDir(): Promise<string> {
  prepared ??= prepareDataDir();
  prepared.catch(() => {
    prepared = undefined;
  });
  const copy = join(scratchFolder(), 'data');
  execFileSync('cp', ['-a', await prepared, copy]);
  return copy;
}

async function prepareDataDir(): Promise<string> {
  const dataDir = join(makeThrowawayFolder('test'), 'data');
  const service = startProcess({ env: { DATA_DIR: dataDir } });
  await service.shows(READY);
  await service.stop();
  return dataDir;
}

/** For `afterEach`: ends what a failed test left running, and removes its folders. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((service) => service.stop()));
  for (const folder of folders) removeThrowawayFolder(folder);
  folders.clear();
}

/** The process id of the Postgres on the cluster of a data folder. */
export function postgresPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Asks again and again until there is an answer. */
export async function until<Answer>(
  ask: () => Answer | null | Promise<Answer | null>,
  giveUp: () => void = () => {},
  complaint: () => string = () => 'It did not happen in time',
): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    giveUp();
    if (Date.now() > deadline) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
