import {
  type Answer,
  brokenAnswers,
  claims,
  type Deviation,
  json,
  type Lie,
  members,
  type Reply,
  type World,
} from '../deviation.js';
import { lies } from '../lie.js';

type Endpoint = 'discovery' | 'jwks' | 'token' | 'userinfo';

const BROKEN_REASONS: Readonly<Record<string, Lie['reason']>> = {
  'a status of 500': 'provider_status',
  'a page of HTML': 'provider_answer_malformed',
  'JSON that ends too early': 'provider_answer_malformed',
  'an array': 'provider_answer_malformed',
  '300 KiB': 'provider_answer_too_large',
  '8 MiB packed into 8 KiB': 'provider_answer_too_large',
  'a redirect to another host': 'provider_redirected',
  'a cut connection': 'provider_unreachable',
};

/** JSON that can be read and is no document of this kind. */
const ARRAY_REASONS: Readonly<Partial<Record<Endpoint, Lie['reason']>>> = {
  discovery: 'discovery_inconsistent',
  userinfo: 'userinfo_invalid',
};

/** What the log says of a broken answer, by its name in `brokenAnswers`. */
export function brokenReason(endpoint: Endpoint, name: string): Lie['reason'] {
  const array = name === 'an array' ? ARRAY_REASONS[endpoint] : undefined;
  return array ?? BROKEN_REASONS[name] ?? 'provider_answer_malformed';
}

/** An endpoint that answers what is no answer of it at all. */
function broken(endpoint: Endpoint): Lie[] {
  return Object.entries(brokenAnswers).flatMap(([name, reply]) => {
    const isArray = name === 'an array' && endpoint in ARRAY_REASONS;
    const answer = isArray ? 'access_denied' : 'temporarily_unavailable';
    return lies(answer, {
      [`${name} from the ${endpoint} endpoint`]: [brokenReason(endpoint, name), { [endpoint]: reply }],
    });
  });
}

const token = (reply: (honest: Answer) => Reply): Deviation => ({ token: reply });
const tokenMembers = (change: Readonly<Record<string, unknown>>): Deviation => ({ token: members(change) });

