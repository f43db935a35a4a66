import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isSafeUrlText, Outbound } from '../../src/oidc/outbound.js';
import { AddressLookup } from '../../src/oidc/outbound-lookup.js';
import { spellings } from '../harness/address-spellings.js';

const PUBLIC_ADDRESS = '93.184.215.14';
const NOTHING_ALLOWED = { oidcAllowPrivateHosts: false, oidcInternalProviderHosts: [] };

/** A name server that gives one answer after the other, the last one for ever, and keeps what it was asked. */
class ScriptedLookup extends AddressLookup {
  readonly asked: string[] = [];

  constructor(private readonly answers: readonly (readonly string[])[]) {
    super();
  }

  override async all(hostname: string): Promise<LookupAddress[]> {
    const answer = this.answers[Math.min(this.asked.push(hostname), this.answers.length) - 1] ?? [];
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  }
}

/** Counts connections at every address of this machine, and ends each of them at once. */
let listener: Server;
let port: number;
let connections = 0;

beforeAll(async () => {
  listener = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {}).destroy();
  });
  listener.listen(0);
  await once(listener, 'listening');
  port = (listener.address() as AddressInfo).port;
});

beforeEach(() => {
  connections = 0;
});

afterAll(() => listener.close());

/** The listener takes connections in their order, so one of our own tells that all earlier ones are counted. */
async function connectionsCounted(): Promise<number> {
  const last = connect(port, '127.0.0.1');
  await once(last.resume(), 'close');
  return connections - 1;
}

const opened: Outbound[] = [];

afterAll(() => Promise.all(opened.map((outbound) => outbound.onApplicationShutdown())));

function givenOutbound(
  config: { oidcAllowPrivateHosts?: boolean; oidcInternalProviderHosts?: readonly string[] },
  lookup = new AddressLookup(),
): Outbound {
  const outbound = new Outbound({ ...NOTHING_ALLOWED, ...config }, lookup);
  opened.push(outbound);
  return outbound;
}

/** How a call ended: the reason of its failure. */
async function endOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'answered',
    (error: { name: string; reason?: string }) => `${error.name}: ${error.reason}`,
  );
}

async function endsOf(outbound: Outbound, url: string): Promise<Record<string, string>> {
  const get = await endOf(outbound.request(url, { method: 'GET' }));
  const post = await endOf(outbound.request(url, { method: 'POST', body: 'grant_type=authorization_code' }));
  return { get, post, requireSafe: await endOf(outbound.requireSafe(url)) };
}

function allEndAs(end: string): Record<string, string> {
  return { get: end, post: end, requireSafe: end };
}

const FORBIDDEN = 'CallFailed: address_forbidden';
const UNREACHABLE = 'CallFailed: provider_unreachable';

