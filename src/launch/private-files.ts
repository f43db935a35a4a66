import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { StartupError } from '../errors/startup-error.js';

/**
 * Makes the folder (mode 700) unless it is there.
 *
 * @throws StartupError when it can be neither made nor written
 */
export function makeDataDir(dataDir: string): void {
  const probe = `${dataDir}/.write-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(probe, '', { flag: 'wx', mode: 0o600 });
    rmSync(probe);
  } catch (cause) {
    throw new StartupError(
      `DATA_DIR ${dataDir} cannot be written (${errorCode(cause)}): give this user a folder that it may write`,
      { cause },
    );
  }
}

/** The content of a file of this user, or null where there is none. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    throw new StartupError(`DATA_DIR: ${path} cannot be read (${errorCode(cause)}): mend its owner and mode`, {
      cause,
    });
  }
}

/**
 * Writes a file of mode 600 once and for all. Of several processes that do this together one wins, and all get what it wrote:
 * the content is complete before the name exists.
 *
 * @returns what the file holds
 */
export function writeOnce(path: string, content: string): string {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, content, { flag: 'wx', mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
    return content;
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause;
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(draft);
  }
}

/** `ENOENT` and the like; the error's name where it carries none. */
export function errorCode(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
