import { createHmac, type KeyObject, sign } from 'node:crypto';

/** A token taken apart. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Makes the signature over "header.payload". */
export type Signer = (input: string) => Buffer;

export function takeApart(token: string): TokenParts {
  const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return {
    header: JSON.parse(header ?? '') as Record<string, unknown>,
    payload: JSON.parse(payload ?? '') as Record<string, unknown>,
  };
}

/** Puts a token together by hand: no library that refuses to forge. Text is taken as it is, everything else as JSON. */
export function putTogether(header: unknown, payload: unknown, signer: Signer): string {
  const input = [header, payload]
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${signer(input).toString('base64url')}`;
}

/** RS256 with an RSA key, ES256 with a P-256 key. */
export function signedBy(key: KeyObject): Signer {
  return (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

/** HS256, HS384 or HS512 with any bytes as the secret. */
export function hmacWith(hash: 'sha256' | 'sha384' | 'sha512', secret: string | Buffer): Signer {
  return (input) => createHmac(hash, secret).update(input).digest();
}

export const unsigned: Signer = () => Buffer.alloc(0);
