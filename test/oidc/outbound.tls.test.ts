import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { CallFailed } from '../../src/oidc/call-failed.js';
import { Outbound } from '../../src/oidc/outbound.js';

/** One value of DER (X.690): tag, length, content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const value = Buffer.concat(content);
  const length = value.length < 128 ? [value.length] : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const SEQUENCE = 0x30;
const ECDSA_WITH_SHA256 = der(SEQUENCE, Buffer.from('06082a8648ce3d040302', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');

/** A certificate that is right in everything but who signed it (RFC 5280 section 4.1). */
function selfSigned(name: string, publicKey: KeyObject, privateKey: KeyObject): string {
  const time = (year: number) => der(0x18, Buffer.from(`${year}0101000000Z`));
  const subject = der(SEQUENCE, der(0x31, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from(name)))));
  const names = der(0x04, der(SEQUENCE, der(0x82, Buffer.from(name))));
  const content = der(
    SEQUENCE,
    der(0xa0, Buffer.from('020102', 'hex')),
    Buffer.from('020101', 'hex'),
    ECDSA_WITH_SHA256,
    subject,
    der(SEQUENCE, time(2020), time(2120)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALT_NAME, names))),
  );
  const signature = createSign('sha256').update(content).sign(privateKey);
  const whole = der(SEQUENCE, content, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

describe('a call by TLS', () => {
  it('goes to no provider whose certificate nobody vouches for, not even an internal one', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cert = selfSigned('localhost', publicKey, privateKey);
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
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
