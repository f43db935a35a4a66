import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { NamedKey } from './deviation.js';

/** Key pairs of test providers, made once per process: an RSA key takes a tenth of a second. */
const made = new Map<string, NamedKey>();

/** @param kid the same name and kind give the same key */
export function rsaKey(kid: string, bits = 2048): NamedKey {
  return remembered(`${kid}/${bits}`, () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: bits });
    return named(kid, 'RS256', pair);
  });
}

export function ellipticKey(kid: string): NamedKey {
  return remembered(`${kid}/P-256`, () => named(kid, 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })));
}

/** The same key under another name. */
export function renamed(key: NamedKey, kid: string): NamedKey {
  return { ...key, kid, publicJwk: { ...key.publicJwk, kid } };
}

function named(kid: string, alg: 'RS256' | 'ES256', pair: { publicKey: KeyObject; privateKey: KeyObject }): NamedKey {
  const publicJwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg };
  return { kid, alg, privateKey: pair.privateKey, publicJwk };
}

function remembered(name: string, make: () => NamedKey): NamedKey {
  const key = made.get(name) ?? make();
  made.set(name, key);
  return key;
}
