import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { KeyRing, type KeyPurpose } from '../../src/keys/key-ring.js';
import type { RefusalReason } from '../../src/errors/app-error.js';
import type { TestApp } from './app.js';
import { hmacWith, putTogether, signedBy, type Signer, takeApart, type TokenParts, unsigned } from './forged-tokens.js';

/** What a forger may have in hand, the key that really signs included: claims are checked whoever signed them. */
export class Forge {
  readonly parts: TokenParts;
  readonly publicKey: KeyObject;
  /** The key that signs this kind of token. */
  readonly own: Signer;
  /** The key that signs the other kind of token, and its id. */
  readonly other: Signer;
  readonly otherKid: string;
  /** A key of the forger's own. */
  readonly stranger: Signer;
  readonly strangerKey: KeyObject;

  constructor(
    app: TestApp,
    purpose: KeyPurpose,
    readonly token: string,
    readonly foreignStoreId: string,
  ) {
    const ring = app.nest.get(KeyRing);
    const own = ring.signingKey(purpose);
    const other = ring.signingKey(purpose === 'access' ? 'customer' : 'access');
    const stranger =
      own.alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.parts = takeApart(token);
    this.publicKey = own.publicKey;
    this.own = signedBy(own.privateKey);
    this.other = signedBy(other.privateKey);
    this.otherKid = other.kid;
    this.stranger = signedBy(stranger.privateKey);
    this.strangerKey = stranger.publicKey;
  }

  header(members: Record<string, unknown>, signer: Signer = this.own): string {
    return putTogether({ ...this.parts.header, ...members }, this.parts.payload, signer);
  }

  claims(members: Record<string, unknown>, signer: Signer = this.own): string {
    return putTogether(this.parts.header, { ...this.parts.payload, ...members }, signer);
  }

  payload(payload: unknown): string {
    return putTogether(this.parts.header, payload, this.own);
  }

  number(claim: 'iat' | 'exp'): number {
    return Number(this.parts.payload[claim]);
  }

  /** Segments of the valid token. */
  get segments(): [string, string, string] {
    const [header = '', payload = '', signature = ''] = this.token.split('.');
    return [header, payload, signature];
  }
}

export type Forgery = readonly [title: string, reason: RefusalReason, forge: (forge: Forge) => string];

/** The last letter of a segment holds bits that decoders ignore: the same bytes in another spelling. */
function otherSpelling(segment: string): string {
  const bytes = Buffer.from(segment, 'base64url');
  for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
    const spelling = segment.slice(0, -1) + letter;
    if (spelling !== segment && Buffer.from(spelling, 'base64url').equals(bytes)) return spelling;
  }
  throw new Error('this segment has one spelling only');
}

function pem(forge: Forge): string {
  return forge.publicKey.export({ format: 'pem', type: 'spki' }) as string;
}

const encoding: Forgery[] = [
  ['alg none without a signature', 'encoding_invalid', (f) => f.header({ alg: 'none' }, unsigned)],
  ['alg None without a signature', 'encoding_invalid', (f) => f.header({ alg: 'None' }, unsigned)],
  ['alg nOnE without a signature', 'encoding_invalid', (f) => f.header({ alg: 'nOnE' }, unsigned)],
  ['its signature taken off', 'encoding_invalid', (f) => `${f.segments[0]}.${f.segments[1]}.`],
  ['one segment', 'encoding_invalid', (f) => f.segments[1]],
  ['two segments', 'encoding_invalid', (f) => `${f.segments[0]}.${f.segments[1]}`],
  ['four segments', 'encoding_invalid', (f) => `${f.token}.${f.segments[2]}`],
  ['five segments, as an encrypted token has', 'encoding_invalid', (f) => `${f.token}.AAAA.AAAA`],
  ['a dot in front', 'encoding_invalid', (f) => `.${f.token}`],
  ['a dot behind', 'encoding_invalid', (f) => `${f.token}.`],
  ['an empty payload', 'encoding_invalid', (f) => `${f.segments[0]}..${f.segments[2]}`],
  ['padding', 'encoding_invalid', (f) => `${f.token}==`],
  ['spare bits set in the signature', 'encoding_invalid', (f) => f.token.replace(/[^.]+$/, otherSpelling)],
  ['a foreign letter in the signature', 'encoding_invalid', (f) => `${f.token}!`],
  [
    'the standard alphabet of base64',
    'encoding_invalid',
    (f) =>
      f.token
        .replace(/[^.]+$/, '-_$&')
        .replaceAll('-', '+')
        .replaceAll('_', '/'),
  ],
  ['the word undefined', 'encoding_invalid', () => 'undefined.undefined'],
  ['more than 4 KiB', 'encoding_invalid', (f) => f.claims({ padding: 'x'.repeat(4_096) })],
  ['a key id of a kilobyte times four', 'encoding_invalid', (f) => f.header({ kid: 'k'.repeat(4_096) })],
];

