import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export function inProject(...parts) {
  return join(ROOT, ...parts);
}

/** All files below a folder, as paths relative to it, sorted; none where there is no such folder. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name];
    return filesBelow(join(folder, entry.name)).map((name) => join(entry.name, name));
  });
  return names.sort((left, right) => (left < right ? -1 : 1));
}

/** One hash over the names and contents of files of the project. A file that is missing counts as such. */
export function fingerprint(names) {
  const hash = createHash('sha256');
  for (const name of names) {
    const path = inProject(name);
    const content = existsSync(path) ? readFileSync(path) : null;
    hash.update(`${name}\0${content === null ? 'absent' : content.length}\0`);
    if (content !== null) hash.update(content);
  }
  return hash.digest('hex');
}

export function readStamp(name) {
  const path = inProject(name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/**
 * Runs a program of Node's in the project.
 *
 * @param {'shown' | 'on failure'} output where what it writes goes: to standard error at once, or only if it fails (standard
 *   output stays free for what the caller has to say)
 */
export function runNode(args, output, environment = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: environment,
      stdio: output === 'shown' ? ['ignore', 2, 2] : ['ignore', 'pipe', 'pipe'],
    });
    const written = [];
    child.stdout?.on('data', (chunk) => written.push(chunk));
    child.stderr?.on('data', (chunk) => written.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(written));
      return reject(new Error(`${args.join(' ')} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
