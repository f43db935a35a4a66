import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StartupError } from '../errors/startup-error.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { errorCode } from './private-files.js';
import { isRunning } from './processes.js';

export const SUPERUSER = 'gatehouse';

export interface Cluster {
  /** What Postgres calls its data directory. */
  readonly folder: string;
  readonly password: string;
}

/**
 * The cluster in `dataDir/postgres`, made on first use. Files and password come into being under another name and get theirs by
 * one rename: a half-made cluster is never used, and of two starts that make one together a single one counts.
 */
export async function openCluster(dataDir: string, binaries: PostgresBinaries, durable: boolean): Promise<Cluster> {
  const home = join(dataDir, 'postgres');
  if (!existsSync(home)) await makeCluster(dataDir, home, binaries, durable);
  const folder = join(home, 'cluster');
  giveToOwner(folder, binaries);
  try {
    return { folder, password: readFileSync(join(home, 'password'), 'utf8') };
  } catch (cause) {
    throw new StartupError(
      `DATA_DIR: ${join(home, 'password')} cannot be read (${errorCode(cause)}): restore it, or remove ${home} to begin with an empty database`,
      { cause },
    );
  }
}

/** The environment of Postgres' programs: none of our secrets, and neither TZ nor a PG* variable that would change what they do. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR } = process.env;
  const kept = Object.entries({ PATH, TMPDIR }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

async function makeCluster(dataDir: string, home: string, binaries: PostgresBinaries, durable: boolean): Promise<void> {
  const draft = join(dataDir, `postgres.new-${process.pid}-${randomBytes(4).toString('hex')}`);
  const passwordFile = join(draft, 'password');
  const { file, prefix } = binaries.command('initdb');
  removeAbandonedDrafts(dataDir);
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600, flush: true });
    const child = spawn(
      file,
      [
        ...prefix,
        `--pgdata=${join(draft, 'cluster')}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        // Said in full: with what the environment offers, a machine without LANG would get a database of raw bytes.
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: postgresEnvironment(), detached: true },
    );
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [complaint, code] = await Promise.all([text(child.stderr), ended]);
    if (code !== 0) throw new StartupError(`DATA_DIR: initdb failed: ${reasonIn(complaint)}`);
    renameSync(draft, home);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    // Another start was faster: its cluster is as good.
    if (['ENOTEMPTY', 'EEXIST'].includes(errorCode(cause))) return;
    if (cause instanceof StartupError) throw cause;
    throw new StartupError(`DATA_DIR: no database can be made in ${home} (${errorCode(cause)})`, { cause });
  }
}

/** What a start left behind that was killed while it made the cluster. */
function removeAbandonedDrafts(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    const pid = /^postgres\.new-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

/** A start as root in another kind of sandbox than the last one meets files of another owner, which Postgres refuses. */
function giveToOwner(folder: string, { ownerId }: PostgresBinaries): void {
  if (ownerId === null || statSync(folder).uid === ownerId) return;
  spawnSync('chown', ['-R', `${ownerId}:${ownerId}`, folder], { stdio: 'ignore' });
}

function reasonIn(output: string): string {
  const lines = output.trim().split('\n');
  return lines.find((line) => /error:|FATAL:/.test(line)) ?? lines.at(-1) ?? '';
}
