import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressLookup } from '../../src/oidc/outbound-lookup.js';
import { type NameAnswer, NameServer } from '../harness/name-server.js';
import { until } from '../harness/service-process.js';

const HANG_REMEMBERED_MS = 10_000;

const SAID: Readonly<Record<string, NameAnswer>> = {
  'idp.example.com': ['192.0.2.7', '192.0.2.8'],
  'empty.example.com': [],
};

let server: NameServer;
let lookup: AddressLookup;

beforeEach(async () => {
  server = await NameServer.start((name) => (name.includes('dead') ? 'silence' : (SAID[name] ?? 'unknown')));
  lookup = new AddressLookup();
  lookup.servers = [server.address];
});

afterEach(async () => {
  vi.restoreAllMocks();
  await server.stop();
});

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'found',
    ({ code }: NodeJS.ErrnoException) => code,
  );

describe('the addresses of a name', () => {
  it('are those that its name server tells', async () => {
    expect(await lookup.all('idp.example.com', false)).toEqual([
      { address: '192.0.2.7', family: 4 },
      { address: '192.0.2.8', family: 4 },
    ]);
    // IPv4 and IPv6.
    expect(server.asked).toEqual(['idp.example.com', 'idp.example.com']);
  });

  it('are asked for once, however many ask at once, and anew for whoever asks later', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => lookup.all('idp.example.com', false)));
    expect(new Set(answers).size).toBe(1);
    expect(server.asked).toHaveLength(2);
    await lookup.all('idp.example.com', false);
    expect(server.asked).toHaveLength(4);
  });

  it('are unknown where the name is, or has none', async () => {
    expect(await codeOf(lookup.all('nobody.example.com', false))).toBe('ENOTFOUND');
    expect(await codeOf(lookup.all('empty.example.com', false))).toBe('ENODATA');
  });

  it('are those of this machine for its own names, without a name server', async () => {
    for (const { address } of await lookup.all('localhost', false)) expect(address).toMatch(/^(127\.0\.0\.1|::1)$/);
    expect(server.asked).toEqual([]);
  });

  it('are asked of the system too for a name that the operator answers for and no name server knows', async () => {
    // The system calls an address its own name; DNS does not.
    expect(await codeOf(lookup.all('127.0.0.9', false))).toBe('ENOTFOUND');
    expect(await lookup.all('127.0.0.9', true)).toEqual([{ address: '127.0.0.9', family: 4 }]);
  });
});

describe('a name whose servers do not answer', () => {
  it('is given up, also where the system may be asked, and holds up no other name', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `idp-${index}.dead.example.com`);
    const hanging = names.map((name, index) => codeOf(lookup.all(name, index % 2 === 0)));
    await until(() => (new Set(server.asked).size === names.length ? true : null));

    expect(await lookup.all('idp.example.com', false)).toHaveLength(2);

    for (const code of await Promise.all(hanging)) expect(code).toMatch(/^(ETIMEOUT|ECANCELLED)$/);
  });

  it('is not asked for again for ten seconds, and then once more', async () => {
    const name = 'idp.dead.example.com';
    const now = performance.now.bind(performance);
    expect(await codeOf(lookup.all(name, false))).toMatch(/^(ETIMEOUT|ECANCELLED)$/);
    const packets = server.asked.length;

    expect(await codeOf(lookup.all(name, false))).toMatch(/^(ETIMEOUT|ECANCELLED)$/);
    expect(server.asked).toHaveLength(packets);

    vi.spyOn(performance, 'now').mockImplementation(() => now() + HANG_REMEMBERED_MS);
    const again = codeOf(lookup.all(name, false));
    await until(() => (server.asked.length > packets ? true : null));
    expect(await again).toMatch(/^(ETIMEOUT|ECANCELLED)$/);
  });
});
