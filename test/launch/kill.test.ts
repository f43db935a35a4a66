import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isRunning, processFacts } from '../../src/launch/processes.js';
import {
  ALONE,
  endAll,
  postgresPid,
  preparedDataDir,
  READY,
  scratchFolder,
  startProcess,
  until,
} from '../harness/service-process.js';
import { isThorough } from '../harness/tier/sizes.js';

afterEach(endAll);

function clientId(stdout: string): string | undefined {
  return /^ {2}client id +(\S+)$/m.exec(stdout)?.[1];
}

describe('after kill -9', () => {
  it('of the service alone, the next start stops the Postgres that is left and goes on with the same data; of both, it recovers the data', async () => {
    const dataDir = await preparedDataDir();
    const first = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });
    await first.shows(READY);
    const orphan = postgresPid(dataDir);

    expect(await first.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(isRunning(orphan)).toBe(true);

    const second = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });
    await second.shows(READY);
    expect(isRunning(orphan)).toBe(false);
    expect(clientId(second.stdout)).toBe(clientId(first.stdout));

    const postgres = postgresPid(dataDir);
    second.child.kill('SIGKILL');
    process.kill(postgres, 'SIGKILL');
    await second.ended;

    const third = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });
    await third.shows(READY);
    expect(clientId(third.stdout)).toBe(clientId(first.stdout));
  });

  it.runIf(isThorough)(
    'of both, when another program has got the process id since, the next start is not misled',
    async () => {
      const dataDir = await preparedDataDir();
      const lines = [process.pid, dataDir, 1, 1, '', '127.0.0.1', '1 1', 'ready', ''];
      writeFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), lines.join('\n'));

      const service = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });

      expect(await service.shows(READY)).toContain('to here');
    },
  );

  it.runIf(isThorough)(
    'of the service below its launcher, the launcher stops Postgres and says how the service ended',
    async () => {
      const dataDir = await preparedDataDir();
      const launcher = startProcess({ through: 'launcher', env: { ...ALONE, DATA_DIR: dataDir, LOG_LEVEL: 'info' } });
      await launcher.shows(READY);
      const postgres = postgresPid(dataDir);

      process.kill(parentOf(postgres), 'SIGKILL');

      expect(await launcher.ended).toEqual({ code: 137, signal: null });
      expect(isRunning(postgres)).toBe(false);
    },
  );

  it('of the launcher alone, the service stops, and Postgres with it', async () => {
    const dataDir = await preparedDataDir();
    const launcher = startProcess({ through: 'launcher', env: { ...ALONE, DATA_DIR: dataDir } });
    await launcher.shows(READY);
    const postgres = postgresPid(dataDir);
    const service = parentOf(postgres);

    launcher.child.kill('SIGKILL');

    expect(await until(() => (isRunning(postgres) || isRunning(service) ? null : 'both are gone'))).toBe(
      'both are gone',
    );
  });

  it.runIf(isThorough)('of Postgres alone, the service ends with one line that names its log', async () => {
    const dataDir = await preparedDataDir();
    const service = startProcess({ env: { ...ALONE, DATA_DIR: dataDir } });
    await service.shows(READY);

    process.kill(postgresPid(dataDir), 'SIGKILL');

    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(service.errorLines()).toEqual([
      `DATA_DIR: the embedded Postgres ended by itself: see ${join(dataDir, 'postgres.log')}`,
    ]);
  });

  it.runIf(isThorough)('of a throwaway service, the next one removes what it left', async () => {
    // A folder for temporary files of its own: the throwaway services of other tests clear up, too.
    const env = { TMPDIR: scratchFolder() };
    const first = startProcess({ args: ['--ephemeral'], env });
    await first.shows(/^\{.*\}\n/);
    const [left = ''] = readdirSync(env.TMPDIR);
    const postgres = postgresPid(join(env.TMPDIR, left));
    await first.stop('SIGKILL');
    expect(readdirSync(env.TMPDIR)).toEqual([left]);

    const second = startProcess({ args: ['--ephemeral'], env });
    await second.shows(/^\{.*\}\n/);

    expect(readdirSync(env.TMPDIR)).toEqual([expect.stringMatching(`^gatehouse-ephemeral-${second.pid}-`)]);
    expect(isRunning(postgres)).toBe(false);
  });
});

function parentOf(pid: number): number {
  return processFacts(pid)?.parentPid ?? 0;
}
