import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SignInRefused } from '../../src/errors/sign-in-refusal.js';
import { Outbound, type OutboundRequest } from '../../src/oidc/outbound.js';
import { ProviderCalls } from '../../src/oidc/provider-calls.js';
import { MovableClock } from '../harness/app.js';
import { LoopbackServers } from '../harness/loopback-servers.js';
import { outcomeOf } from './relying-party.js';

const GET: OutboundRequest = { method: 'GET' };
const FAILURES_MAX = 5;
const SUSPENDED_SECONDS = 10;

const outbound = new Outbound({ oidcAllowPrivateHosts: true, oidcInternalProviderHosts: [] });
const servers = new LoopbackServers();

let clock: MovableClock;
let calls: ProviderCalls;
/** Requests that the provider got. */
let requests = 0;
let answer: RequestListener;
let url: string;

const good: RequestListener = (_request, response) => response.end('{}');
const bad: RequestListener = ({ socket }) => socket.destroy();

beforeEach(async () => {
  clock = new MovableClock();
  clock.stopAt(1_800_000_000);
  calls = new ProviderCalls(outbound, clock);
  requests = 0;
  url = await servers.http((request, response) => {
    requests += 1;
    answer(request, response);
  });
});
afterEach(() => servers.endAll());
afterAll(() => outbound.onApplicationShutdown());

const outcome = (target = url) => outcomeOf(calls.request(target, GET).then(({ status }) => status));

async function outcomes(count: number, target = url): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let call = 0; call < count; call += 1) all.push(await outcome(target));
  return all;
}

function moveSeconds(seconds: number): void {
  clock.stopAt(clock.now().getTime() / 1_000 + seconds);
}

describe('a provider that fails five times in a row', () => {
  const failures: Record<string, [string, RequestListener]> = {
    redirects: ['provider_redirected', (_request, response) => response.writeHead(302, { location: '/' }).end()],
    'connections that are cut': ['provider_unreachable', ({ socket }) => socket.destroy()],
    'answers that are too large': [
      'provider_answer_too_large',
      (_request, response) => response.end(Buffer.alloc(262_145)),
    ],
    'answers that end too early': [
      'provider_answer_malformed',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '10' }).write('a', () => response.destroy());
      },
    ],
  };

  it.each(Object.entries(failures))(
    'by %s is left alone for ten seconds, then called again',
    async (_, [reason, fail]) => {
      answer = fail;
      expect(await outcomes(FAILURES_MAX + 3)).toEqual([
        ...Array.from({ length: FAILURES_MAX }, () => reason),
        ...Array.from({ length: 3 }, () => 'provider_suspended'),
      ]);
      expect(requests).toBe(FAILURES_MAX);

      moveSeconds(SUSPENDED_SECONDS - 0.001);
      expect(await outcome()).toBe('provider_suspended');
      answer = good;
      moveSeconds(0.001);
      expect(await outcomes(2)).toEqual([200, 200]);
      expect(requests).toBe(FAILURES_MAX + 2);
    },
  );

  it('and then goes on failing is left alone again', async () => {
    answer = bad;
    await outcomes(FAILURES_MAX);
    moveSeconds(SUSPENDED_SECONDS);
    await outcomes(FAILURES_MAX);
    expect(await outcome()).toBe('provider_suspended');
    expect(requests).toBe(2 * FAILURES_MAX);
  });

  it('is called while it fails four times in a row only, however often', async () => {
    for (let round = 0; round < 4; round += 1) {
      answer = bad;
      expect(await outcomes(FAILURES_MAX - 1)).toEqual(Array.from({ length: 4 }, () => 'provider_unreachable'));
      answer = good;
      expect(await outcome()).toBe(200);
    }
    expect(requests).toBe(4 * FAILURES_MAX);
  });

  it.each([400, 401, 404, 429])('is called while it answers by statuses of %d: it is there', async (status) => {
    answer = (_request, response) => response.writeHead(status).end('{"error":"invalid_client"}');
    expect(await outcomes(2 * FAILURES_MAX)).toEqual(Array.from({ length: 10 }, () => status));
  });

  it.each([500, 503, 599])('is called while it fails by statuses of %d: a code may make it stumble', async (status) => {
    answer = (_request, response) => response.writeHead(status).end('{}');
    expect(await outcomes(2 * FAILURES_MAX)).toEqual(Array.from({ length: 10 }, () => 'provider_status'));
    expect(requests).toBe(2 * FAILURES_MAX);
  });

  it('is called when what failed was a check of ours', async () => {
    const refusal = new SignInRefused('discovery_inconsistent');
    for (let call = 0; call < 2 * FAILURES_MAX; call += 1) {
      await expect(calls.run(() => Promise.reject(refusal))).rejects.toBe(refusal);
    }
    answer = good;
    expect(await outcome()).toBe(200);
  });

  it('is left alone in all that it is asked for, and no other provider is', async () => {
    answer = bad;
    const other = new ProviderCalls(outbound, clock);
    await outcomes(FAILURES_MAX);
    answer = good;
    expect(await outcomeOf(calls.run(() => Promise.resolve('read')))).toBe('provider_suspended');
    expect((await other.request(url, GET)).status).toBe(200);
  });

  it('is not left alone for longer when the clock is set back', async () => {
    answer = bad;
    await outcomes(FAILURES_MAX);
    answer = good;
    moveSeconds(-3_600);
    expect(await outcome()).toBe(200);
  });
});

