import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runAdmin } from '../../src/admin/run.js';
import { SHORT_LIVED } from '../harness/service-process.js';
import type { ApplicationKeyWithSecretResource } from '../../src/application-keys/application-keys.contract.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Environment = Readonly<Record<string, string>>;

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one command in this process, with an environment of its own. */
export async function admin(environment: Environment, ...args: string[]): Promise<Outcome> {
  const written = { out: '', err: '' };
  const code = await runAdmin(args, environment, {
    out: (line) => (written.out += line),
    err: (line) => (written.err += line),
  });
  return { code, ...written };
}

/** Runs it as its user does: a process of its own, through the script of `npm run admin`. */
export async function adminProcess(environment: Environment, ...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [...SHORT_LIVED, `${ROOT}scripts/admin.mjs`, ...args], {
    // Wherever it is called from.
    cwd: '/',
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, out, err };
}

/** The answer of a command with `--json`, which must have been carried out. */
export async function answerOf<Answer>(environment: Environment, ...args: string[]): Promise<Answer> {
  const { code, out, err } = await admin(environment, ...args, '--json');
  if (code !== 0 || err !== '') throw new Error(`exit code ${code}: ${err}`);
  return JSON.parse(out) as Answer;
}

export interface StoreAnswer {
  readonly id: string;
  readonly handle: string;
}

export interface NewStore {
  readonly store: StoreAnswer;
  readonly application_key: ApplicationKeyWithSecretResource;
}
