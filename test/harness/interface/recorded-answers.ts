import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SentAnswer } from './answer-recorder.mjs';

/** Where what was seen of the interface is written down. */
export const SEEN_FOLDER = new URL('../../../.cache/interface/', import.meta.url).pathname;

const FILE = join(SEEN_FOLDER, `${process.pid}.answers`);
let begun = false;
let read = 0;

/** Options of Node with which a process of the service writes down what it answers. */
export function recordingOptions(): string[] {
  if (!begun) {
    mkdirSync(SEEN_FOLDER, { recursive: true });
    writeFileSync(FILE, '');
    // Some tests start the service as another user.
    chmodSync(FILE, 0o666);
    begun = true;
  }
  const recorder = new URL('answer-recorder.mjs', import.meta.url);
  recorder.searchParams.set('into', FILE);
  return [`--import=${pathToFileURL(recorder.pathname).href}${recorder.search}`];
}

/** After all tests: there are tokens in it, of stores that are gone. */
export function forgetRecorded(): void {
  for (const name of existsSync(SEEN_FOLDER) ? readdirSync(SEEN_FOLDER) : []) {
    if (name.endsWith('.answers')) rmSync(join(SEEN_FOLDER, name));
  }
}

/** What processes have answered since the last time. */
export function takeRecorded(): SentAnswer[] {
  if (!begun || statSync(FILE).size === read) return [];
  const bytes = readFileSync(FILE);
  const complete = bytes.lastIndexOf('\n') + 1;
  const lines = bytes.subarray(read, complete).toString().split('\n').slice(0, -1);
  read = complete;
  return lines.map((line) => {
    const { body, ...answer } = JSON.parse(line) as Omit<SentAnswer, 'body'> & { body: string };
    return { ...answer, body: Buffer.from(body) };
  });
}
