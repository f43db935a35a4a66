import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Outbound, type OutboundRequest } from '../../src/oidc/outbound.js';
import { AddressLookup } from '../../src/oidc/outbound-lookup.js';
import { LoopbackServers } from '../harness/loopback-servers.js';

const LIMIT = 262_144;
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

describe('the limits of a call to a provider', () => {
  it('takes up to 256 KiB and not one byte more, announced or not, coded or not', async () => {
    const answers: Record<string, RequestListener> = {};
    for (const size of [LIMIT, LIMIT + 1]) {
      const body = Buffer.alloc(size, 'a');
      answers[`/announced/${size}`] = (_, response) => response.setHeader('content-length', size).end(body);
      answers[`/chunked/${size}`] = (_, response) => response.writeHead(200).write(body, () => response.end());
      answers[`/coded/${size}`] = (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(body));
    }
    const url = await servers.http((request, response) => answers[request.url ?? '']?.(request, response));
    for (const path of Object.keys(answers)) {
      const answer = await reasonOf(outbound.request(url + path, GET).then(async (each) => (await each.text()).length));
      expect([path, answer]).toEqual([path, path.endsWith(`/${LIMIT}`) ? LIMIT : 'provider_answer_too_large']);
    }
  });

  it('cuts an endless body and a bomb, and closes the connection', async () => {
    const chunk = Buffer.alloc(65_536, 'a');
    const sent: Promise<number>[] = [];
    const url = await servers.http(({ socket }, response) => {
      sent.push(new Promise((resolve) => void socket.on('close', () => resolve(socket.bytesWritten))));
      response.writeHead(200, { 'content-length': String(300_000_000) });
      const fill = () => {
        while (!socket.destroyed && response.write(chunk));
      };
      response.on('drain', fill);
      fill();
    });
    expect(await reasonOf(outbound.request(url, GET))).toBe('provider_answer_too_large');
    // What the operating system took in before the end counts too.
    expect(await sent[0]).toBeLessThan(16_000_000);

    const bomb = gzipSync(Buffer.alloc(200_000_000));
    expect(bomb.length).toBeLessThan(LIMIT);
    const bombUrl = await servers.http((_request, response) =>
      response.setHeader('content-encoding', 'gzip').end(bomb),
    );
    const before = process.memoryUsage().arrayBuffers;
    expect(await reasonOf(outbound.request(bombUrl, GET))).toBe('provider_answer_too_large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_485_760);
  });

  it('ends as a timeout wherever the provider hangs, and when the caller aborts', async () => {
    const silent = await servers.start(createServer());
    const slow = await servers.http((request, response) => {
      if (request.url === '/headers') return;
      response.writeHead(200, { 'content-length': '1000' }).write('{');
      if (request.url === '/body') return;
      const timer = setInterval(() => response.write('"'), 200);
      response.on('close', () => clearInterval(timer));
    });
    const asking = new AddressLookup();
    asking.all = () => new Promise(() => {});
    const nameless = new Outbound({ ...PRIVATE_ALLOWED, oidcAllowPrivateHosts: false }, asking);
    const reasons = await Promise.all(
      [
        outbound.request(`${slow}/headers`, GET),
        outbound.request(`${slow}/body`, GET),
        outbound.request(`${slow}/bytes`, GET),
        outbound.request(silent.replace('http:', 'https:'), GET),
        nameless.request('https://login.example.com/', GET),
        nameless.requireSafe('https://login.example.com/'),
        outbound.request(`${slow}/headers`, { ...GET, signal: AbortSignal.timeout(100) }),
        outbound.request(`${slow}/headers`, { ...GET, signal: AbortSignal.abort() }),
      ].map(reasonOf),
    );
    expect(reasons).toEqual(reasons.map(() => 'provider_timeout'));
    await nameless.onApplicationShutdown();
  });

  it('opens 20 connections to one provider at most, and lets further calls wait for them', async () => {
    const held: (() => void)[] = [];
    let most = 0;
    const url = await servers.http((_request, response) => {
      most = Math.max(
        most,
        held.push(() => response.end('ok')),
      );
      if (held.length === 20) for (const answer of held.splice(0)) setImmediate(answer);
      else if (most === 20) for (const answer of held.splice(0)) answer();
    });
    const answers = await Promise.all(
      Array.from({ length: 30 }, async () => (await outbound.request(url, GET)).text()),
    );
    expect(answers).toEqual(answers.map(() => 'ok'));
    expect([most, servers.sockets.length]).toEqual([20, 20]);
  });
});