describe('the addresses that a call may go to', () => {
  it('refuses every spelling of a forbidden address, without a connection', async () => {
    const outbound = givenOutbound({});
    const urls = spellings(port);
    expect(urls.length).toBeGreaterThanOrEqual(50);
    const ends = await Promise.all(urls.map(async (url) => [url, await endsOf(outbound, url)] as const));
    expect(ends.filter(([, each]) => Object.values(each).some((end) => end !== FORBIDDEN))).toEqual([]);
    expect(await connectionsCounted()).toBe(0);
  });

  it('calls this machine where private hosts are allowed, so that the listener above would have counted', async () => {
    const outbound = givenOutbound({ oidcAllowPrivateHosts: true });
    const hosts = ['http://127.0.0.1', 'https://127.1', 'http://localhost', 'https://0x7f.1'];
    for (const host of hosts) {
      expect(await endOf(outbound.requireSafe(`${host}:${port}/`))).toBe('answered');
      expect(await endOf(outbound.request(`${host}:${port}/`, { method: 'GET' }))).toBe(UNREACHABLE);
    }
    expect(connections).toBeGreaterThanOrEqual(hosts.length);
  });

  it('refuses a name that resolves to a forbidden address, even beside public ones', async () => {
    const answers = [
      ['127.0.0.1'],
      ['::1'],
      ['::ffff:127.0.0.1'],
      ['fe80::1%lo'],
      [PUBLIC_ADDRESS, '127.0.0.1'],
      ['127.0.0.1', PUBLIC_ADDRESS],
      [PUBLIC_ADDRESS, '2606:4700::1', '::1'],
      ['not an address'],
    ];
    for (const answer of answers) {
      const outbound = givenOutbound({}, new ScriptedLookup([answer]));
      expect([answer, await endsOf(outbound, `https://login.example.com:${port}/`)]).toEqual([
        answer,
        allEndAs(FORBIDDEN),
      ]);
    }
    expect(await connectionsCounted()).toBe(0);
  });

  it('refuses a name whose answer turns private after the check', async () => {
    const lookup = new ScriptedLookup([[PUBLIC_ADDRESS], ['127.0.0.1']]);
    const outbound = givenOutbound({}, lookup);
    const url = `https://rebinding.example.com:${port}/`;
    expect(await endOf(outbound.requireSafe(url))).toBe('answered');
    expect(await endOf(outbound.request(url, { method: 'GET' }))).toBe(FORBIDDEN);
    expect(lookup.asked).toEqual(['rebinding.example.com', 'rebinding.example.com']);
    expect(await connectionsCounted()).toBe(0);
  });

  it('connects to the addresses that were checked, and asks for none again', async () => {
    // 192.0.2.1 would never answer: a second question would end as a timeout.
    const lookup = new ScriptedLookup([['127.0.0.1'], ['192.0.2.1']]);
    const outbound = givenOutbound({ oidcInternalProviderHosts: ['login.internal.example'] }, lookup);
    expect(await endOf(outbound.request(`https://login.internal.example:${port}/`, { method: 'GET' }))).toBe(
      UNREACHABLE,
    );
    expect(lookup.asked).toEqual(['login.internal.example']);
    expect(connections).toBe(1);
  });

  it('tries the next address of a name when the first one does not answer', async () => {
    const outbound = givenOutbound({ oidcAllowPrivateHosts: true }, new ScriptedLookup([['127.0.0.2', '127.0.0.1']]));
    const server = createServer((socket) => {
      socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const response = await outbound.request(`http://two.example:${(server.address() as AddressInfo).port}/`, {
      method: 'GET',
    });
    expect(await response.text()).toBe('ok');
    server.close();
  });

  it('calls an unknown name and a name without addresses unreachable', async () => {
    const url = `https://gone.example.com:${port}/`;
    expect(await endsOf(givenOutbound({}, new ScriptedLookup([[]])), url)).toEqual(allEndAs(UNREACHABLE));
    // No resolver needs to ask anybody about a label that is too long.
    expect(await endsOf(givenOutbound({}), `https://${'a'.repeat(64)}.example:${port}/`)).toEqual(
      allEndAs(UNREACHABLE),
    );
  });
});

describe('the hosts of internal providers', () => {
  it('may have private addresses, of every kind of host', async () => {
    const hosts = ['localhost', '127.0.0.1', 'login.internal.example'];
    for (const host of hosts) {
      const outbound = givenOutbound({ oidcInternalProviderHosts: hosts }, new ScriptedLookup([['127.0.0.1']]));
      expect(await endOf(outbound.requireSafe(`https://${host}:${port}/`))).toBe('answered');
      expect(await endOf(outbound.request(`https://${host}:${port}/`, { method: 'GET' }))).toBe(UNREACHABLE);
    }
    expect(connections).toBe(hosts.length);
    const outbound = givenOutbound({ oidcInternalProviderHosts: ['[fd00::1]'] });
    expect(await endOf(outbound.requireSafe('https://[FD00:0::1]/'))).toBe('answered');
    expect(await endOf(outbound.requireSafe('https://[fd00::2]/'))).toBe(FORBIDDEN);
  });

  it('are called by https only, and are no others than those named', async () => {
    const outbound = givenOutbound(
      { oidcInternalProviderHosts: ['login.internal.example', '127.0.0.1'] },
      new ScriptedLookup([['127.0.0.1']]),
    );
    const urls = [
      `http://login.internal.example:${port}/`,
      `https://login.internal.example.:${port}/`,
      `https://internal.example:${port}/`,
      `https://a.login.internal.example:${port}/`,
      `https://login.internal.example@other.example:${port}/`,
      `https://127.0.0.2:${port}/`,
      `https://[::ffff:127.0.0.1]:${port}/`,
    ];
    for (const url of urls) expect([url, await endsOf(outbound, url)]).toEqual([url, allEndAs(FORBIDDEN)]);
    expect(await connectionsCounted()).toBe(0);
  });
});

describe('isSafeUrlText', () => {
  const strict = { oidcAllowPrivateHosts: false };
  const lenient = { oidcAllowPrivateHosts: true };

  it('takes https URLs of up to 2048 characters, and http where private hosts are allowed', () => {
    const longest = `https://login.example.com/${'a'.repeat(2_048 - 26)}`;
    const https = ['https://login.example.com', 'https://login.example.com:8443/a/b?c=d@e', longest];
    expect(https.filter((url) => !isSafeUrlText(url, strict) || !isSafeUrlText(url, lenient))).toEqual([]);
    expect(isSafeUrlText(`${longest}a`, strict)).toBe(false);
    expect(isSafeUrlText('http://login.example.com/', strict)).toBe(false);
    expect(isSafeUrlText('http://login.example.com/', lenient)).toBe(true);
  });

  it('refuses user information, fragments, other schemes and what a parser would repair', () => {
    const urls = [
      ['', 'login.example.com', '/a', '//login.example.com/', 'https:', 'https://', 'https:login.example.com'],
      ['https:///login.example.com', 'https:\\\\login.example.com', 'https://login.example.com\\a', 'https://a b/'],
      ['https://u@login.example.com', 'https://u:p@login.example.com', 'https://@login.example.com', 'https://:@a/'],
      ['https://login.example.com#', 'https://login.example.com/#a', 'https://login.example.com/?a#b'],
      [' https://login.example.com', 'https://login.example.com/\n', 'https://login\t.example.com', 'https://a/\0'],
      [
        'ftp://a/',
        'file:///etc/passwd',
        'data:,a',
        'javascript:alert(1)',
        'ws://a/',
        'httpss://a/',
        'blob:https://a/b',
      ],
      ['https://login.example.com:65536/', 'https://[::1', 'https://1.2.3.4.5/', 'https://a%zz/', 'https://a<b/'],
    ].flat();
    expect(urls.filter((url) => isSafeUrlText(url, strict) || isSafeUrlText(url, lenient))).toEqual([]);
  });
});
