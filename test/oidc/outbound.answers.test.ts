import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { CallFailed } from '../../src/oidc/call-failed.js';
import { Outbound, type OutboundRequest } from '../../src/oidc/outbound.js';
import { LoopbackServers } from '../harness/loopback-servers.js';

const PRIVATE_ALLOWED = { oidcAllowPrivateHosts: true, oidcInternalProviderHosts: [] };
const GET: OutboundRequest = { method: 'GET' };

const outbound = new Outbound(PRIVATE_ALLOWED);
const servers = new LoopbackServers();

afterEach(() => servers.endAll());

afterAll(() => outbound.onApplicationShutdown());

/** The reason of a failed call. */
function reasonOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (answer) => answer,
    (error: { reason?: string }) => error.reason,
  );
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  return Buffer.concat((await message.toArray()) as Buffer[]).toString();
}

describe('a call to a provider', () => {
  it('sends method, headers and body, and gives back status, headers and body', async () => {
    const seen: unknown[] = [];
    const url = await servers.http(async (request, response) => {
      const { method, url: path, headers } = request;
      seen.push({ method, path, headers, body: await bodyOf(request) });
      response.writeHead(
        400,
        [
          ['content-type', 'application/json'],
          ['date', 'today'],
          ['content-length', '15'],
          ['connection', 'close'],
          ['link', '<a>'],
          ['link', '<b>'],
        ].flat(),
      );
      response.end('{"error":"bad"}');
    });
    const response = await outbound.request(`${url}/token?a=b`, {
      method: 'POST',
      headers: { authorization: 'Basic abc', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'code=1',
    });
    expect(response).toBeInstanceOf(Response);
    expect([response.status, await response.json(), Object.fromEntries(response.headers)]).toEqual([
      400,
      { error: 'bad' },
      {
        connection: 'close',
        'content-length': '15',
        'content-type': 'application/json',
        date: 'today',
        link: '<a>, <b>',
      },
    ]);
    expect(seen).toEqual([
      {
        method: 'POST',
        path: '/token?a=b',
        headers: {
          host: url.slice('http://'.length),
          connection: 'keep-alive',
          authorization: 'Basic abc',
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': 'gatehouse',
          'accept-encoding': 'identity',
          'content-length': '6',
        },
        body: 'code=1',
      },
    ]);
  });

  it('keeps no cookies and asks no proxy, whatever the environment says', async () => {
    const proxy = await servers.http((_request, response) => response.end('proxy'));
    const seen: IncomingMessage['headers'][] = [];
    const url = await servers.http(({ headers }, response) => {
      seen.push(headers);
      response.setHeader('set-cookie', 'a=b').end('provider');
    });
    for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'NODE_USE_ENV_PROXY']) {
      vi.stubEnv(name, name === 'NODE_USE_ENV_PROXY' ? '1' : proxy);
    }
    const fresh = new Outbound(PRIVATE_ALLOWED);
    for (let turn = 0; turn < 2; turn += 1) expect(await (await fresh.request(url, GET)).text()).toBe('provider');
    vi.unstubAllEnvs();
    await fresh.onApplicationShutdown();
    const headers = {
      host: url.slice(7),
      connection: 'keep-alive',
      'user-agent': 'gatehouse',
      'accept-encoding': 'identity',
    };
    expect(seen).toEqual([headers, headers]);
  });

  it('lets the caller name itself, and asks for no coding whatever the caller wants', async () => {
    const url = await servers.http(({ headers }, response) => {
      response.end(`${headers['user-agent']} ${headers['accept-encoding']}`);
    });
    const headers = { 'User-Agent': 'a client', 'Accept-Encoding': 'gzip' };
    expect(await (await outbound.request(url, { method: 'GET', headers })).text()).toBe('a client identity');
  });

  it('follows no redirect', async () => {
    const asked: (string | undefined)[] = [];
    const url = await servers.http((request, response) => {
      asked.push(request.url);
      response.writeHead(Number(request.url?.slice(1)), { location: '/elsewhere' }).end('moved');
    });
    const statuses = [300, 301, 302, 303, 304, 305, 307, 308, 399];
    for (const status of statuses) {
      expect(await reasonOf(outbound.request(`${url}/${status}`, GET))).toBe('provider_redirected');
    }
    expect(asked).toEqual(statuses.map((status) => `/${status}`));
  });

  it('decodes a body that was coded without being asked for', async () => {
    const coders = { gzip: gzipSync, 'X-GZIP': gzipSync, deflate: deflateSync, br: brotliCompressSync };
    for (const [coding, encode] of Object.entries(coders)) {
      const url = await servers.http((_request, response) => {
        response.writeHead(200, { 'content-encoding': coding, 'x-kept': '1' }).end(encode('{"sub":"1"}'));
      });
      const response = await outbound.request(url, GET);
      expect([await response.text(), response.headers.get('content-encoding'), response.headers.get('x-kept')]).toEqual(
        ['{"sub":"1"}', null, '1'],
      );
      expect(response.headers.get('content-length')).toBe(null);
    }
  });

  it('takes an answer without a body', async () => {
    for (const status of [200, 204, 205, 500]) {
      const url = await servers.http((_request, response) => {
        response.writeHead(status, { 'content-encoding': 'gzip' }).end();
      });
      const response = await outbound.request(url, GET);
      expect([response.status, await response.text()]).toEqual([status, '']);
    }
  });

  it('calls a refused port and a connection that ends early unreachable', async () => {
    expect(await reasonOf(outbound.request(await servers.refused(), GET))).toBe('provider_unreachable');
    expect(await reasonOf(outbound.request(await servers.lines(''), GET))).toBe('provider_unreachable');
  });

  it('calls what is no HTTP, or less than was announced, malformed', async () => {
    const answers = [
      ['SSH-2.0-OpenSSH_9.6', ''],
      ['HTTP/1.1 2000 OK', '', ''],
      ['HTTP/1.1 999 Odd', 'content-length: 2', '', 'ok'],
      ['HTTP/1.1 200 OK', 'content-length: 10', '', 'short'],
      ['HTTP/1.1 200 OK', 'content-length: 2', 'content-length: 3', '', 'abc'],
      ['HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '5', 'ab'],
      ['HTTP/1.1 200 OK', 'content-encoding: zstd', 'content-length: 2', '', 'ab'],
      ['HTTP/1.1 200 OK', 'content-encoding: constructor', 'content-length: 2', '', 'ab'],
      ['HTTP/1.1 200 OK', 'content-encoding: gzip, gzip', 'content-length: 2', '', 'ab'],
      ['HTTP/1.1 200 OK', 'content-encoding: gzip', 'content-length: 2', '', 'ab'],
    ];
    for (const answer of answers) {
      const reason = await reasonOf(outbound.request(await servers.lines(...answer), GET));
      expect([answer[0], answer[1], reason]).toEqual([answer[0], answer[1], 'provider_answer_malformed']);
    }
    const headers = Array.from({ length: 40 }, (_, index) => `x-${index}: ${'a'.repeat(500)}`);
    const large = await servers.lines('HTTP/1.1 200 OK', ...headers, 'content-length: 2', '', 'ab');
    expect(await reasonOf(outbound.request(large, GET))).toBe('provider_answer_too_large');
  });

  it('tells the code of a failure, and neither what was sent nor what was received', async () => {
    const secret = 'Zx81SecretOfTheShop';
    const request: OutboundRequest = { method: 'POST', headers: { authorization: secret }, body: secret };
    const spoilt: OutboundRequest = { method: 'GET', headers: { authorization: `${secret}\nx: y` } };
    const refused = await servers.refused();
    const garbage = await servers.lines(secret, secret);
    const cut = await servers.lines('HTTP/1.1 200 OK', `x-secret: ${secret}`, 'content-length: 500', '', secret);
    const calls = [
      outbound.request(`${refused}/?${secret}`, request),
      outbound.request(`${garbage}/?${secret}`, request),
      outbound.request(`${cut}/?${secret}`, request),
      outbound.request(`${cut}/?${secret}`, spoilt),
      outbound.request(`ftp://${secret}/`, request),
    ];
    const failures = await Promise.all(calls.map((call) => call.then(String, (error: CallFailed) => error)));
    const told = failures.map((each) => (each instanceof CallFailed ? [each.reason, each.cause] : each));
    expect(told).toEqual([
      ['provider_unreachable', new Error('ECONNREFUSED')],
      ['provider_answer_malformed', new Error('HTTPParserError')],
      ['provider_answer_malformed', new Error('UND_ERR_SOCKET')],
      ['provider_unreachable', undefined],
      ['address_forbidden', undefined],
    ]);
    expect(failures.filter((each) => inspect(each, { depth: 10, showHidden: true }).includes(secret))).toEqual([]);
  });
});