describe('a provider that is slow', () => {
  /** Answers that the provider has not given yet. */
  let held: (() => void)[];

  beforeEach(() => {
    held = [];
    answer = (_request, response) => void held.push(() => response.end('{}'));
  });

  function release(): void {
    for (const send of held.splice(0)) send();
  }

  it('gets 20 calls at a time, and the next ones when those have ended', async () => {
    const running = Array.from({ length: 50 }, () => outcome());
    for (const expected of [20, 20, 10]) {
      await expect.poll(() => held.length).toBe(expected);
      release();
    }
    expect(await Promise.all(running)).toEqual(running.map(() => 200));
    expect(requests).toBe(50);
  });

  it('gets 20 calls at a time of all kinds together', async () => {
    let reading = 0;
    let readNow: () => void = () => {};
    const read = new Promise<void>((resolve) => {
      readNow = resolve;
    });
    const reads = Array.from({ length: 15 }, () =>
      calls.run(() => {
        reading += 1;
        return read;
      }),
    );
    const running = Array.from({ length: 15 }, () => outcome());
    await expect.poll(() => [reading, held.length]).toEqual([15, 5]);
    readNow();
    await Promise.all(reads);
    await expect.poll(() => held.length).toBe(15);
    release();
    expect(await Promise.all(running)).toEqual(running.map(() => 200));
  });

  it('keeps 200 callers waiting, and refuses the next at once, before any of them has got an answer', async () => {
    let ended = 0;
    const running = Array.from({ length: 220 }, () =>
      outcome().finally(() => {
        ended += 1;
      }),
    );
    expect(await outcome()).toBe('provider_busy');
    expect(ended).toBe(0);
    await expect.poll(() => held.length).toBe(20);
    answer = good;
    release();
    expect(await Promise.all(running)).toEqual(running.map(() => 200));
    expect(requests).toBe(220);
  });

  it('does not keep a caller waiting for long, and is not called for somebody who has given up', async () => {
    const running = Array.from({ length: 20 }, () => outcome());
    await expect.poll(() => held.length).toBe(20);
    expect(await outcome()).toBe('provider_busy');
    release();
    expect(await Promise.all(running)).toEqual(running.map(() => 200));
    answer = good;
    expect(await outcome()).toBe(200);
    expect(requests).toBe(21);
  });

  it('is left alone when it fails, also by those who were waiting already', async () => {
    const running = Array.from({ length: 60 }, () => outcome());
    await expect.poll(() => held.length).toBe(20);
    answer = ({ socket }) => socket.destroy();
    for (const socket of servers.sockets) socket.destroy();
    const all = await Promise.all(running);
    // Each of the first four failures let another caller in.
    const called = 20 + FAILURES_MAX - 1;
    expect(all.filter((each) => each === 'provider_unreachable')).toHaveLength(called);
    expect(all.filter((each) => each === 'provider_suspended')).toHaveLength(60 - called);
    expect(requests).toBe(called);
  });

  it('holds up no other provider', async () => {
    let ended = 0;
    const running = Array.from({ length: 40 }, () =>
      outcome().finally(() => {
        ended += 1;
      }),
    );
    await expect.poll(() => held.length).toBe(20);
    const elsewhere = await servers.http((_request, response) => response.end('{}'));
    const other = new ProviderCalls(outbound, clock);
    const answers = await Promise.all(Array.from({ length: 40 }, () => other.request(elsewhere, GET)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(ended).toBe(0);
    release();
    await expect.poll(() => held.length).toBe(20);
    release();
    expect(await Promise.all(running)).toEqual(running.map(() => 200));
  });
});
