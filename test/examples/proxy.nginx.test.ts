import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorCatalog, type ErrorCode } from '../../src/errors/error-catalog.js';
import { sharedApp } from '../harness/app.js';
import { LoopbackServers } from '../harness/loopback-servers.js';
import { findNginx, Nginx, type NginxAnswer } from '../harness/nginx.js';
import { requestBytes, sendBytes } from '../harness/raw-http.js';
import { selfSigned } from '../harness/self-signed.js';
import { isThorough } from '../harness/tier/sizes.js';
import { filledIn } from './filled-in.js';
import { serviceUrls, VENDOR_PATHS } from './proxied-paths.js';
import { eventually } from '../harness/patience.js';

const HOST = 'api.shop.example.com';
const MIB = 1_048_576;
const HEADERS_BYTES_MAX = 32_768;
const VENDOR_TOKEN = 'Bearer token-of-the-vendor';
/** Longer than the patience of this nginx with what stands behind it. */
const FOR_EVER = '/hangs';

const program = findNginx();
const told =
  'No nginx here: the example of a proxy was not run. Install the package nginx, or name a program in NGINX.';

interface Received {
  readonly by: 'Gatehouse' | 'the vendor';
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: number;
}

const servers = new LoopbackServers();
const received: Received[] = [];
let nginx: Nginx;

/** Answers what it is asked for by the header `x-answer`, which the test sends. */
function standIn(by: Received['by']): RequestListener {
  return (request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      received.push({ by, url: request.url ?? '', headers: request.headers, bytes });
      const wanted = request.headers['x-answer'];
      if (wanted === 'none') request.socket.destroy();
      else if (wanted === 'unavailable') {
        response
          .writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' })
          .end('{"errors":["its own"]}');
      } else if (wanted === 'redirect')
        response.writeHead(302, { location: `https://${HOST}/${'s'.repeat(9_000)}` }).end();
      else if (wanted !== FOR_EVER) response.end(by);
    });
  };
}

const vendorTls = selfSigned('localhost');

beforeAll(async () => {
  if (program === null) {
    if (process.env['REQUIRE_NGINX'] === 'yes') throw new Error(told);
    return;
  }
  const gatehouse = await servers.start(createServer({ maxHeaderSize: 65_536 }, standIn('Gatehouse')));
  const vendor = await servers.start(createTlsServer(vendorTls, standIn('the vendor')));
  const vendorUrl = `https://localhost:${new URL(vendor).port}`;
  nginx = await Nginx.start(program, HOST, (port, folder) => {
    const vendor = { url: vendorUrl, certificate: vendorTls.cert, token: VENDOR_TOKEN };
    return `proxy_read_timeout 3s;\n${filledIn({ port, folder, gatehouse, vendor })}`;
  });
});
afterAll(async () => {
  await (nginx as Nginx | undefined)?.stop();
  servers.endAll();
});
beforeEach((context) => {
  if (program === null) context.skip(told);
  received.length = 0;
});

/** The only thing that was received. */
function one(): Received {
  expect(received).toHaveLength(1);
  return received[0] as Received;
}

function expectErrorDocument(
  answer: Pick<NginxAnswer, 'status' | 'headers' | 'body'>,
  status: number,
  code: ErrorCode,
) {
  const { title, detail } = errorCatalog[code];
  const request_id = answer.headers['x-request-id'];
  const titles: Record<number, string> = { 502: 'Bad Gateway', 504: 'Gateway Timeout' };
  expect(JSON.parse(answer.body)).toEqual({
    errors: [{ status, title: titles[status] ?? title, detail, code, request_id }],
  });
  expect(answer.status).toBe(status);
  expect(request_id).toMatch(/^[0-9a-f]{32}$/);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'X-Request-Id',
  });
}