const header: Forgery[] = [
  [
    'alg none in front of the true signature',
    'alg_mismatch',
    (f) => `${f.header({ alg: 'none' }, unsigned)}${f.segments[2]}`,
  ],
  [
    'HS256 keyed with the public key as PEM',
    'alg_mismatch',
    (f) => f.header({ alg: 'HS256' }, hmacWith('sha256', pem(f))),
  ],
  ['HS384 keyed with the public key', 'alg_mismatch', (f) => f.header({ alg: 'HS384' }, hmacWith('sha384', pem(f)))],
  ['HS512 keyed with the public key', 'alg_mismatch', (f) => f.header({ alg: 'HS512' }, hmacWith('sha512', pem(f)))],
  [
    'HS256 keyed with the public key as DER',
    'alg_mismatch',
    (f) => f.header({ alg: 'HS256' }, hmacWith('sha256', f.publicKey.export({ format: 'der', type: 'spki' }))),
  ],
  [
    'HS256 keyed with the published JWK',
    'alg_mismatch',
    (f) => f.header({ alg: 'HS256' }, hmacWith('sha256', JSON.stringify(f.publicKey.export({ format: 'jwk' })))),
  ],
  ['HS256 keyed with nothing', 'alg_mismatch', (f) => f.header({ alg: 'HS256' }, hmacWith('sha256', ''))],
  ['an HMAC in place of the signature', 'signature_invalid', (f) => f.header({}, hmacWith('sha256', pem(f)))],
  ['alg PS256', 'alg_mismatch', (f) => f.header({ alg: 'PS256' })],
  ['alg ES384', 'alg_mismatch', (f) => f.header({ alg: 'ES384' })],
  ['alg in lower case', 'alg_mismatch', (f) => f.header({ alg: String(f.parts.header['alg']).toLowerCase() })],
  ['no alg', 'alg_mismatch', (f) => f.header({ alg: undefined })],
  ['a list of algs', 'alg_mismatch', (f) => f.header({ alg: [f.parts.header['alg']] })],
  ['alg null', 'alg_mismatch', (f) => f.header({ alg: null })],
  ['another key under the same kid', 'signature_invalid', (f) => f.header({}, f.stranger)],
  [
    'another key that it brings as jwk under the same kid',
    'signature_invalid',
    (f) => f.header({ jwk: f.strangerKey.export({ format: 'jwk' }) }, f.stranger),
  ],
  [
    'another key that it brings as jwk under a kid of its own',
    'key_unknown',
    (f) => f.header({ kid: 'mine', jwk: f.strangerKey.export({ format: 'jwk' }) }, f.stranger),
  ],
  ['another key behind jku', 'signature_invalid', (f) => f.header({ jku: 'http://127.0.0.1:9/jwks.json' }, f.stranger)],
  ['another key behind x5u', 'signature_invalid', (f) => f.header({ x5u: 'http://127.0.0.1:9/chain.pem' }, f.stranger)],
  ['another key in x5c', 'signature_invalid', (f) => f.header({ x5c: ['MIIBszCCARygAwIBAgI'] }, f.stranger)],
  ['the key of the other kind of tokens', 'key_unknown', (f) => f.header({ kid: f.otherKid }, f.other)],
  ['the key of the other kind of tokens under this kid', 'signature_invalid', (f) => f.header({}, f.other)],
  ['no kid', 'header_invalid', (f) => f.header({ kid: undefined })],
  ['kid null', 'header_invalid', (f) => f.header({ kid: null })],
  ['kid a number', 'header_invalid', (f) => f.header({ kid: 1 })],
  ['kid an object', 'header_invalid', (f) => f.header({ kid: { contains: '' } })],
  ['kid in a list', 'header_invalid', (f) => f.header({ kid: [f.parts.header['kid']] })],
  ['kid of 65 letters', 'header_invalid', (f) => f.header({ kid: 'k'.repeat(65) })],
  ['an empty kid', 'key_unknown', (f) => f.header({ kid: '' })],
  ['kid a path', 'key_unknown', (f) => f.header({ kid: '../../../../dev/null' }, hmacWith('sha256', ''))],
  ['kid SQL', 'key_unknown', (f) => f.header({ kid: "' OR kid <> '" })],
  ['kid a URL', 'key_unknown', (f) => f.header({ kid: 'http://127.0.0.1:9/key.pem' })],
  ['kid __proto__', 'key_unknown', (f) => f.header({ kid: '__proto__' })],
  ['kid with a NUL behind', 'key_unknown', (f) => f.header({ kid: `${String(f.parts.header['kid'])}\0` })],
  ['kid with a space behind', 'key_unknown', (f) => f.header({ kid: `${String(f.parts.header['kid'])} ` })],
  ['a critical extension', 'header_invalid', (f) => f.header({ crit: ['exp'], exp: 1 })],
  ['an empty list of critical extensions', 'header_invalid', (f) => f.header({ crit: [] })],
  ['an unencoded payload announced', 'header_invalid', (f) => f.header({ b64: false, crit: ['b64'] })],
  ['no typ', 'type_mismatch', (f) => f.header({ typ: undefined })],
  ['typ null', 'type_mismatch', (f) => f.header({ typ: null })],
  [
    'the typ of the other kind',
    'type_mismatch',
    (f) => f.header({ typ: f.parts.header['typ'] === 'JWT' ? 'at+jwt' : 'JWT' }),
  ],
  [
    'typ in another case',
    'type_mismatch',
    (f) => f.header({ typ: f.parts.header['typ'] === 'JWT' ? 'jwt' : 'AT+JWT' }),
  ],
  ['typ of a logout token', 'type_mismatch', (f) => f.header({ typ: 'logout+jwt' })],
  ['a header that is text', 'header_invalid', (f) => putTogether('"text"', f.parts.payload, f.own)],
  ['a header that is a list', 'header_invalid', (f) => putTogether([f.parts.header], f.parts.payload, f.own)],
  ['a header that is null', 'header_invalid', (f) => putTogether('null', f.parts.payload, f.own)],
  ['a header that is no JSON', 'header_invalid', (f) => putTogether('{alg', f.parts.payload, f.own)],
];

