import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { answerBrokenConnection } from '../../src/http/broken-connection.js';
import { boundConnections } from '../../src/http/client-connections.js';
import { REQUESTS_WAITING_MAX } from '../../src/http/client-connection.js';
import { adoptRawRequests } from '../../src/http/raw-requests.js';
import { ClientSocket } from '../harness/client-sockets.js';
import { until } from '../harness/service-process.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** What a request is answered, and when: the test says. */
interface Asked {
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A server with what the service's own has around its requests, and nothing behind them. */
async function serverOf(answer: (asked: Asked) => void, options: ServerOptions = {}) {
  const asked: Asked[] = [];
  const server = createServer(options, (request, response) => {
    const arrived = { path: request.url ?? '', request, response };
    asked.push(arrived);
    answer(arrived);
  });
  const patienceMs = { 'first request': 1e9, 'next request': 1e9, body: 1e9, reading: 1e9 };
  boundConnections(server, { connections: 100, bytes: 1e9, patienceMs, lookEveryMs: 1e9 }, { warn: () => {} });
  adoptRawRequests(server);
  server.on('clientError', answerBrokenConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const open = async (sent: string) => {
    const client = (await ClientSocket.open(origin, sent)).read();
    ends.push(() => client.destroy());
    return client;
  };
  const isAlone = () =>
    until(
      () =>
        new Promise<true | null>((resolve) => server.getConnections((_, count) => resolve(count === 0 ? true : null))),
    );
  return { asked, open, isAlone };
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: gatehouse.test\r\n\r\n`;
}

const POST = 'POST /write HTTP/1.1\r\nHost: gatehouse.test\r\nContent-Length: 10\r\n\r\n';

describe('requests that a client sends without waiting', () => {
  it('are begun one after the other, each when the answer before has left', async () => {
    const { asked, open } = await serverOf(() => {});
    const client = await open(get('/1') + get('/2') + get('/3'));
    for (let turn = 1; turn <= 3; turn += 1) {
      await until(() => (asked.length === turn ? true : null));
      expect(client.statuses).toHaveLength(turn - 1);
      asked[turn - 1]?.response.end(`answer ${turn}`);
      await until(() => (client.received.endsWith(`answer ${turn}`) ? true : null));
    }
    expect(asked.map(({ path }) => path)).toEqual(['/1', '/2', '/3']);
  });

  it('are taken up to a number. The answer to the last one says that it is the last, and nothing behind is done', async () => {
    const { asked, open, isAlone } = await serverOf(() => {});
    const client = await open(
      Array.from({ length: REQUESTS_WAITING_MAX + 10 }, (_, index) => get(`/${index}`)).join(''),
    );
    for (let turn = 0; turn <= REQUESTS_WAITING_MAX; turn += 1) {
      await until(() => (asked.length === turn + 1 ? true : null));
      asked[turn]?.response.end();
    }
    await until(() => (client.socket.readableEnded ? true : null));
    expect(client.statuses).toHaveLength(REQUESTS_WAITING_MAX + 1);
    expect(asked).toHaveLength(REQUESTS_WAITING_MAX + 1);
    expect(client.received.match(/^Connection: .*$/gm)?.filter((line) => line.includes('close'))).toHaveLength(1);
    await isAlone();
  });

  it('are not done behind one whose answer ends the connection', async () => {
    const { asked, open, isAlone } = await serverOf(({ response }) => response.end('here'));
    const client = await open(get('/1').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n') + POST + '0123456789');
    await until(() => (client.socket.readableEnded ? true : null));
    expect(client.statuses).toEqual([200]);
    expect(asked.map(({ path }) => path)).toEqual(['/1']);
    await isAlone();
  });

  it('are not done when the client has gone away meanwhile', async () => {
    const { asked, open, isAlone } = await serverOf(() => {});
    const client = await open(get('/1') + POST + '0123456789');
    await until(() => (asked.length === 1 ? true : null));
    client.socket.resetAndDestroy();
    await isAlone();
    asked[0]?.response.end('here');
    await isAlone();
    expect(asked.map(({ path }) => path)).toEqual(['/1']);
  });

  it('wait with their bodies, whatever they hold', async () => {
    const bodies: string[] = [];
    const { asked, open } = await serverOf(({ path, request, response }) => {
      if (path === '/1') return;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push(Buffer.concat(chunks).toString());
        response.end();
      });
    });
    const body = 'x'.repeat(400_000);
    const client = await open(get('/1') + POST.replace('10', String(body.length)) + body);
    await until(() => (asked.length === 1 ? true : null));
    asked[0]?.response.end();
    await until(() => (client.statuses.length === 2 ? true : null));
    expect(bodies).toEqual([body]);
  });
});

describe('bytes that are no request', () => {
  it.each([
    ['no HTTP', 'no HTTP\r\n\r\n'],
    ['a tunnel', 'CONNECT gatehouse.test:443 HTTP/1.1\r\nHost: gatehouse.test\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('are refused behind the answers to the requests before them: %s', async (_, bytes) => {
    const { asked, open, isAlone } = await serverOf(() => {});
    const client = await open(get('/1') + get('/2') + bytes);
    for (let turn = 1; turn <= 2; turn += 1) {
      await until(() => (asked.length === turn ? true : null));
      asked[turn - 1]?.response.end();
    }
    await until(() => (client.socket.readableEnded ? true : null));
    expect(client.statuses).toEqual([200, 200, 400]);
    await isAlone();
  });

  it('end the connection, also when the client goes on sending and never closes its side', async () => {
    const { asked, open, isAlone } = await serverOf(({ response }) => response.end());
    const client = await open('no HTTP\r\n\r\n');
    await until(() => (client.statuses.length === 1 ? true : null));
    client.send(get('/'));
    await isAlone();
    expect(client.statuses).toEqual([400]);
    expect(asked).toEqual([]);
  });

  it('leave the process alive when the client resets the connection instead of reading the answer', async () => {
    const { open, isAlone } = await serverOf(({ response }) => response.end());
    for (let count = 0; count < 20; count += 1) {
      const client = await open('CONNECT gatehouse.test:443 HTTP/1.1\r\nHost: gatehouse.test\r\n\r\n');
      client.socket.resetAndDestroy();
    }
    await isAlone();
    const client = await open(get('/'));
    await until(() => (client.statuses.length === 1 ? true : null));
    expect(client.statuses).toEqual([200]);
  });
});

describe('a request to change the protocol', () => {
  it('is answered as if it had asked for nothing, and its connection ends like every idle one, whatever is sent on it', async () => {
    const { open, isAlone } = await serverOf(({ response }) => response.end(), { keepAliveTimeout: 50 });
    const head = 'GET / HTTP/1.1\r\nHost: gatehouse.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const client = await open(`${head}\x01\x02`);
    await isAlone();
    expect(client.statuses).toEqual([200]);
  });
});

describe('a request that does not come in time', () => {
  const soon = { headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 20 };

  it.each([
    ['nothing', ''],
    ['half a head', 'GET / HTTP/1.1\r\nX-Half: '],
  ])('ends the connection with 408, whatever the client does: %s', async (_, sent) => {
    const { open, isAlone } = await serverOf(({ response }) => response.end(), soon);
    const client = await open(sent);
    await isAlone();
    expect(client.statuses).toEqual([408]);
  });

  it('is answered 408 in its turn, where its body is what is missing, and is not done', async () => {
    const done: string[] = [];
    const { open, isAlone } = await serverOf(({ path, request, response }) => {
      if (path === '/1') response.end();
      else
        request.resume().once('end', () => {
          done.push(path);
          response.end();
        });
    }, soon);
    const client = await open(get('/1') + POST + 'half');
    await until(() => (client.statuses.length === 2 ? true : null));
    client.send('another half');
    await isAlone();
    expect(client.statuses).toEqual([200, 408]);
    expect(done).toEqual([]);
  });

  it('and was answered before its body came gets no second answer', async () => {
    const { open, isAlone } = await serverOf(({ response }) => response.writeHead(401).end(), soon);
    const client = await open(`${POST}half`);
    await isAlone();
    expect(client.statuses).toEqual([401]);
  });
});
