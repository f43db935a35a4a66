import { hmacWith, signedBy, unsigned } from '../../forged-tokens.js';
import type { Answer, Deviation, Lie, World } from '../deviation.js';
import { lies } from '../lie.js';
import { signedUserinfo, signedUserinfoClaims, type UserinfoDraft } from '../signed-userinfo.js';
import { rsaKey } from '../signing-keys.js';

const told = (change: Parameters<typeof signedUserinfo>[0]): Deviation => ({ userinfo: signedUserinfo(change) });
const says = (change: (world: World) => Readonly<Record<string, unknown>>): Deviation => ({
  userinfo: signedUserinfoClaims(change),
});
const under = (members: Readonly<Record<string, unknown>>) =>
  told((draft) => ({ ...draft, header: { ...draft.header, ...members } }));
const notSigned = (draft: UserinfoDraft): UserinfoDraft => ({
  ...draft,
  header: { ...draft.header, alg: 'none' },
  signer: unsigned,
});
const hmacOfSecret = (draft: UserinfoDraft, { clientSecret }: World): UserinfoDraft => ({
  ...draft,
  header: { ...draft.header, alg: 'HS256' },
  signer: hmacWith('sha256', clientSecret),
});
/** After it was signed. */
const changed = (change: (token: string) => string): Deviation => ({
  userinfo: (honest: Answer, world) => {
    const answer = signedUserinfo()(honest, world);
    return { ...answer, body: change(answer.body.toString()) };
  },
});

const listing = (...algs: string[]) => ({ metadata: { userinfo_signing_alg_values_supported: algs } });

/** Signed userinfo (OpenID Connect Core, section 5.3.2), needed because the ID token has no email. */
export const signedUserinfoLies: readonly Lie[] = lies('access_denied', {
  'userinfo that is signed by nobody': ['userinfo_invalid', told(notSigned)],
  'userinfo that is signed by nobody, the metadata lists it': [
    'userinfo_invalid',
    told(notSigned),
    listing('none', 'RS256'),
  ],
  'userinfo that is signed by the client secret': ['userinfo_invalid', told(hmacOfSecret)],
  'userinfo that is signed by the client secret, the metadata lists it': [
    'userinfo_invalid',
    told(hmacOfSecret),
    listing('HS256', 'RS256'),
  ],
  'userinfo that is signed although the metadata lists symmetric algorithms only': [
    'userinfo_invalid',
    told((draft) => draft),
    listing('HS256'),
  ],
  'userinfo that is signed by another algorithm than the metadata lists': [
    'userinfo_invalid',
    told((draft) => draft),
    listing('ES256'),
  ],
  'userinfo that is signed by another key of the same name': [
    'userinfo_signature_invalid',
    told((draft) => ({ ...draft, signer: signedBy(rsaKey('stranger').privateKey) })),
  ],
  'userinfo that is signed by a key that is not published': [
    'userinfo_signature_invalid',
    told((draft) => ({
      ...draft,
      header: { ...draft.header, kid: 'not-published' },
      signer: signedBy(rsaKey('stranger').privateKey),
    })),
  ],
  'userinfo that was changed after the signature': [
    'userinfo_signature_invalid',
    changed((token) => {
      const [head = '', payload = '', signature = ''] = token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const forged = Buffer.from(JSON.stringify({ ...claims, email_verified: true, name: 'V' })).toString('base64url');
      return [head, forged, signature].join('.');
    }),
  ],
  'signed userinfo without a signature': ['userinfo_invalid', changed((token) => token.replace(/[^.]*$/, ''))],
  'signed userinfo of another issuer': ['userinfo_invalid', says(() => ({ iss: 'https://other.example.test' }))],
  'signed userinfo without an issuer': ['userinfo_invalid', says(() => ({ iss: undefined }))],
  'signed userinfo for another audience': ['userinfo_invalid', says(() => ({ aud: 'another-client' }))],
  'signed userinfo for a list of others': ['userinfo_invalid', says(() => ({ aud: ['another-client', 'third'] }))],
  'signed userinfo without an audience': ['userinfo_invalid', says(() => ({ aud: undefined }))],
  'signed userinfo with an audience of null': ['userinfo_invalid', says(() => ({ aud: null }))],
  'signed userinfo of another subject': ['userinfo_subject_mismatch', says(() => ({ sub: 'victim' }))],
  'signed userinfo without a subject': ['userinfo_invalid', says(() => ({ sub: undefined }))],
  'signed userinfo that expired 31 s ago': ['userinfo_invalid', says(({ now }) => ({ exp: now - 31 }))],
  'signed userinfo whose expiry is no time': ['userinfo_invalid', says(() => ({ exp: 'never' }))],
  'signed userinfo that begins a minute ahead': ['userinfo_invalid', says(({ now }) => ({ nbf: now + 60 }))],
  'an access token in place of userinfo': ['userinfo_invalid', under({ typ: 'at+jwt' })],
  'a logout token in place of userinfo': ['userinfo_invalid', under({ typ: 'logout+jwt' })],
  'an ID token by its type in place of userinfo': ['userinfo_invalid', under({ typ: 'id_token+jwt' })],
  'signed userinfo with an extension that must be understood': [
    'userinfo_invalid',
    under({ crit: ['b64'], b64: true }),
  ],
  'userinfo that is encrypted': ['userinfo_invalid', changed((token) => `${token}.a.b`)],
  'signed userinfo in two parts': ['userinfo_invalid', changed((token) => token.split('.').slice(0, 2).join('.'))],
  'plain userinfo that says it is signed': [
    'userinfo_invalid',
    { userinfo: (honest) => ({ ...honest, headers: { 'content-type': 'application/jwt' } }) },
  ],
});

/** It says that it is plain, so nobody looks for a signature in it. */
export const unannouncedUserinfoLies: readonly Lie[] = lies('temporarily_unavailable', {
  'signed userinfo that says it is JSON': [
    'provider_answer_malformed',
    {
      userinfo: (honest, world) => ({
        ...signedUserinfo()(honest, world),
        headers: { 'content-type': 'application/json' },
      }),
    },
  ],
});
