import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { endAll, scratchFolder } from '../harness/service-process.js';

const PROCESSES = 6;
/** Larger than any process id that Linux or macOS gives. */
const NO_PROCESS = '99999999';

/** Writes when it begins and ends; in between it gives the others every chance to break in. */
const PROGRAM = `
import { appendFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { whileLocked } from './setup-lock.mjs';
await whileLocked(async () => {
  appendFileSync('journal', 'begin ' + process.pid + '\\n');
  for (let turns = 0; turns < 1_000; turns += 1) await turn();
  appendFileSync('journal', 'end ' + process.pid + '\\n');
});`;

afterEach(endAll);

describe('the lock of the set-up', () => {
  it('lets several set-ups of one folder work one after the other, also when a killed one left its lock', async () => {
    const folder = scratchFolder();
    const scripts = join(folder, 'scripts');
    mkdirSync(scripts);
    for (const name of ['project.mjs', 'setup-lock.mjs']) copyFileSync(join('scripts', name), join(scripts, name));
    writeFileSync(join(scripts, 'program.mjs'), PROGRAM);
    mkdirSync(join(folder, '.cache'));
    writeFileSync(join(folder, '.cache/setup.lock'), NO_PROCESS);

    const run = () => promisify(execFile)(process.execPath, ['scripts/program.mjs'], { cwd: folder });
    await Promise.all(Array.from({ length: PROCESSES }, run));

    const journal = readFileSync(join(folder, 'journal'), 'utf8').trim().split('\n');
    const begun = journal.filter((_, index) => index % 2 === 0);
    const ended = journal.filter((_, index) => index % 2 === 1);
    expect(new Set(begun.map((line) => line.replace('begin ', ''))).size).toBe(PROCESSES);
    expect(ended).toEqual(begun.map((line) => line.replace('begin', 'end')));
    expect(readdirSync(join(folder, '.cache'))).toEqual([]);
  });
});
