import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { ClientSocket } from '../harness/client-sockets.js';
import { endAll, startProcess, until } from '../harness/service-process.js';

const HEAD = 'HTTP/1.1\r\nHost: gatehouse.test\r\n';
/** What clients send who then neither go on nor close their side. (Idle connections are kept longer: client-connection.test.ts.) */
const UNFINISHED: Readonly<Record<string, { readonly sent: string | Buffer; readonly reads: boolean }>> = {
  nothing: { sent: '', reads: true },
  'half a head': { sent: `GET /health/live ${HEAD}X-Half: `, reads: true },
  'half a body': { sent: `POST /v2/customers ${HEAD}Content-Length: 100\r\n\r\n{"data":`, reads: true },
  'half a chunk': { sent: `POST /v2/customers ${HEAD}Transfer-Encoding: chunked\r\n\r\nff\r\n{`, reads: true },
  'a TLS greeting': { sent: Buffer.from('16030100a5010000a10303', 'hex'), reads: true },
  'a tunnel': { sent: `CONNECT gatehouse.test:443 ${HEAD}\r\n`, reads: true },
  'HTTP/2': { sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', reads: true },
  'too many header lines at once': { sent: `GET / ${HEAD}${'A: b\r\n'.repeat(20_000)}`, reads: true },
  'requests whose answers are not read': { sent: `GET /openapi.json ${HEAD}\r\n`.repeat(20), reads: false },
  'a tunnel whose refusal is not read': { sent: `CONNECT gatehouse.test:443 ${HEAD}\r\n`, reads: false },
};

describe('the connections of clients who send and do no more', () => {
  let app: TestApp;
  const clients: ClientSocket[] = [];

  beforeAll(async () => {
    app = await startApp({ databaseUrl: (await sharedApp()).config.databaseUrl });
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await app.close();
  });

  function connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      app.nest
        .getHttpServer()
        .getConnections((error: Error | null, count: number) => (error === null ? resolve(count) : reject(error)));
    });
  }

  // All at once, as their times are those of the service.
  it(`${Object.keys(UNFINISHED).join(', ')}: all end, whatever those clients do`, async () => {
    for (const { sent, reads } of Object.values(UNFINISHED)) {
      for (let count = 0; count < 5; count += 1) {
        const client = await ClientSocket.open(app.origin, sent);
        clients.push(reads ? client.read() : client);
      }
    }
    await until(async () => ((await connections()) === 0 ? true : null));
    expect(clients.filter(({ socket }) => socket.writableEnded)).toEqual([]);
  });
});

// What a process may open is known there.
describe.runIf(process.platform === 'linux')('a service that may open 256 descriptors', () => {
  afterEach(endAll);

  it('serves others while 400 clients hold connections and send nothing, and survives those who break theirs', async () => {
    const { config } = await sharedApp();
    const service = startProcess({
      wrapper: ['sh', '-c', 'ulimit -n 256; exec "$0" "$@"'],
      env: {
        NODE_ENV: 'test',
        DATABASE_URL: config.databaseUrl,
        MASTER_KEY: config.masterKeys.map((key) => key.toString('base64')).join(','),
        HASH_CONCURRENCY: '1',
      },
    });
    const origin = (await service.shows(/ready at (\S+)/)).replace('ready at ', '');
    const { hostname, port } = new URL(origin);
    const held = Array.from({ length: 400 }, () =>
      connect({ host: hostname, port: Number(port), allowHalfOpen: true }),
    );
    try {
      for (const socket of held) socket.on('error', () => {});
      const isReady = () =>
        fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(10_000) }).then(
          ({ status }) => (status === 200 ? true : null),
          () => null,
        );
      for (let turn = 0; turn < 3; turn += 1) {
        await until(isReady);
        for (let count = 0; count < 20; count += 1) {
          const client = await ClientSocket.open(origin, 'CONNECT gatehouse.test:443 HTTP/1.1\r\nHost: a\r\n\r\n');
          client.socket.resetAndDestroy();
        }
      }
      expect(await fetch(`${origin}/health/ready`).then((answer) => answer.json())).toEqual({ status: 'ok' });
    } finally {
      for (const socket of held) socket.destroy();
    }
    await service.stop();
    expect(service.errorLines()).toEqual([]);
  });
});
