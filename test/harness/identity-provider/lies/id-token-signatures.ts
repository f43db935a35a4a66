import { constants, createPublicKey, sign } from 'node:crypto';
import { hmacWith, signedBy, unsigned } from '../../forged-tokens.js';
import { type Answer, claims, type Deviation, header, json, type Lie, type NamedKey } from '../deviation.js';
import { lies } from '../lie.js';
import { ellipticKey, renamed, rsaKey } from '../signing-keys.js';

const stranger = () => rsaKey('stranger');

/** Signs by another key than the published one. */
function signedWith(key: () => NamedKey, members: Readonly<Record<string, unknown>> = {}): Deviation {
  return {
    idToken: (draft) => ({
      ...draft,
      header: { ...draft.header, ...members },
      signer: signedBy(key().privateKey),
    }),
  };
}

/** Publishes this key set. */
function publishes(keys: (own: NamedKey) => readonly unknown[]): NonNullable<Deviation['jwks']> {
  return (_honest: Answer, { key }) => json({ keys: keys(key) })();
}

/** Publishes and signs by this key under the name that the token gives. */
function publishesAndSignsBy(key: () => NamedKey, alg = 'RS256'): Deviation {
  return {
    ...signedWith(key, { alg }),
    jwks: publishes((own) => [renamed(key(), own.kid).publicJwk]),
  };
}

function publicPem(key: NamedKey): string {
  return createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString();
}

const psSigned: Deviation = {
  idToken: (draft, { key }) => ({
    ...draft,
    header: { ...draft.header, alg: 'PS256' },
    signer: (input) =>
      sign('sha256', Buffer.from(input), {
        key: key.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      }),
  }),
};

const hmacOfSecret: Deviation = {
  idToken: (draft, { clientSecret }) => ({
    ...draft,
    header: { ...draft.header, alg: 'HS256' },
    signer: hmacWith('sha256', clientSecret),
  }),
};

const hmacOfPublicKey: Deviation = {
  idToken: (draft, { key }) => ({
    ...draft,
    header: { ...draft.header, alg: 'HS256' },
    signer: hmacWith('sha256', publicPem(key)),
  }),
};

function notSigned(alg: string): Deviation {
  return { idToken: (draft) => ({ ...draft, header: { ...draft.header, alg }, signer: unsigned }) };
}

const withNone = { metadata: { id_token_signing_alg_values_supported: ['RS256', 'none'] } };
const withHmac = { metadata: { id_token_signing_alg_values_supported: ['RS256', 'HS256'] } };

/** By which algorithm (RFC 8725 sections 3.1 and 3.2). */
export const algorithmLies: readonly Lie[] = lies('access_denied', {
  'rp-id_token-sig-none': ['id_token_alg_forbidden', notSigned('none')],
  'rp-id_token-sig-none: the metadata lists it': ['id_token_alg_forbidden', notSigned('none'), withNone],
  'no signature, by "None"': ['id_token_alg_forbidden', notSigned('None'), withNone],
  'no algorithm in the header': ['id_token_alg_forbidden', header({ alg: undefined })],
  'an algorithm that is a list': ['id_token_alg_forbidden', header({ alg: ['RS256'] })],
  'rp-id_token-bad-sig-hs256: HS256 by the client secret': ['id_token_alg_forbidden', hmacOfSecret],
  'HS256 by the client secret, the metadata lists it': ['id_token_alg_forbidden', hmacOfSecret, withHmac],
  'HS256 by the public key': ['id_token_alg_forbidden', hmacOfPublicKey],
  'HS256 by the public key, the metadata lists it': ['id_token_alg_forbidden', hmacOfPublicKey, withHmac],
  'PS256 where the metadata lists RS256': ['id_token_alg_forbidden', psSigned],
  'ES256 where the metadata lists RS256': [
    'id_token_alg_forbidden',
    publishesAndSignsBy(() => ellipticKey('elliptic'), 'ES256'),
  ],
});

