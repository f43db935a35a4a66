import { createServer } from 'node:net';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { answerBrokenConnection } from '../../src/http/broken-connection.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { requestBytes, sendBytes } from '../harness/raw-http.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;
let authorization: string;
const body = JSON.stringify({ data: addressMembers });

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  customer = await shop.customer();
  authorization = `Authorization: ${(await shop.service())['authorization']}`;
});

/** The one answer to these bytes; the service must be there afterwards and must have stored nothing. */
async function sendBroken(bytes: string | Buffer, halfClose = false) {
  const before = await app.database.prisma.address.count({ where: { storeId: shop.storeId } });
  const answers = await sendBytes(app.origin, bytes, { halfClose });
  expect(answers).toHaveLength(1);
  const [answer] = answers;
  if (answer === undefined) throw new Error('no answer');
  expect(answer.headers['connection']).toBe('close');
  expect((await app.http.get('/health/live')).status).toBe(200);
  expect(await app.database.prisma.address.count({ where: { storeId: shop.storeId } })).toBe(before);
  return answer;
}

function create(headers: readonly string[], sent: string): string {
  return requestBytes(`POST /v2/customers/${customer.id}/addresses`, [authorization, ...headers], sent);
}

describe('bytes that are no HTTP request', () => {
  it.each([
    ['text', 'hello\r\n\r\n'],
    ['a TLS greeting', Buffer.from('16030100a5010000a10303', 'hex')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an unknown method', requestBytes('FOO /v2/customers')],
    ['an unknown version', 'GET /health/live HTTP/9.9\r\n\r\n'],
    ['a blank in the path', requestBytes('GET /health/live x')],
    ['a control character in a header', requestBytes('GET /health/live', ['X-A: a\u0001b'])],
    ['a header without a colon', requestBytes('GET /health/live', ['nonsense'])],
    ['a NUL in the path', requestBytes('GET /health/\0live')],
  ])('are answered 400 in the envelope: %s', async (_, bytes) => {
    expectError(await sendBroken(bytes, true), 'request_malformed');
  });
});

describe('a length that is not true', () => {
  it.each([
    ['negative', ['Content-Length: -1']],
    ['no number', ['Content-Length: 1x']],
    ['beyond every number', ['Content-Length: 99999999999999999999999']],
    ['given twice', [`Content-Length: ${body.length}`, 'Content-Length: 3']],
    ['given beside chunks', [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked']],
    ['of an unknown transfer encoding', ['Transfer-Encoding: gzip']],
    ['of chunks that are none', ['Transfer-Encoding: chunked']],
  ])('is answered 400 and nothing is stored: %s', async (_, headers) => {
    expectError(await sendBroken(create(headers, body)), 'request_malformed');
  });

  it('that is too small does not make a second request of the rest, and the first gets its own answer', async () => {
    expectError(await sendBroken(create(['Content-Length: 10'], body)), 'body_malformed');
  });

  it('that is too large is answered 400 once the client goes away, and nothing is stored', async () => {
    expectError(await sendBroken(create([`Content-Length: ${body.length + 1}`], body), true), 'request_malformed');
  });
});

describe('chunks', () => {
  it('are put together to one body', async () => {
    const half = Math.floor(body.length / 2);
    const chunks = [body.slice(0, half), body.slice(half)];
    const sent = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const [answer] = await sendBytes(app.origin, create(['Transfer-Encoding: chunked'], `${sent}0\r\n\r\n`));
    expect(answer?.status).toBe(201);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ data: addressMembers });
  });

  it('that are none in all are no body', async () => {
    const [answer] = await sendBytes(app.origin, create(['Transfer-Encoding: chunked'], '0\r\n\r\n'));
    if (answer === undefined) throw new Error('no answer');
    expectError(answer, 'member_invalid', [{ source: 'data', title: 'required', detail: 'data is required' }]);
  });
});

describe('headers that are too large', () => {
  it.each([
    ['one header', requestBytes('GET /health/live', [`X-A: ${'a'.repeat(40_000)}`])],
    [
      'many headers',
      requestBytes(
        'GET /health/live',
        Array.from({ length: 700 }, (_, index) => `X-${index}: ${'a'.repeat(50)}`),
      ),
    ],
    ['the path', requestBytes(`GET /v2/customers/${'a'.repeat(40_000)}`)],
    ['the query', requestBytes(`GET /v2/customers?filter=${'a'.repeat(40_000)}`)],
  ])('are answered 431 in the envelope: %s', async (_, bytes) => {
    expectError(await sendBroken(bytes), 'headers_too_large');
  });

  it('begin above 32 KB: a long id in a path is an unknown id', async () => {
    const answer = await app.http.get(`/v2/customers/${'a'.repeat(30_000)}`).set(await shop.service());
    expectError(answer, 'customer_not_found');
  });
});

describe('a request that does not arrive in time', () => {
  it('is answered 408 in the envelope', async () => {
    // The real limit is many seconds; what Node reports when it is over is all that matters here.
    const server = createServer((socket) => answerBrokenConnection({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }, socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    try {
      const [answer] = await sendBytes(`http://127.0.0.1:${port}`, 'GET');
      if (answer === undefined) throw new Error('no answer');
      expectError(answer, 'request_timeout');
    } finally {
      server.close();
    }
  });
});

describe('a connection that the client has reset', () => {
  it('is given up without an answer', async () => {
    const server = createServer((socket) => answerBrokenConnection({ code: 'ECONNRESET' }, socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    try {
      expect(await sendBytes(`http://127.0.0.1:${port}`, 'GET')).toEqual([]);
    } finally {
      server.close();
    }
  });
});
