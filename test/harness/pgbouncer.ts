import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../src/launch/listen-port.js';
import { makeThrowawayFolder, removeThrowawayFolder } from '../../src/launch/throwaway-folders.js';
import { eventually } from './patience.js';

/** Whether this machine has a PgBouncer: https://www.pgbouncer.org, in Debian the package `pgbouncer`. */
export const hasPgBouncer = spawnSync('pgbouncer', ['--version'], { stdio: 'ignore' }).status === 0;

/** What the service sends with a connection and PgBouncer does not know, as the README says. */
export const IGNORED = 'statement_timeout,lock_timeout,idle_in_transaction_session_timeout';

/** A pooler before the database of a URL. */
export class PgBouncer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async before(
    databaseUrl: string,
    settings: { pool_mode: 'session' | 'transaction'; ignore_startup_parameters: string },
  ): Promise<PgBouncer> {
    const url = new URL(databaseUrl);
    const { hostname, port, username, password } = url;
    const folder = makeThrowawayFolder('test');
    url.port = String(await freePort('127.0.0.1'));
    const lines = [
      '[databases]',
      `* = host=${hostname} port=${port || '5432'} user=${username} password=${decodeURIComponent(password)}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${url.port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'default_pool_size = 3',
      ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
      '',
    ];
    writeFileSync(join(folder, 'pgbouncer.ini'), lines.join('\n'), { mode: 0o644 });
    // It refuses to run as root.
    chmodSync(folder, 0o755);
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const child = spawn('pgbouncer', ['pgbouncer.ini'], { cwd: folder, stdio: 'ignore', ...user });
    const pooler = new PgBouncer(url.href, child, folder);
    // A connection that asks for nothing: the pooler refuses one that brings options.
    await eventually(() => connects(url.href));
    return pooler;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    removeThrowawayFolder(this.folder);
  }
}

async function connects(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.end();
  return true;
}
