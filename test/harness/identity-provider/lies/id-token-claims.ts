import { claims, type Deviation, type Lie } from '../deviation.js';
import { lies } from '../lie.js';

/** Claims as text, since some numbers of JSON are none of JavaScript. */
function asText(name: string, value: string): Deviation {
  return {
    idToken: (draft) => {
      const rest = JSON.stringify({ ...draft.payload, [name]: undefined });
      return { ...draft, payload: `${rest.slice(0, -1)},"${name}":${value}}` };
    },
  };
}

const other = 'https://other.example.test';

/** Who says it of whom to whom (OpenID Connect Core, sections 2 and 3.1.3.7). */
export const partyLies: readonly Lie[] = lies('access_denied', {
  'rp-id_token-issuer-mismatch: another issuer': ['id_token_issuer_mismatch', claims({ iss: other })],
  'an issuer with a slash at its end': ['id_token_issuer_mismatch', claims(({ issuer }) => ({ iss: `${issuer}/` }))],
  'an issuer in capital letters': ['id_token_issuer_mismatch', claims(({ issuer }) => ({ iss: issuer.toUpperCase() }))],
  'no issuer': ['id_token_issuer_mismatch', claims({ iss: undefined })],
  'a list of issuers': ['id_token_issuer_mismatch', claims(({ issuer }) => ({ iss: [issuer] }))],
  'rp-id_token-sub: no subject': ['id_token_subject_invalid', claims({ sub: undefined })],
  'an empty subject': ['id_token_subject_invalid', claims({ sub: '' })],
  'a subject of null': ['id_token_subject_invalid', claims({ sub: null })],
  'a subject that is a number': ['id_token_subject_invalid', claims({ sub: 4711 })],
  'a subject that is a list': ['id_token_subject_invalid', claims({ sub: ['a'] })],
  'a subject of 256 characters': ['id_token_subject_invalid', claims({ sub: 's'.repeat(256) })],
  'a subject with a NUL': ['id_token_subject_invalid', claims({ sub: 'ann\u0000' })],
  'a subject outside ASCII': ['id_token_subject_invalid', claims({ sub: 'änn' })],
  'rp-id_token-aud: another audience': ['id_token_audience_mismatch', claims({ aud: 'another-client' })],
  'no audience': ['id_token_audience_mismatch', claims({ aud: undefined })],
  'an empty list of audiences': ['id_token_audience_mismatch', claims({ aud: [] })],
  'a list with another audience': ['id_token_audience_mismatch', claims({ aud: ['another-client'] })],
  'an audience that only begins like ours': [
    'id_token_audience_mismatch',
    claims(({ clientId }) => ({ aud: `${clientId}-2` })),
  ],
  'an audience that is an object': ['id_token_audience_mismatch', claims(({ clientId }) => ({ aud: { 0: clientId } }))],
  'a second audience': [
    'id_token_audience_mismatch',
    claims(({ clientId }) => ({ aud: [clientId, 'another-client'] })),
  ],
  'a second audience, we being the authorized party': [
    'id_token_audience_mismatch',
    claims(({ clientId }) => ({ aud: [clientId, 'another-client'], azp: clientId })),
  ],
  'a second audience that is the authorized party': [
    'id_token_audience_mismatch',
    claims(({ clientId }) => ({ aud: [clientId, 'another-client'], azp: 'another-client' })),
  ],
  'our audience in a list, with a foreign authorized party': [
    'id_token_azp_mismatch',
    claims(({ clientId }) => ({ aud: [clientId], azp: 'another-client' })),
  ],
  'our audience alone, with a foreign authorized party': ['id_token_azp_mismatch', claims({ azp: 'another-client' })],
  'an empty authorized party': ['id_token_azp_mismatch', claims({ azp: '' })],
});

const YEAR = 31_536_000;

/** When (section 2), for which sign-in and for which access token. */
export const timeLies: readonly Lie[] = lies('access_denied', {
  'rp-id_token-iat: no time of issue': ['id_token_issue_time_invalid', claims({ iat: undefined })],
  'a time of issue in a text': ['id_token_issue_time_invalid', claims(({ now }) => ({ iat: String(now) }))],
  'a time of issue a year ahead': [
    'id_token_issue_time_invalid',
    claims(({ now }) => ({ iat: now + YEAR, exp: now + YEAR + 600 })),
  ],
  'a time of issue 33 s ahead': ['id_token_issue_time_invalid', claims(({ now }) => ({ iat: now + 33 }))],
  'no expiry': ['id_token_expiry_invalid', claims({ exp: undefined })],
  'an expiry of null': ['id_token_expiry_invalid', claims({ exp: null })],
  'an expiry in a text': ['id_token_expiry_invalid', claims(({ now }) => ({ exp: String(now + 600) }))],
  'an expiry that JSON has and time has not': ['id_token_expiry_invalid', asText('exp', '1e999')],
  'an expiry before the time of issue': ['id_token_expiry_invalid', claims(({ now }) => ({ exp: now - 1 }))],
  'an expiry 31 s ago': [
    'id_token_expired',
    { loginSeconds: 60, ...claims(({ now }) => ({ iat: now - 60, exp: now - 31 })) },
  ],
  'a beginning a minute ahead': ['id_token_not_yet_valid', claims(({ now }) => ({ nbf: now + 60 }))],
  'a beginning that is no time': ['id_token_not_yet_valid', claims({ nbf: 'now' })],
  'rp-nonce-invalid: another nonce': ['id_token_nonce_mismatch', claims({ nonce: 'another' })],
  'no nonce': ['id_token_nonce_mismatch', claims({ nonce: undefined })],
  'a nonce of null': ['id_token_nonce_mismatch', claims({ nonce: null })],
  'the nonce of an earlier sign-in': [
    'id_token_nonce_mismatch',
    claims(({ earlierNonces }) => ({ nonce: earlierNonces[0] })),
  ],
  'a list with the nonce': [
    'id_token_nonce_mismatch',
    { idToken: (draft) => ({ ...draft, payload: { ...draft.payload, nonce: [draft.payload['nonce']] } }) },
  ],
  'the hash of another access token': ['id_token_at_hash_mismatch', claims({ at_hash: 'LDktKdoQak3Pk0cnXxCltA' })],
  'an empty hash of the access token': ['id_token_at_hash_mismatch', claims({ at_hash: '' })],
  'the first half of the hash of the access token': [
    'id_token_at_hash_mismatch',
    {
      idToken: (draft) => ({
        ...draft,
        payload: { ...draft.payload, at_hash: String(draft.payload['at_hash']).slice(0, 11) },
      }),
    },
  ],
});
