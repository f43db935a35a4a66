import { expect } from 'vitest';
import { everywhere, ok, type ScopingEntry, wrote } from './scoping-answers.js';
import { type Person, REDIRECT_URI } from './two-stores.js';

const text: unknown = expect.any(String);
const base = 'https://id.shop.example';

const place = ({ storeId, realm }: Person) => `stores/${storeId}/authentication-realms/${realm.id}`;

const request = ({ profile }: Person) =>
  new URLSearchParams({
    elasticpath_commerce_cloud_profile_id: profile.id,
    client_id: 'customers',
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid email profile',
    state: 'a-state',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }).toString();

/** Where browsers come, who bring no token: what they bring is never looked at. */
export const signOnEntries: Readonly<Record<string, ScopingEntry>> = {
  'GET /oidc-idp/login/stores/:storeId/authentication-realms/:realmId': {
    path: (person) => `/oidc-idp/login/${place(person)}?${request(person)}`,
    withoutHead: true,
    answers: everywhere(wrote(303, ['sso_flows'])),
  },
  // Without the state of a sign-in there is nothing but a page that says so.
  'GET /oidc-idp/callback/stores/:storeId/authentication-realms/:realmId/oidc-profiles/:profileId': {
    path: (person) => `/oidc-idp/callback/${place(person)}/oidc-profiles/${person.profile.id}?code=x&state=unknown`,
    withoutHead: true,
    answers: everywhere({ status: 400, body: () => ({}) }),
  },
  'GET /oidc-idp/stores/:storeId/authentication-realms/:realmId/.well-known/openid-configuration': {
    path: (person) => `/oidc-idp/${place(person)}/.well-known/openid-configuration`,
    answers: everywhere(
      ok(({ ann }) => ({
        issuer: `${base}/oidc-idp/${place(ann)}`,
        authorization_endpoint: `${base}/oidc-idp/login/${place(ann)}`,
        jwks_uri: `${base}/oidc-idp/.well-known/jwks.json`,
        response_types_supported: ['code'],
        response_modes_supported: ['query'],
        scopes_supported: ['openid', 'profile', 'email'],
        code_challenge_methods_supported: ['S256'],
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
      })),
    ),
  },
  'GET /oidc-idp/.well-known/jwks.json': {
    path: () => '/oidc-idp/.well-known/jwks.json',
    answers: everywhere(
      ok(() => ({ keys: [{ kty: 'EC', crv: 'P-256', x: text, y: text, kid: text, alg: 'ES256', use: 'sig' }] })),
    ),
  },
};
