import { join } from 'node:path';
import { StartupError } from '../errors/startup-error.js';
import { SUPERUSER } from '../launch/postgres-cluster.js';
import { readIfThere } from '../launch/private-files.js';
import { isRunning } from '../launch/processes.js';

const DATABASE = 'gatehouse';
/** Lines of `postmaster.pid` (PostgreSQL, storage file layout): the process, and the port it listens on. */
const PID_LINE = 0;
const PORT_LINE = 3;

/**
 * The embedded database of the service that runs on this data folder. It is not started here: two could not use one folder.
 *
 * @throws StartupError when none runs, or when its files cannot be read by this user
 */
export function runningDatabaseUrl(dataDir: string): string {
  const home = join(dataDir, 'postgres');
  const lines = (readIfThere(join(home, 'cluster', 'postmaster.pid')) ?? '').split('\n');
  const [pid, port] = [Number(lines[PID_LINE]), Number(lines[PORT_LINE])];
  const password = readIfThere(join(home, 'password'));
  if (password === null || !(pid > 0) || !(port > 0) || !isRunning(pid)) {
    throw new StartupError(
      `No database: set DATABASE_URL, or run \`npm start\` in another terminal (nothing runs on DATA_DIR ${dataDir})`,
    );
  }
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}