const claims: Forgery[] = [
  [
    'claims changed under the old signature',
    'signature_invalid',
    (f) => f.claims({ sub: 'x' }, () => Buffer.from(f.segments[2], 'base64url')),
  ],
  ['a payload of no claims', 'issuer_mismatch', (f) => f.payload({})],
  ['a payload that is a list', 'issuer_mismatch', (f) => f.payload([f.parts.payload])],
  ['a payload that is a number', 'issuer_mismatch', (f) => f.payload(1)],
  ['no iss', 'issuer_mismatch', (f) => f.claims({ iss: undefined })],
  ['iss of another service', 'issuer_mismatch', (f) => f.claims({ iss: 'https://evil.example' })],
  ['iss with a slash behind', 'issuer_mismatch', (f) => f.claims({ iss: `${String(f.parts.payload['iss'])}/` })],
  ['iss in a list', 'issuer_mismatch', (f) => f.claims({ iss: [f.parts.payload['iss']] })],
  ['no aud', 'audience_mismatch', (f) => f.claims({ aud: undefined })],
  ['aud null', 'audience_mismatch', (f) => f.claims({ aud: null })],
  ['an empty aud', 'audience_mismatch', (f) => f.claims({ aud: '' })],
  ['aud of another store', 'audience_mismatch', (f) => f.claims({ aud: f.foreignStoreId })],
  ['aud in a list', 'audience_mismatch', (f) => f.claims({ aud: [f.parts.payload['aud']] })],
  [
    'aud with another store beside',
    'audience_mismatch',
    (f) => f.claims({ aud: [f.parts.payload['aud'], f.foreignStoreId] }),
  ],
  ['no token_use', 'token_use_mismatch', (f) => f.claims({ token_use: undefined })],
  [
    'the token_use of the other kind',
    'token_use_mismatch',
    (f) => f.claims({ token_use: f.parts.payload['token_use'] === 'access' ? 'customer' : 'access' }),
  ],
  ['token_use in a list', 'token_use_mismatch', (f) => f.claims({ token_use: [f.parts.payload['token_use']] })],
  ['no exp', 'claims_invalid', (f) => f.claims({ exp: undefined })],
  ['exp as text', 'claims_invalid', (f) => f.claims({ exp: String(f.number('exp')) })],
  ['exp null', 'claims_invalid', (f) => f.claims({ exp: null })],
  ['exp an object', 'claims_invalid', (f) => f.claims({ exp: {} })],
  ['exp 1e300', 'claims_invalid', (f) => f.claims({ exp: 1e300 })],
  [
    'exp infinite',
    'claims_invalid',
    (f) => f.payload(JSON.stringify(f.parts.payload).replace(/"exp":\d+/, '"exp":1e999')),
  ],
  ['exp a fraction', 'claims_invalid', (f) => f.claims({ exp: f.number('exp') + 0.5 })],
  ['exp in a hundred years', 'claims_invalid', (f) => f.claims({ exp: f.number('iat') + 3_153_600_000 })],
  ['exp 31 days ahead', 'claims_invalid', (f) => f.claims({ exp: f.number('iat') + 2_678_400 })],
  ['exp a second ago', 'expired', (f) => f.claims({ iat: f.number('iat') - 100, exp: f.number('iat') - 1 })],
  ['exp 0', 'expired', (f) => f.claims({ exp: 0 })],
  ['exp negative', 'expired', (f) => f.claims({ exp: -1 })],
  ['no iat', 'claims_invalid', (f) => f.claims({ iat: undefined })],
  ['iat as text', 'claims_invalid', (f) => f.claims({ iat: String(f.number('iat')) })],
  ['iat a fraction', 'claims_invalid', (f) => f.claims({ iat: f.number('iat') + 0.5 })],
  ['iat two minutes ahead', 'claims_invalid', (f) => f.claims({ iat: f.number('iat') + 120 })],
  ['iat after exp', 'claims_invalid', (f) => f.claims({ iat: f.number('exp') + 1 })],
  ['nbf two minutes ahead', 'claims_invalid', (f) => f.claims({ nbf: f.number('iat') + 120 })],
  ['nbf as text', 'claims_invalid', (f) => f.claims({ nbf: '0' })],
  ['no jti', 'claims_invalid', (f) => f.claims({ jti: undefined })],
  ['an empty jti', 'claims_invalid', (f) => f.claims({ jti: '' })],
  ['jti a number', 'claims_invalid', (f) => f.claims({ jti: 1 })],
  ['jti SQL', 'claims_invalid', (f) => f.claims({ jti: "' OR '1'='1" })],
  ['no sub', 'claims_invalid', (f) => f.claims({ sub: undefined })],
  ['an empty sub', 'claims_invalid', (f) => f.claims({ sub: '' })],
  ['sub a number', 'claims_invalid', (f) => f.claims({ sub: 1 })],
  ['sub null', 'claims_invalid', (f) => f.claims({ sub: null })],
  [
    'sub an object that a query builder would take for a condition',
    'claims_invalid',
    (f) => f.claims({ sub: { contains: '' } }),
  ],
  ['sub in a list', 'claims_invalid', (f) => f.claims({ sub: [f.parts.payload['sub']] })],
  [
    'sub twice',
    'claims_invalid',
    (f) => f.payload(JSON.stringify(f.parts.payload).replace('{', '{"sub":"somebody-else",')),
  ],
];

/** Tokens that nobody may accept, of either kind. */
export const forgeries: readonly Forgery[] = [...encoding, ...header, ...claims];
