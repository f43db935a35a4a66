import { gzipSync } from 'node:zlib';
import { signedBy } from '../forged-tokens.js';
import { type Answer, claims, type Deviation, header, json, members } from './deviation.js';
import { lifetimes, optionalMembers, signedUserinfos } from './optional-members.js';
import { ellipticKey, rsaKey } from './signing-keys.js';
import { type Variation, variations } from './variation.js';

/** From now on another key signs, and no other is published. It is made at once: an RSA key may take longer than a call may. */
export function rotationTo(kid: string): Deviation {
  const { privateKey, publicJwk } = rsaKey(kid);
  return {
    idToken: (draft) => ({ ...draft, header: { ...draft.header, kid }, signer: signedBy(privateKey) }),
    jwks: () => json({ keys: [publicJwk] })(),
  };
}

function publishesBeside(...others: readonly unknown[]): Deviation {
  return { jwks: (_honest, { key }) => json({ keys: [...others, key.publicJwk] })() };
}

function redirectParameters(parameters: Readonly<Record<string, string>>): Deviation {
  return {
    redirect: (honest) => {
      const url = new URL(honest);
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url;
    },
  };
}

const asText = (honest: Answer): Answer => ({ ...honest, headers: { 'content-type': 'text/plain' } });
const packed = (honest: Answer): Answer => ({
  ...honest,
  headers: { ...honest.headers, 'content-encoding': 'gzip' },
  body: gzipSync(honest.body),
});
const withDeepMember = (honest: Answer): Answer =>
  json(honest.body.toString().replace('{', `{"deep":${'['.repeat(50_000)}${']'.repeat(50_000)},`))();

/** Endpoints by other texts than a URL parser would give them. */
export const longWritten: Deviation = {
  discovery: members(({ issuer }) => ({
    token_endpoint: `${issuer}/./token`,
    jwks_uri: `${issuer}/x/../jwks`,
    userinfo_endpoint: `${issuer}/./userinfo`,
  })),
};

/** These have defaults, or are for others (OpenID Connect Discovery, section 3; RFC 8414 section 2; RFC 9207 section 3). */
function onlyRequired(absent: null | undefined): Readonly<Record<string, unknown>> {
  return {
    scopes_supported: absent,
    token_endpoint_auth_methods_supported: absent,
    code_challenge_methods_supported: absent,
    authorization_response_iss_parameter_supported: absent,
  };
}

const elsewhere = 'http://127.0.0.2:1/';