/** By whose key. */
export const signatureLies: readonly Lie[] = lies('access_denied', {
  'rp-id_token-bad-sig-rs256: another key by the same name': ['id_token_signature_invalid', signedWith(stranger)],
  'another key by a name that is not published': [
    'id_token_key_unknown',
    signedWith(stranger, { kid: 'not-published' }),
  ],
  'no signature under RS256': ['id_token_signature_invalid', notSigned('RS256')],
  'claims that were changed after the signature': [
    'id_token_signature_invalid',
    {
      compact: (token) => {
        const [head = '', payload = '', signature = ''] = token.split('.');
        const told = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
        return [head, Buffer.from(JSON.stringify({ ...told, sub: 'victim' })).toString('base64url'), signature].join(
          '.',
        );
      },
    },
  ],
  'one bit of the signature turned': [
    'id_token_signature_invalid',
    {
      idToken: (draft) => ({
        ...draft,
        signer: (input) => {
          const signature = draft.signer(input);
          signature.writeUInt8(signature.readUInt8(9) ^ 1, 9);
          return signature;
        },
      }),
    },
  ],
  'rp-id_token-bad-sig-es256': [
    'id_token_signature_invalid',
    signedWith(() => ellipticKey('stranger')),
    { alg: 'ES256' },
  ],
  'an ES256 signature of zeros': [
    'id_token_signature_invalid',
    { idToken: (draft) => ({ ...draft, signer: () => Buffer.alloc(64) }) },
    { alg: 'ES256' },
  ],
  'an ES256 signature in DER': [
    'id_token_signature_invalid',
    {
      idToken: (draft, { key }) => ({
        ...draft,
        signer: (input) => sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'der' }),
      }),
    },
    { alg: 'ES256' },
  ],
  'a key in the header itself': [
    'id_token_signature_invalid',
    { idToken: (draft) => signedByHeaderKey(draft, { jwk: stranger().publicJwk }) },
  ],
  'a key set that the header points to': [
    'id_token_key_unknown',
    {
      idToken: (draft, { issuer }) => signedByHeaderKey(draft, { jku: `${issuer}/other-keys`, kid: stranger().kid }),
    },
  ],
  'rp-id_token-kid-absent-multiple-jwks: two keys and no name': [
    'id_token_key_ambiguous',
    { ...header({ kid: undefined }), jwks: publishes((own) => [own.publicJwk, stranger().publicJwk]) },
  ],
  'two keys by one name': [
    'id_token_key_ambiguous',
    { jwks: publishes((own) => [own.publicJwk, renamed(stranger(), own.kid).publicJwk]) },
  ],
  'no keys at all': ['id_token_key_unknown', { jwks: publishes(() => []) }],
  'a key for encryption': ['id_token_key_unknown', { jwks: publishes((own) => [{ ...own.publicJwk, use: 'enc' }]) }],
  'a key that may not verify': [
    'id_token_key_unknown',
    { jwks: publishes((own) => [{ ...own.publicJwk, key_ops: ['encrypt'] }]) },
  ],
  'a key for another algorithm': [
    'id_token_key_unknown',
    { jwks: publishes((own) => [{ ...own.publicJwk, alg: 'RS512' }]) },
  ],
  'a key of another kind by that name': [
    'id_token_key_unknown',
    { jwks: publishes((own) => [renamed(ellipticKey('elliptic'), own.kid).publicJwk]) },
  ],
  'an RSA key of 512 bits': ['id_token_key_unusable', publishesAndSignsBy(() => rsaKey('weak', 512))],
  'an RSA key of 1024 bits': ['id_token_key_unusable', publishesAndSignsBy(() => rsaKey('weak', 1024))],
  'a key without its modulus': [
    'id_token_key_unusable',
    { jwks: publishes((own) => [{ ...own.publicJwk, n: undefined }]) },
  ],
});

function signedByHeaderKey(draft: Parameters<NonNullable<Deviation['idToken']>>[0], members: object) {
  return { ...draft, header: { ...draft.header, ...members }, signer: signedBy(stranger().privateKey) };
}

/** Claims in another encoding than base64url, under a right signature. Some text in them makes sure that it is another. */
function encodedBy(encode: (base64url: string) => string): Deviation {
  return {
    ...claims({ name: '>>>???>>>???>' }),
    compact: (token, { key }) => {
      const [head = '', payload = ''] = token.split('.');
      const input = `${head}.${encode(payload)}`;
      return `${input}.${signedBy(key.privateKey)(input).toString('base64url')}`;
    },
  };
}

/** In which form (RFC 7515 sections 3.1, 4.1.11 and 7.1). */
export const formLies: readonly Lie[] = lies('access_denied', {
  'a token of five parts': ['id_token_encrypted', { compact: (token) => `${token}.a.b` }],
  'a token of two parts': ['id_token_malformed', { compact: (token) => token.split('.').slice(0, 2).join('.') }],
  'a token of four parts': ['id_token_malformed', { compact: (token) => `${token}.a` }],
  'an empty token': ['id_token_malformed', { compact: () => '' }],
  'a header that is no JSON': ['id_token_malformed', { idToken: (draft) => ({ ...draft, header: '{"alg":"RS256"' }) }],
  'a header that is a list': ['id_token_malformed', { idToken: (draft) => ({ ...draft, header: [draft.header] }) }],
  'claims that are no JSON': ['id_token_malformed', { idToken: (draft) => ({ ...draft, payload: 'sub=ann' }) }],
  'claims that are a list': ['id_token_malformed', { idToken: (draft) => ({ ...draft, payload: [draft.payload] }) }],
  'claims that are null': ['id_token_malformed', { idToken: (draft) => ({ ...draft, payload: null }) }],
  'claims in base64 with padding': [
    'id_token_malformed',
    encodedBy((text) => `${text}${'='.repeat(-text.length & 3)}`),
  ],
  'claims in base64 for files': [
    'id_token_malformed',
    encodedBy((text) => text.replaceAll('-', '+').replaceAll('_', '/')),
  ],
  'claims in base64 with a line end': ['id_token_malformed', encodedBy((text) => `${text}\n`)],
  'a signature in base64 with padding': ['id_token_malformed', { compact: (token) => `${token}==` }],
  'an extension that must be understood': ['id_token_header_invalid', header({ crit: ['b64'], b64: true })],
  'an unencoded payload that must be understood': ['id_token_header_invalid', header({ crit: ['b64'], b64: false })],
  'a name of the key that is a number': ['id_token_key_unknown', header({ kid: 1 })],
});