/** The token endpoint (RFC 6749 sections 5.1 and 5.2, OpenID Connect Core section 3.1.3.3). */
export const tokenLies: readonly Lie[] = [
  ...broken('token'),
  ...lies('server_error', {
    'an error of the client from the token endpoint': [
      'token_request_refused',
      token(json({ error: 'invalid_client' }, 401)),
    ],
    'an error of the code from the token endpoint': [
      'token_request_refused',
      token(json({ error: 'invalid_grant' }, 400)),
    ],
  }),
  ...lies('access_denied', {
    'no ID token': ['id_token_missing', tokenMembers({ id_token: undefined })],
    'an error by a status of 200': ['id_token_missing', token(json({ error: 'invalid_grant' }))],
  }),
  ...lies('server_error', {
    'no access token': ['token_response_invalid', tokenMembers({ access_token: undefined })],
    'an empty access token': [
      'token_response_invalid',
      { ...claims({ at_hash: undefined }), ...tokenMembers({ access_token: '' }) },
    ],
    'an access token that is a number': ['token_response_invalid', tokenMembers({ access_token: 1 })],
    'no type of token': ['token_response_invalid', tokenMembers({ token_type: undefined })],
    'a type of token that wants a proof of possession': [
      'token_response_invalid',
      tokenMembers({ token_type: 'DPoP' }),
    ],
    'a type of token that we cannot use': ['token_response_invalid', tokenMembers({ token_type: 'mac' })],
    'an ID token that is an object': ['token_response_invalid', { compact: (idToken) => ({ idToken }) }],
    'an ID token that is null': ['token_response_invalid', { compact: () => null }],
  }),
  ...lies('temporarily_unavailable', {
    'no answer at all from the token endpoint': ['provider_timeout', token(() => 'silence')],
    'a token answer by a status of 201': ['provider_status', token((honest) => ({ ...honest, status: 201 }))],
    'a page of HTML by a status of 404 from the token endpoint': [
      'provider_status',
      token(() => ({ status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not found</h1>' })),
    ],
  }),
];

/** The key set (RFC 7517 section 5). */
export const keySetLies: readonly Lie[] = [
  ...broken('jwks'),
  ...lies('temporarily_unavailable', {
    'keys that are no list': ['provider_answer_malformed', { jwks: json({ keys: { a: 1 } }) }],
    'keys that are texts': ['provider_answer_malformed', { jwks: json({ keys: ['key'] }) }],
    'no member for keys': ['provider_answer_malformed', { jwks: json({}) }],
  }),
];

/** A claim that another party holds (OpenID Connect Core, section 5.6.2): nothing of it is followed. */
function emailElsewhere(source: (world: World) => Readonly<Record<string, unknown>>): Deviation {
  return {
    userinfo: members((world) => ({
      email: undefined,
      _claim_names: { email: 'src' },
      _claim_sources: { src: source(world) },
    })),
  };
}

/** The userinfo endpoint (section 5.3), asked because the ID token has no email. */
export const userinfoLies: readonly Lie[] = [
  ...broken('userinfo'),
  ...lies('access_denied', {
    'rp-userinfo-bad-sub-claim: another subject': [
      'userinfo_subject_mismatch',
      { userinfo: members({ sub: 'victim' }) },
    ],
    'no subject from userinfo': ['userinfo_invalid', { userinfo: members({ sub: undefined }) }],
    'a list with the subject from userinfo': ['userinfo_invalid', { userinfo: members({ sub: ['victim'] }) }],
    'aggregated claims instead of an email': [
      'email_missing',
      emailElsewhere(() => ({
        JWT: `eyJhbGciOiJub25lIn0.${Buffer.from('{"email":"victim@example.test"}').toString('base64url')}.`,
      })),
    ],
    'distributed claims instead of an email': [
      'email_missing',
      emailElsewhere(({ issuer }) => ({ endpoint: `${issuer}/userinfo`, access_token: 'abc' })),
    ],
    'an email in a prototype': [
      'email_missing',
      {
        userinfo: (honest) =>
          json(honest.body.toString().replace('"email":', '"__proto__":{"email":"a@b.test"},"e":'))(),
      },
    ],
    'no email': ['email_missing', { userinfo: members({ email: undefined }) }],
    'an email of null': ['email_missing', { userinfo: members({ email: null }) }],
    'an email that is a list': ['email_missing', { userinfo: members({ email: ['victim@example.test'] }) }],
    'an email that is none': ['email_invalid', { userinfo: members({ email: 'victim@example.test, a@b.test' }) }],
    'an email with half a character': ['email_invalid', { userinfo: members({ email: 'ann\uD800@example.test' }) }],
    'an email with a NUL': ['email_invalid', { userinfo: members({ email: 'ann\u0000@example.test' }) }],
  }),
  ...lies('temporarily_unavailable', {
    'a refusal of the access token by userinfo': [
      'provider_status',
      { userinfo: json({ error: 'invalid_token' }, 401) },
    ],
  }),
];

const documentMembers = (change: Readonly<Record<string, unknown>>): Deviation => ({ discovery: members(change) });

/** The discovery document, changed after the profile was written (OpenID Connect Discovery, sections 3 and 4.3). */
export const discoveryLies: readonly Lie[] = [
  ...broken('discovery'),
  ...lies('access_denied', {
    'rp-discovery-issuer-not-matching-config: the issuer of another': [
      'discovery_inconsistent',
      documentMembers({ issuer: 'https://accounts.example.test' }),
    ],
    'a discovery document whose issuer got a slash at its end': [
      'discovery_issuer_changed',
      { discovery: members(({ issuer }) => ({ issuer: `${issuer}/` })) },
    ],
  }),
  ...lies('access_denied', {
    'rp-discovery-openid-configuration: no issuer': ['discovery_inconsistent', documentMembers({ issuer: undefined })],
    'rp-discovery-jwks_uri-keys: no key set': ['discovery_inconsistent', documentMembers({ jwks_uri: undefined })],
    'no token endpoint': ['discovery_inconsistent', documentMembers({ token_endpoint: undefined })],
    'no authorization endpoint': ['discovery_inconsistent', documentMembers({ authorization_endpoint: undefined })],
    'an authorization endpoint that is a script': [
      'discovery_inconsistent',
      documentMembers({ authorization_endpoint: 'javascript:alert(1)' }),
    ],
    'a token endpoint in the file system': [
      'discovery_inconsistent',
      documentMembers({ token_endpoint: 'file:///etc/passwd' }),
    ],
    'only symmetric algorithms for ID tokens': [
      'discovery_inconsistent',
      documentMembers({ id_token_signing_alg_values_supported: ['HS256', 'none'] }),
    ],
    'no way of ours for clients to authenticate': [
      'discovery_inconsistent',
      documentMembers({ token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'] }),
    ],
    'no response type "code"': [
      'discovery_inconsistent',
      documentMembers({ response_types_supported: ['id_token', 'id_token token'] }),
    ],
  }),
];
