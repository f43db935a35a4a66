import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { boundConnections, type ConnectionLimits, exemptKeptBodies } from '../../src/http/client-connections.js';
import { ClientSocket } from '../harness/client-sockets.js';
import { until } from '../harness/service-process.js';

/** More than the kernel takes for a client that does not read. */
const LARGE = 'x'.repeat(16_777_216);
const LIMITS: ConnectionLimits = {
  connections: 100,
  bytes: 1_073_741_824,
  patienceMs: { 'first request': 10_000, 'next request': 80_000, body: 15_000, reading: 15_000 },
  // Tests look themselves.
  lookEveryMs: 2_147_483_647,
};

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Bounded {
  readonly origin: string;
  readonly warnings: object[];
  readonly asked: string[];
  /** Lets time pass, and the service look at its connections. */
  pass(seconds: number): void;
  open(sent?: string): Promise<ClientSocket>;
  /** How many connections the service has. */
  count(): Promise<number>;
}

async function bounded(
  changes: Partial<ConnectionLimits>,
  answer: (path: string, response: ServerResponse) => void = (_, response) => response.end('here'),
): Promise<Bounded> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    request.resume();
    answer(request.url ?? '', response);
  });
  return { asked, ...(await listening(server, changes)) };
}

async function listening(server: Server, changes: Partial<ConnectionLimits>): Promise<Omit<Bounded, 'asked'>> {
  const warnings: object[] = [];
  let nowMs = 0;
  const logger = { warn: (fields: object) => warnings.push(fields) };
  const connections = boundConnections(server, { ...LIMITS, ...changes }, logger as never, () => nowMs);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const count = () =>
    new Promise<number>((resolve, reject) => {
      server.getConnections((error, number) => (error === null ? resolve(number) : reject(error)));
    });
  return {
    origin,
    warnings,
    pass: (seconds) => {
      nowMs += seconds * 1_000;
      connections.lookAtAll();
    },
    open: async (sent = '') => {
      const client = await ClientSocket.open(origin, sent);
      ends.push(() => client.destroy());
      return client;
    },
    count,
  };
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: gatehouse.test\r\n\r\n`;
}

/** Settles when it has so many. */
async function expectConnections({ count }: Pick<Bounded, 'count'>, wanted: number): Promise<void> {
  await until(async () => ((await count()) === wanted ? true : null));
}

async function expectAnswer(client: ClientSocket): Promise<void> {
  client.read();
  await until(() => (client.statuses.length > 0 ? true : null));
}

describe('a client that reads nothing of an answer', () => {
  const large = (_: string, response: ServerResponse) => response.end(LARGE);

  it('is cut when nothing has moved for its time, and not before', async () => {
    const service = await bounded({}, large);
    const client = await service.open(get('/'));
    await until(() => (service.asked.length === 1 ? true : null));
    service.pass(15);
    await expectConnections(service, 1);
    expect(service.warnings).toEqual([]);
    service.pass(1);
    await expectConnections(service, 0);
    service.pass(1);
    expect(service.warnings).toEqual([{ connections: { overdue: 1 } }]);
    client.destroy();
  });

  it('is not cut for that as long as it reads on, however slowly', async () => {
    const service = await bounded({}, large);
    const client = await service.open(get('/'));
    await until(() => (service.asked.length === 1 ? true : null));
    for (let step = 0; step < 3; step += 1) {
      service.pass(14);
      // More than lies between the two, so that the service sees some of it go.
      await client.readOnly(5_000_000);
    }
    service.pass(14);
    await expectConnections(service, 1);
    service.pass(16);
    await expectConnections(service, 0);
  });

  it('is cut also while it sends more and more requests', async () => {
    const service = await bounded({}, large);
    const client = await service.open(get('/'));
    await until(() => (service.asked.length === 1 ? true : null));
    for (let second = 0; second < 16; second += 1) {
      client.send(get(`/${second}`));
      service.pass(1);
    }
    await expectConnections(service, 0);
    expect(service.asked).toEqual(['/']);
  });

  it('holds one answer in memory, and no more, however many it asks for at once', async () => {
    const service = await bounded({}, large);
    const client = await service.open(get('/one') + get('/two') + get('/three'));
    await until(() => (service.asked.length > 0 ? true : null));
    service.pass(1);
    expect(service.asked).toEqual(['/one']);
    client.read();
    await until(() => (client.statuses.length === 3 ? true : null));
    expect(service.asked).toEqual(['/one', '/two', '/three']);
  });
});

describe('answers that are not read, of all connections together', () => {
  const large = (path: string, response: ServerResponse) => response.end(path === '/large' ? LARGE : 'small');
  // Two, and what the kernel has taken of three.
  const bytes = 2.5 * LARGE.length;

  it('are bounded: who has read nothing for longest is cut, and others are answered', async () => {
    const service = await bounded({ bytes }, large);
    const clients: ClientSocket[] = [];
    for (let count = 1; count <= 3; count += 1) {
      clients.push(await service.open(get('/large')));
      await until(() => (service.asked.length === count ? true : null));
      service.pass(1);
    }
    await expectConnections(service, 2);
    expect(service.warnings).toEqual([{ connections: { too_many_bytes: 1 } }]);
    await expectAnswer(await service.open(get('/small')));
    const [first, second, third] = clients.map((client) => client.read());
    await until(() => (third?.received.endsWith('x') && second?.received.endsWith('x') ? true : null));
    await until(() => (first?.socket.destroyed === true || first?.socket.readableEnded === true ? true : null));
    expect(first?.received.length).toBeLessThan(LARGE.length);
  });

  it('do not count where the body is one that the service keeps for all', async () => {
    const instance = fastify();
    exemptKeptBodies(instance);
    const kept = Buffer.from(LARGE);
    let answered = 0;
    instance.addHook('onSend', (_request, _reply, _payload, done) => {
      answered += 1;
      done();
    });
    instance.get('/kept', () => kept);
    instance.get('/own', () => LARGE);
    await instance.ready();
    const service = await listening(instance.server, { bytes });
    for (let count = 1; count <= 4; count += 1) {
      await service.open(get('/kept'));
      await until(() => (answered === count ? true : null));
      service.pass(1);
    }
    await expectConnections(service, 4);
    for (let count = 5; count <= 7; count += 1) {
      await service.open(get('/own'));
      await until(() => (answered === count ? true : null));
      service.pass(1);
    }
    await expectConnections(service, 6);
  });

  it('do not cost those their connection who hold little, and wait for long', async () => {
    const service = await bounded({ bytes }, large);
    const idle = await service.open('GET /small HTTP/1.1\r\nX-Half: ');
    for (let count = 1; count <= 3; count += 1) {
      await service.open(get('/large'));
      await until(() => (service.asked.length === count ? true : null));
      service.pass(1);
    }
    await expectConnections(service, 3);
    idle.send('a\r\nHost: a\r\n\r\n');
    await expectAnswer(idle);
  });
});

describe('requests that wait behind others of their connection', () => {
  it('count, and so do bodies that are not complete', async () => {
    const service = await bounded({ bytes: 400_000, connections: 10 }, () => {});
    const waiting = get(`/${'x'.repeat(5_000)}`).repeat(12);
    await service.open(waiting);
    await service.open(waiting);
    await until(() => (service.asked.length === 2 ? true : null));
    service.pass(1);
    await expectConnections(service, 2);
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n';
    await service.open(head + 'x'.repeat(150_000));
    await until(() => {
      service.pass(0);
      return service.warnings.length > 0 ? true : null;
    });
    await expectConnections(service, 2);
    expect(service.warnings).toEqual([{ connections: { too_many_bytes: 1 } }]);
  });
});

describe('connections', () => {
  it('beyond their number take the place of the one whose client has done nothing for longest', async () => {
    const service = await bounded({ connections: 3 });
    const silent: ClientSocket[] = [];
    for (let count = 1; count <= 3; count += 1) {
      silent.push((await service.open()).read());
      await expectConnections(service, count);
      service.pass(1);
    }
    await expectAnswer(await service.open(get('/')));
    await until(() => (silent[0]?.socket.readableEnded === true ? true : null));
    service.pass(0);
    expect(service.warnings).toEqual([{ connections: { too_many_connections: 1 } }]);
    await expectConnections(service, 3);
    silent[1]?.send(get('/'));
    await until(() => (silent[1]?.statuses.length === 1 ? true : null));
  });

  it('that the service works for are never given up: the new one is refused', async () => {
    const waiting: ServerResponse[] = [];
    const service = await bounded({ connections: 2 }, (_, response) => waiting.push(response));
    const working = [await service.open(get('/')), await service.open(get('/'))];
    await until(() => (waiting.length === 2 ? true : null));
    const refused = (await service.open(get('/'))).read();
    await until(() => (refused.socket.destroyed || refused.socket.readableEnded ? true : null));
    for (const response of waiting) response.end('here');
    for (const client of working) await expectAnswer(client);
    expect(refused.received).toBe('');
  });

  it.each([
    ['that never asked', '', 10],
    ['with half a head', 'GET / HTTP/1.1\r\nX-Half: ', 10],
    ['with half a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf', 15],
  ])('%s are cut when their time is over, whatever Node does', async (_, sent, seconds) => {
    const service = await bounded({}, () => {});
    await service.open(sent);
    await expectConnections(service, 1);
    await until(() => (!sent.startsWith('POST') || service.asked.length === 1 ? true : null));
    service.pass(seconds);
    await expectConnections(service, 1);
    service.pass(1);
    await expectConnections(service, 0);
  });

  it('that are kept after an answer end, too, also where the client sends empty lines for ever', async () => {
    const service = await bounded({});
    const client = await service.open(get('/'));
    await expectAnswer(client);
    for (let second = 0; second < 81; second += 1) {
      client.send('\r\n');
      service.pass(1);
    }
    await expectConnections(service, 0);
  });
});
