import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { delimiter, join } from 'node:path';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../src/launch/listen-port.js';
import { makeThrowawayFolder, removeThrowawayFolder } from '../../src/launch/throwaway-folders.js';

/** The nginx of this machine, or the one that NGINX names; null where there is none. */
export function findNginx(): string | null {
  const named = process.env['NGINX'];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const places = named === undefined || named === '' ? folders.map((folder) => join(folder, 'nginx')) : [named];
  return places.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface NginxAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** An nginx in the foreground: one process of the current user, whose files are all in a throwaway folder. */
export class Nginx {
  private stderr = '';

  private constructor(
    private readonly process: ChildProcess,
    readonly folder: string,
    readonly port: number,
    /** The host that requests are for. */
    private readonly host: string,
  ) {
    process.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
  }

  /** @param ofHttp makes what stands in the `http` context, from the port to listen on and the folder for all files */
  static async start(program: string, host: string, ofHttp: (port: number, folder: string) => string): Promise<Nginx> {
    const folder = makeThrowawayFolder('test');
    const port = await freePort('127.0.0.1');
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const lines = [
      'daemon off;',
      'master_process off;',
      `pid ${folder}/nginx.pid;`,
      `error_log ${folder}/main.log;`,
      'events {}',
      'http {',
      'access_log off;',
      ...kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`),
      ofHttp(port, folder),
      '}',
    ];
    writeFileSync(join(folder, 'nginx.conf'), lines.join('\n'));
    const child = spawn(program, ['-p', folder, '-c', 'nginx.conf'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const nginx = new Nginx(child, folder, port, host);
    try {
      await nginx.whenListening();
    } catch (cause) {
      await nginx.stop();
      throw cause;
    }
    return nginx;
  }

  private async whenListening(): Promise<void> {
    const gone = once(this.process, 'exit').then(([code]) => {
      throw new Error(`nginx ended with ${code}: ${this.stderr}`);
    });
    const tries = async () => {
      while (this.isRunning() && !(await accepts(this.port))) await pause(10);
    };
    gone.catch(() => {});
    await Promise.race([gone, tries()]);
    if (!this.isRunning()) await gone;
  }

  private isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async stop(): Promise<void> {
    if (this.isRunning()) {
      const gone = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await gone;
    }
    removeThrowawayFolder(this.folder);
  }

  /** Over a connection of its own. */
  async ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<NginxAnswer> {
    const sent = request({
      host: '127.0.0.1',
      port: this.port,
      servername: this.host,
      // Nobody vouches for the certificate of a test.
      rejectUnauthorized: false,
      agent: false,
      path,
      method,
      headers: {
        host: this.host,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
      maxHeaderSize: 65_536,
    });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: (answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8'),
    };
  }

  /** All that it has written so far, by the names of the files. */
  logs(): Record<string, string> {
    const names = readdirSync(this.folder).filter((name) => name.endsWith('.log'));
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(this.folder, name), 'utf8')]));
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