const usual: readonly Variation[] = variations({
  'rp-response_type-code, rp-id_token-sig-rs256, rp-scope-userinfo-claims, rp-token_endpoint-client_secret_basic': [{}],
  'rp-id_token-kid-absent-single-jwks': [header({ kid: undefined })],
  'rp-discovery-openid-configuration, rp-discovery-jwks_uri-keys: members that nobody knows': [
    { discovery: members({ unknown: { a: [1] } }), ...publishesBeside({ kty: 'unknown' }, {}) },
  ],
  'ES256 signatures': [{}, { alg: 'ES256' }],
  'a key without a name, for one without algorithm and use': [
    {
      ...header({ kid: undefined }),
      jwks: (_honest, { key }) =>
        json({ keys: [{ ...key.publicJwk, kid: undefined, alg: undefined, use: undefined }] })(),
    },
  ],
  'two keys and no name, one being for encryption': [
    { ...header({ kid: undefined }), ...publishesBeside({ ...rsaKey('encryption').publicJwk, use: 'enc' }) },
  ],
  'two keys and no name, one being of another kind': [
    { ...header({ kid: undefined }), ...publishesBeside(ellipticKey('elliptic').publicJwk) },
  ],
  'ten thousand keys': [publishesBeside(...Array.from({ length: 10_000 }, (_, index) => ({ kid: `k${index}` })))],
  'a list with our audience only': [claims(({ clientId }) => ({ aud: [clientId] }))],
  'us as the authorized party': [claims(({ clientId }) => ({ azp: clientId }))],
  'no hash of the access token': [claims({ at_hash: undefined })],
  'a subject of 255 characters': [
    {
      ...claims({ sub: 's'.repeat(255) }),
      userinfo: members({ sub: 's'.repeat(255) }),
    },
  ],
  'times with fractions': [claims(({ now }) => ({ iat: now + 0.25, exp: now + 600.75, nbf: now + 0.25 }))],
  'a clock 25 s ahead': [claims(({ now }) => ({ iat: now + 25, nbf: now + 25, exp: now + 625 }))],
  'a clock 25 s behind and a life of 10 s': [claims(({ now }) => ({ iat: now - 25, exp: now - 15 }))],
  'a life of a day': [claims(({ now }) => ({ exp: now + 86_400 }))],
  'a person who takes nine minutes': [{ loginSeconds: 540 }],
  'a type in the header of the ID token': [header({ typ: 'JWT' })],
  'claims that nobody asked for': [claims({ groups: ['staff'], address: { country: 'GB' }, acr: '1', amr: ['pwd'] })],
  'email and name in the ID token': [{}, { claimsIn: 'id_token' }],
  'no promise of an issuer in the redirect, and none there': [
    {
      redirect: (honest) => {
        const url = new URL(honest);
        url.searchParams.delete('iss');
        return url;
      },
    },
    { metadata: { authorization_response_iss_parameter_supported: undefined } },
  ],
  'a discovery document that has only what it must have': [{}, { metadata: onlyRequired(undefined) }],
  'a discovery document that has null for what it need not have': [{}, { metadata: onlyRequired(null) }],
  'no userinfo endpoint, all being in the ID token': [
    {},
    { claimsIn: 'id_token', metadata: { userinfo_endpoint: undefined } },
  ],
  'a name that takes many lines, and half a character': [
    { userinfo: members({ name: 'Ann\r\n\u0000\uD800 Example' }) },
  ],
  'a name of 10,000 characters': [{ userinfo: members({ name: 'n'.repeat(10_000) }) }],
  'no name': [{ userinfo: members({ name: undefined }) }],
  'a name that is none': [{ userinfo: members({ name: { first: 'Ann' }, given_name: 7, family_name: ['x'] }) }],
  'an authorization endpoint with a query': [
    { discovery: members(({ issuer }) => ({ authorization_endpoint: `${issuer}/authorize?p=policy` })) },
  ],
  'endpoints that are not written in the shortest way': [longWritten],
  'parameters that providers add to the redirect': [
    redirectParameters({ session_state: 'abc.def', scope: 'openid email', authuser: '0', prompt: 'none' }),
  ],
  'a type of token in small letters': [{ token: members({ token_type: 'bearer' }) }],
  'a token answer with more members': [{ token: members({ scope: 'openid', refresh_token: 'r', expires_in: '600' }) }],
  'a token answer that says it is text': [{ token: asText }],
  'userinfo that says it is text': [{ userinfo: asText }],
  'packed answers although none was asked for': [{ token: packed, jwks: packed, userinfo: packed, discovery: packed }],
  'userinfo with a member 50,000 levels deep': [{ userinfo: withDeepMember }],
  'keys with a member 50,000 levels deep': [{ jwks: withDeepMember }],
  'an email at another party beside the own one': [
    {
      userinfo: members({
        _claim_names: { email: 'src', name: 'src' },
        _claim_sources: { src: { endpoint: elsewhere, access_token: 'a' } },
      }),
    },
  ],
  'other endpoints for clients with certificates': [
    {},
    { metadata: { mtls_endpoint_aliases: { token_endpoint: elsewhere, userinfo_endpoint: elsewhere } } },
  ],
});

/** What must be taken: the standards allow it, or providers do it and nothing is lost by it. */
export const harmlessVariations: readonly Variation[] = [
  ...usual,
  ...optionalMembers,
  ...lifetimes,
  ...signedUserinfos,
];