describe.runIf(isThorough)('the example for nginx, as an nginx runs it', () => {
  it('brings every path of the service to Gatehouse and the others to the vendor', async () => {
    const urls = serviceUrls(await sharedApp());
    for (const path of [...urls, ...VENDOR_PATHS]) await nginx.ask(`${path}?a=%2B1`);

    const at = (by: Received['by']) => received.filter((each) => each.by === by).map(({ url }) => url);
    expect(at('Gatehouse')).toEqual(urls.map((url) => `${url}?a=%2B1`));
    expect(at('the vendor')).toEqual(VENDOR_PATHS.map((url) => `${url}?a=%2B1`));
  });

  it('hands Gatehouse the tokens as they are, and the address and the request id that it knows by itself', async () => {
    const forged = { 'x-forwarded-for': '203.0.113.7', 'x-request-id': 'forged' };
    const tokens = { authorization: 'Bearer of-gatehouse', 'x-moltin-customer-token': 'of-ann' };
    const answer = await nginx.ask('/v2/customers', { headers: { ...tokens, ...forged } });

    expect(answer).toMatchObject({ status: 200, body: 'Gatehouse' });
    expect(one().headers).toMatchObject({ ...tokens, host: HOST, 'x-forwarded-for': '127.0.0.1' });
    expect(one().headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('shows the vendor its own token only', async () => {
    const tokens = { authorization: 'Bearer of-gatehouse', 'x-moltin-customer-token': 'of-ann' };
    const answer = await nginx.ask('/pcm/products', { headers: tokens });

    expect(answer).toMatchObject({ status: 200, body: 'the vendor' });
    expect(one().headers).toMatchObject({ authorization: VENDOR_TOKEN, host: 'api.vendor.example' });
    expect(one().headers).not.toHaveProperty('x-moltin-customer-token');
  });

  it('lets through what Gatehouse takes: an order of 1 MiB, the longest filter, the longest redirect', async () => {
    await nginx.ask('/v2/orders', { method: 'POST', body: Buffer.alloc(MIB, 32) });
    expect(one()).toMatchObject({ by: 'Gatehouse', bytes: MIB });

    received.length = 0;
    const filter = `/v2/customers?filter=${'%C3%A9'.repeat(4_096)}`;
    expect((await nginx.ask(filter)).status).toBe(200);
    expect(one().url).toBe(filter);

    const redirect = await nginx.ask('/oidc-idp/callback/x', { headers: { 'x-answer': 'redirect' } });
    expect(redirect.status).toBe(302);
    expect(redirect.headers['location']).toHaveLength(9_000 + `https://${HOST}/`.length);
  });

  it.each([
    ['a body beyond 1 MiB', '/v2/orders', { method: 'POST', body: Buffer.alloc(MIB + 1) }, 413, 'body_too_large'],
    ['a request line beyond 32 KB', `/v2/orders?${'x'.repeat(HEADERS_BYTES_MAX)}`, {}, 431, 'headers_too_large'],
    ['a header beyond it', '/v2/orders', { headers: { a: 'x'.repeat(HEADERS_BYTES_MAX) } }, 431, 'headers_too_large'],
    ['a method that nginx refuses', '/v2/orders', { method: 'TRACE' }, 405, 'method_not_allowed'],
    ['a path that is none', '/%00?secret', {}, 400, 'request_malformed'],
    ['no answer of Gatehouse', '/v2/orders', { headers: { 'x-answer': 'none' } }, 502, 'unavailable'],
    ['no answer of the vendor', '/v2/carts', { headers: { 'x-answer': 'none' } }, 502, 'unavailable'],
    ['a late answer of Gatehouse', '/v2/orders', { headers: { 'x-answer': FOR_EVER } }, 504, 'unavailable'],
  ] as const)('answers %s in the form of the service’s errors', async (_, path, asked, status, code) => {
    expectErrorDocument(await nginx.ask(path, asked), status, code);
  });

  it('answers a request without TLS in that form', async () => {
    const [answer] = await sendBytes(`http://127.0.0.1:${nginx.port}`, requestBytes('GET /v2/orders'));
    expectErrorDocument(answer ?? { status: 0, headers: {}, body: '' }, 400, 'request_malformed');
  });

  it('passes an error of Gatehouse as it is', async () => {
    const answer = await nginx.ask('/v2/orders', { headers: { 'x-answer': 'unavailable' } });
    expect(answer).toMatchObject({ status: 503, body: '{"errors":["its own"]}', headers: { 'retry-after': '1' } });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('logs paths, statuses and request ids, and no query, also of requests that fail', async () => {
    const body = Buffer.alloc(MIB + 1);
    const answers = [
      await nginx.ask('/v2/customers?filter=eq(email,secret@example.com)'),
      await nginx.ask('/v2/orders?code=secret', { headers: { 'x-answer': 'none' } }),
      await nginx.ask('/v2/orders?code=secret', { method: 'POST', body }),
      await nginx.ask(`/v2/orders?secret=${'x'.repeat(HEADERS_BYTES_MAX)}`),
    ];
    // What passes has no id in the answer of a stand-in.
    const ids = answers.map(({ headers }, index) =>
      String(headers['x-request-id'] ?? received[index]?.headers['x-request-id']),
    );
    const lines = [
      `${ids[0]} "GET /v2/customers" 200 "200" `,
      `${ids[1]} "GET /v2/orders" 502 "502`,
      `${ids[2]} "POST /v2/orders" 413 "-" `,
      `${ids[3]} "GET /v2/orders" 431 "-" `,
    ];
    const logged = (line: string) => nginx.logs()['api.log']?.includes(line);
    for (const line of lines) await eventually(() => expect(logged(line), line).toBe(true));
    expect(JSON.stringify(nginx.logs())).not.toContain('secret');
  });
});
