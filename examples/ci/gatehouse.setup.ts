import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';

/** What a running throwaway Gatehouse tells about itself. */
export interface Gatehouse {
  readonly base_url: string;
  readonly store_id: string;
  readonly client_id: string;
  readonly client_secret: string;
  /** Its Postgres, for tests that want to look behind the interface. */
  readonly database_url: string;
  /** A local OpenID Provider with two people, as a profile of the store. Null: none was started. */
  readonly sso: {
    readonly profile_id: string;
    readonly discovery_url: string;
    readonly login_url: string;
    readonly redirect_uri: string;
  } | null;
}

declare module 'vitest' {
  export interface ProvidedContext {
    gatehouse: Gatehouse;
  }
}

/** The first start installs and builds; later ones are ready in about two seconds. */
const READY_WITHIN_MILLISECONDS = 180_000;
const LAST_WORDS = 4_000;

/**
 * A global set-up of Vitest: one empty Gatehouse on a free port for the whole run, which tests reach with `inject('gatehouse')`.
 * It removes its data when it stops. `GATEHOUSE_DIR` is where Gatehouse was checked out.
 */
export async function setup(project: Pick<TestProject, 'provide'>): Promise<() => Promise<void>> {
  const folder = process.env['GATEHOUSE_DIR'] ?? 'gatehouse';
  // What `npm start -- --ephemeral` runs. Without npm between us a signal reaches it, and standard output has that one line only.
  // The channel (ipc) stops it when this process is gone, even if that was killed.
  const gatehouse = spawn(process.execPath, [join(folder, 'scripts', 'start.mjs'), '--ephemeral'], {
    // A PUBLIC_URL of this environment is the base URL of another Gatehouse.
    env: { ...process.env, PUBLIC_URL: '' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const stop = async () => {
    if (gatehouse.exitCode !== null || gatehouse.signalCode !== null) return;
    gatehouse.kill('SIGTERM');
    await once(gatehouse, 'exit');
  };
  try {
    project.provide('gatehouse', await untilReady(gatehouse));
  } catch (cause) {
    await stop();
    throw cause;
  }
  return stop;
}

/** Reads the one line of JSON that tells that it is ready. */
async function untilReady(gatehouse: ChildProcess): Promise<Gatehouse> {
  if (gatehouse.stdout === null || gatehouse.stderr === null) throw new Error('Gatehouse was started without pipes');
  let log = '';
  gatehouse.stderr.on('data', (chunk) => {
    log = (log + String(chunk)).slice(-LAST_WORDS);
  });
  const line = new Promise<string>((resolve, reject) => {
    createInterface({ input: gatehouse.stdout ?? process.stdin }).once('line', resolve);
    gatehouse.once('error', reject);
    gatehouse.once('exit', () => reject(new Error(`Gatehouse did not start:\n${log}`)));
    setTimeout(() => reject(new Error(`Gatehouse was not ready in time:\n${log}`)), READY_WITHIN_MILLISECONDS).unref();
  });
  return JSON.parse(await line);
}
