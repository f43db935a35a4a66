import type { JsonWebKey } from 'node:crypto';
import { signedBy } from '../forged-tokens.js';
import { type Answer, claims, type Deviation, header, json, members } from './deviation.js';
import { signedUserinfo, signedUserinfoClaims } from './signed-userinfo.js';
import { ellipticKey, rsaKey } from './signing-keys.js';
import { type Variation, variations } from './variation.js';

const YEAR = 31_536_000;

/** Keys as the provider publishes them, with its own changed and others before it. */
function keys(change: (own: JsonWebKey) => object, ...others: readonly unknown[]): Deviation {
  return { jwks: (_honest, { key }) => json({ keys: [...others, change(key.publicJwk)] })() };
}

function withHeaders(headers: Readonly<Record<string, string>>): (honest: Answer) => Answer {
  return (honest) => ({ ...honest, headers: { ...honest.headers, ...headers } });
}

/** Null for whatever need not be there, and whatever there is where nobody looks. */
export const optionalMembers: readonly Variation[] = variations({
  'null for every claim that an ID token need not have': [
    claims({ azp: null, nbf: null, at_hash: null, auth_time: null, acr: null, amr: null, email: null, name: null }),
  ],
  'a type of null in the header of the ID token': [header({ typ: null })],
  'a beginning in 1970, as some providers write it for none': [claims({ nbf: 0, auth_time: 0 })],
  'a time of the login that is none': [claims({ auth_time: 'yesterday' })],
  'null for every member that a token answer need not have': [
    { token: members({ expires_in: null, refresh_token: null, scope: null }) },
  ],
  'a token answer whose other members are no texts and no numbers': [
    { token: members({ expires_in: 'soon', refresh_token: '', scope: ['openid'], id_token_expires_in: -1 }) },
  ],
  'a token answer that has nothing but what it must have': [{ token: members({ expires_in: undefined }) }],
  'an access token that fits into no header, where nothing else is asked for': [
    { ...claims({ at_hash: undefined }), token: members({ access_token: 't\u00f6ken \u2713' }) },
    { claimsIn: 'id_token' },
  ],
  'an access token of 100 KB, where nothing else is asked for': [
    { ...claims({ at_hash: undefined }), token: members({ access_token: 'a'.repeat(100_000) }) },
    { claimsIn: 'id_token' },
  ],
  'an ID token of 100 KB': [claims({ groups: ['g'.repeat(75_000)] })],
  'a challenge beside a token answer and userinfo that are none': [
    {
      token: withHeaders({ 'www-authenticate': 'Negotiate abc' }),
      userinfo: withHeaders({ 'www-authenticate': 'Negotiate abc' }),
    },
  ],
  'types of content in other letters': [
    {
      token: withHeaders({ 'content-type': 'Application/JSON;charset=UTF-8' }),
      userinfo: withHeaders({ 'content-type': 'APPLICATION/JSON ; charset=utf-8' }),
      jwks: withHeaders({ 'content-type': 'application/jwk-set+json' }),
    },
  ],
  'no type of content': [
    { discovery: withHeaders({ 'content-type': '' }), token: withHeaders({ 'content-type': '' }) },
  ],
  'null for every member that a key need not have': [
    keys((own) => ({ ...own, use: null, key_ops: null, x5c: null, x5t: null, alg: null })),
  ],
  'members of the key that nobody looks at': [
    keys((own) => ({ ...own, ext: 'yes', x5c: 7, key_ops: ['verify', 'verify'], oth: {} })),
  ],
  'keys that cannot be read beside the right one, some by its name': [
    keys(
      (own) => own,
      { kty: 7, kid: 'key-1' },
      { kty: 'RSA', kid: 'key-1', alg: 7 },
      { kty: 'RSA', kid: 'key-1', key_ops: 'verify' },
      { kty: 'RSA', kid: ['key-1'] },
      { ...ellipticKey('elliptic').publicJwk, crv: { name: 'P-256' } },
      { kty: 'AKP', alg: 'ML-DSA-44', kid: 'new', pub: 'AA' },
    ),
  ],
  'an email that is verified by a text, which is believed by nobody': [
    { userinfo: members({ email_verified: 'true' }) },
  ],
});

