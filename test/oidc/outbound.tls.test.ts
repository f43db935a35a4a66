import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { CallFailed } from '../../src/oidc/call-failed.js';
import { Outbound } from '../../src/oidc/outbound.js';
import { selfSigned } from '../harness/self-signed.js';

describe('a call by TLS', () => {
  it('goes to no provider whose certificate nobody vouches for, not even an internal one', async () => {
    const { key, cert } = selfSigned('localhost');
    const received: string[] = [];
    let connections = 0;
    const server = createServer({ key, cert }, (socket) => socket.on('data', (data) => received.push(String(data))));
    server.on('connection', () => (connections += 1)).on('tlsClientError', () => {});
    server.listen(0, 'localhost');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const rules = [
      { oidcAllowPrivateHosts: false, oidcInternalProviderHosts: ['localhost'] },
      { oidcAllowPrivateHosts: true, oidcInternalProviderHosts: [] },
    ];
    for (const each of rules) {
      const outbound = new Outbound(each);
      const call = outbound.request(`https://localhost:${port}/`, { method: 'GET' });
      await expect(call).rejects.toEqual(
        new CallFailed('provider_unreachable', { cause: new Error('DEPTH_ZERO_SELF_SIGNED_CERT') }),
      );
      await outbound.onApplicationShutdown();
    }
    expect([connections, received]).toEqual([2, []]);
    server.close();
  });
});
