import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ALONE, endAll, preparedDataDir, READY, scratchFolder, startProcess } from '../harness/service-process.js';
import { isThorough } from '../harness/tier/sizes.js';

const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

const isRoot = process.getuid?.() === 0;
/** The clone may lie in a folder that only root can enter. */
const nobodyReadsUs =
  isRoot && spawnSync('setpriv', [...AS_NOBODY.slice(1), 'test', '-r', resolve('package.json')]).status === 0;

afterEach(endAll);

/** A search path on which these programs exist and fail, as they do in a sandbox that forbids what they ask for. */
function pathWithout(...programs: string[]): string {
  const folder = scratchFolder();
  for (const program of programs) {
    writeFileSync(join(folder, program), '#!/bin/sh\nexit 1\n');
    chmodSync(join(folder, program), 0o755);
  }
  return [folder, process.env['PATH']].join(delimiter);
}

describe.runIf(isRoot)('the embedded Postgres, started by root', () => {
  it.runIf(isThorough)('runs below a folder that only root can enter', async () => {
    const folder = scratchFolder();
    expect((statSync(folder).mode & 0o777).toString(8)).toBe('700');

    const service = startProcess({ env: { ...ALONE, DATA_DIR: join(folder, 'data') } });

    expect(await service.shows(READY)).toContain('to here');
  });

  it.runIf(isThorough)(
    'runs where user namespaces are refused, also on the data of a start where they were not, and back',
    async () => {
      const dataDir = await preparedDataDir();
      const cluster = join(dataDir, 'postgres/cluster');

      const confined = startProcess({ env: { ...ALONE, DATA_DIR: dataDir, PATH: pathWithout('unshare') } });
      await confined.shows(READY);
      expect(statSync(cluster).uid).not.toBe(0);
      expect(await confined.stop()).toEqual({ code: 0, signal: null });

      const free = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });
      await free.shows(READY);
      expect(statSync(cluster).uid).toBe(0);
    },
  );

  it.runIf(isThorough)('makes a new database where user namespaces are refused', async () => {
    const service = startProcess({ env: { ...ALONE, DATA_DIR: scratchFolder(), PATH: pathWithout('unshare') } });

    expect(await service.shows(READY)).toContain('to here');
  });

  it('says in one line when it cannot run at all', async () => {
    const service = startProcess({
      env: { ...ALONE, DATA_DIR: scratchFolder(), PATH: pathWithout('unshare', 'setpriv') },
    });

    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(service.errorLines()).toEqual([
      'DATABASE_URL is not set, and Postgres cannot run as root here (unshare and setpriv both failed): start as another user, or set DATABASE_URL to a Postgres of yours',
    ]);
  });
});

// Where the tests run as an ordinary user, all of them show this.
describe.runIf(nobodyReadsUs)('an ordinary user', () => {
  it.runIf(isThorough)('gets a service and a database that belong to that user', async () => {
    const home = scratchFolder();
    chownSync(home, NOBODY, NOBODY);
    const service = startProcess({ wrapper: AS_NOBODY, env: { ...ALONE, DATA_DIR: join(home, 'data') } });

    expect(await service.shows(READY)).toContain('to here');
    expect(statSync(join(home, 'data/postgres/cluster')).uid).toBe(NOBODY);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });

  it('is told when DATA_DIR may not be written', async () => {
    const home = scratchFolder();
    chmodSync(home, 0o755);
    mkdirSync(join(home, 'data'), { mode: 0o755 });
    const service = startProcess({ wrapper: AS_NOBODY, env: { ...ALONE, DATA_DIR: join(home, 'data') } });

    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(service.errorLines()).toEqual([
      `DATA_DIR ${home}/data cannot be written (EACCES): give this user a folder that it may write`,
    ]);
  });
});
