import { mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopOrphan } from './postgres-server.js';
import { isRunning, processFacts } from './processes.js';

const FOLDER_NAME = /^gatehouse-(?:ephemeral|test)-(\d+)-/;

/** A new folder of mode 700 whose name tells which process it belongs to. */
export function makeThrowawayFolder(kind: 'ephemeral' | 'test'): string {
  return mkdtempSync(join(realpathSync(tmpdir()), `gatehouse-${kind}-${process.pid}-`));
}

export function removeThrowawayFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes what processes left behind that were killed: their Postgres and their folder. */
export async function sweepThrowawayFolders(): Promise<void> {
  const parent = realpathSync(tmpdir());
  for (const name of readdirSync(parent)) {
    const owner = Number(FOLDER_NAME.exec(name)?.[1]);
    const folder = join(parent, name);
    if (!(owner > 0) || owner === process.pid || isOurKind(owner) || !belongsToThisUser(folder)) continue;
    if ((await stopOrphan(join(folder, 'postgres', 'cluster'))) !== 'in use') removeThrowawayFolder(folder);
  }
}

/** Any other program that has got the number since is not the owner. */
function isOurKind(pid: number): boolean {
  return isRunning(pid) && (processFacts(pid)?.commandLine.includes('node') ?? true);
}

function belongsToThisUser(folder: string): boolean {
  const facts = statSync(folder, { throwIfNoEntry: false });
  return facts !== undefined && (process.getuid === undefined || facts.uid === process.getuid());
}