/** How long and how old, which is for a provider to decide. */
export const lifetimes: readonly Variation[] = variations({
  'a life of a week': [claims(({ now }) => ({ exp: now + 604_800 }))],
  'a life of a year': [claims(({ now }) => ({ exp: now + YEAR }))],
  'an expiry in the year 9999': [claims({ exp: 253_402_300_799 })],
  // What binds an ID token to a sign-in is its nonce.
  'a time of issue 60 s before the sign-in began': [claims(({ now }) => ({ iat: now - 60 }))],
  'a time of issue a week ago': [claims(({ now }) => ({ iat: now - 604_800, exp: now + 600 }))],
  'a code of 8,192 letters': [{ code: (honest) => honest.padEnd(8_192, 'x') }],
  'a code of 8,192 characters, 3,000 of which take three in a URL': [
    { code: (honest) => honest.padEnd(5_192, 'x').padEnd(8_192, '%') },
  ],
});

const inAnotherForm = (honest: Answer): Answer => ({
  ...honest,
  headers: { 'content-type': 'Application/JWT; charset=utf-8' },
  body: `${honest.body.toString()}\n`,
});

/** Userinfo in a JWT (OpenID Connect Core, section 5.3.2). */
export const signedUserinfos: readonly Variation[] = variations({
  'signed userinfo': [{ userinfo: signedUserinfo() }],
  'signed userinfo by ES256': [{ userinfo: signedUserinfo() }, { alg: 'ES256' }],
  'signed userinfo by an algorithm that the metadata lists': [
    { userinfo: signedUserinfo() },
    { metadata: { userinfo_signing_alg_values_supported: ['none', 'RS256'] } },
  ],
  'signed userinfo, null being listed as its algorithms': [
    { userinfo: signedUserinfo() },
    { metadata: { userinfo_signing_alg_values_supported: null } },
  ],
  'signed userinfo by another algorithm than ID tokens': [
    {
      userinfo: signedUserinfo((draft) => ({
        ...draft,
        header: { alg: 'ES256', kid: 'elliptic' },
        signer: signedBy(ellipticKey('elliptic').privateKey),
      })),
      ...keys((own) => own, ellipticKey('elliptic').publicJwk),
    },
    { metadata: { userinfo_signing_alg_values_supported: ['ES256'] } },
  ],
  'signed userinfo by another key than the ID token': [
    {
      userinfo: signedUserinfo((draft) => ({
        ...draft,
        header: { ...draft.header, kid: 'second' },
        signer: signedBy(rsaKey('second').privateKey),
      })),
      ...keys((own) => own, rsaKey('second').publicJwk),
    },
  ],
  'signed userinfo that names no key, as the ID token': [
    {
      ...header({ kid: undefined }),
      userinfo: signedUserinfo((draft) => ({ ...draft, header: { ...draft.header, kid: undefined } })),
    },
  ],
  'signed userinfo for several audiences, with a type, times and null': [
    {
      userinfo: signedUserinfo((draft, { clientId, now }) => ({
        ...draft,
        header: { ...draft.header, typ: 'JWT' },
        payload: { ...draft.payload, aud: ['another', clientId], exp: now + 60, iat: now, nbf: null, azp: null },
      })),
    },
  ],
  'signed userinfo that has expired 25 s ago by our clock': [
    { userinfo: signedUserinfoClaims(({ now }) => ({ exp: now - 25 })) },
  ],
  'signed userinfo by a type of content in other letters, and a line end': [
    { userinfo: (honest, world) => inAnotherForm(signedUserinfo()(honest, world)) },
  ],
});
