import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** The user of the image. Whoever is not root here has only one user to run things as. */
const IMAGE_USER = 1000;

/** What a machine needs to reach its package registry; nothing else of our environment goes in. */
const PASSED_ON = [
  'NODE_EXTRA_CA_CERTS',
  'npm_config_registry',
  'npm_config_cafile',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

const STOP_MILLISECONDS = 10_000;

/** A started program, and what it has written so far. */
class Program {
  output = '';
  exitCode = null;

  constructor(child) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.output += String(chunk)));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.exitCode = code ?? signal;
        resolve(this.exitCode);
      });
    });
  }
}

/** A clean folder in which programs run as an ordinary user under the image's version of Node, and which goes away with all of them. */
export class Sandbox {
  folder = mkdtempSync(join(realpathSync(tmpdir()), `gatehouse-containers-${process.pid}-`));
  userId = process.getuid() === 0 ? IMAGE_USER : process.getuid();
  groupId = process.getuid() === 0 ? IMAGE_USER : process.getgid();
  searchPath = [join(this.folder, 'bin'), '/usr/local/bin', '/usr/bin', '/bin'];
  running = new Set();

  constructor() {
    chmodSync(this.folder, 0o755);
    for (const name of ['home', 'tmp']) this.makeFolder(name);
  }

  /** Makes a folder that belongs to the ordinary user. */
  makeFolder(name) {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o755);
    chownSync(path, this.userId, this.groupId);
    return path;
  }

  /** Copies files in, for the ordinary user to own. */
  copyIn(source, target, filter = () => true) {
    cpSync(source, target, { recursive: true, verbatimSymlinks: true, filter });
    this.giveAway(target);
  }

  /** Puts Node of this major version and npm where the ordinary user can run them, and first in the search path. */
  installNode(major) {
    const npx = ['-y', `--package=node@${major}`, '--', 'node', '-p', 'process.execPath'];
    const node = execFileSync('npx', npx, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const bin = this.makeFolder('bin');
    copyFileSync(node, join(bin, 'node'));
    cpSync(npmFolder(), join(this.folder, 'npm'), { recursive: true });
    for (const name of ['npm', 'npx']) symlinkSync(`../npm/bin/${name}-cli.js`, join(bin, name));
    return execFileSync(join(bin, 'node'), ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  }

  /** Whether there is a program of this name. */
  finds(program) {
    return this.searchPath.some((folder) => existsSync(join(folder, program)));
  }

  /** Starts a program, in a process group of its own, with nothing in its environment but what is given and what every program needs. */
  start(words, { cwd = this.folder, environment = {} } = {}) {
    const passedOn = PASSED_ON.filter((name) => process.env[name] !== undefined);
    const [file, ...args] = words;
    const child = spawn(file, args, {
      cwd,
      env: {
        PATH: this.searchPath.join(delimiter),
        HOME: join(this.folder, 'home'),
        TMPDIR: join(this.folder, 'tmp'),
        ...Object.fromEntries(passedOn.map((name) => [name, process.env[name]])),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      uid: this.userId,
      gid: this.groupId,
    });
    const program = new Program(child);
    this.running.add(program);
    program.ended.finally(() => this.running.delete(program)).catch(() => undefined);
    return program;
  }

  /**
   * Runs a program to its end.
   *
   * @returns what it wrote
   * @throws with what it wrote, when it fails
   */
  async run(words, options) {
    const program = this.start(words, options);
    const code = await program.ended;
    if (code !== 0) throw new Error(`\`${words.join(' ')}\` ended with ${code}:\n${program.output}`);
    return program.output;
  }

  /** Asks the program, not its children, to end, as a container engine does, and waits until it has. */
  async stop(program) {
    program.child.kill('SIGTERM');
    const patience = setTimeout(() => signalGroup(program.child, 'SIGKILL'), STOP_MILLISECONDS);
    const code = await program.ended;
    clearTimeout(patience);
    return code;
  }

  /** Takes away, or gives back, the right to change anything below a folder. */
  async setWritable(folder, writable) {
    await this.run(['chmod', '-R', writable ? 'u+w' : 'a-w', folder]);
  }

  /** Ends what still runs and removes everything. */
  async remove() {
    for (const program of this.running) signalGroup(program.child, 'SIGKILL');
    await Promise.allSettled([...this.running].map(({ ended }) => ended));
    makeRemovable(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Makes everything at a path belong to the ordinary user. */
  giveAway(path) {
    if (process.getuid() === 0) execFileSync('chown', ['-R', `${this.userId}:${this.groupId}`, path]);
  }
}

/** A folder that nobody may write can be emptied by root only. */
function makeRemovable(folder) {
  if (process.getuid() === 0) return;
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (lstatSync(path).isDirectory()) makeRemovable(path);
  }
}

function signalGroup({ pid }, signal) {
  try {
    process.kill(-pid, signal);
  } catch (cause) {
    if (cause.code !== 'ESRCH') throw cause;
  }
}

/** The npm that started us, or else the one in the search path. */
function npmFolder() {
  const named = process.env.PATH.split(delimiter).map((folder) => join(folder, 'npm'));
  const program = [process.env.npm_execpath ?? '', ...named]
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .find((path) => path.endsWith('npm-cli.js'));
  if (program === undefined) throw new Error('npm was not found');
  return dirname(dirname(program));
}
