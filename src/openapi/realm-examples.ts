import { CUSTOMER_ID, milliseconds, ron, SERVICE, STORE_ID } from './example-shop.js';

const REALM_ID = '8f3a6c1d-2b4e-4f7a-8c9d-0e1f2a3b4c5d';
const PROFILE_ID = '2d0e6a5c-5a3f-4a1e-9d59-0f0c1a7e8b90';
const INFO_ID = 'b1e4d7a2-6c3f-4e5a-9b8d-7f6e5d4c3b2a';
const PLACE = `stores/${STORE_ID}/authentication-realms/${REALM_ID}`;
const PROVIDER = 'https://login.shop.test';

const profile = {
  type: 'oidc-profile',
  name: 'Staff directory',
  discovery_url: `${PROVIDER}/.well-known/openid-configuration`,
  client_id: 'gatehouse',
};

const profileLinks = {
  'authorization-endpoint': `${SERVICE}/oidc-idp/login/${PLACE}?elasticpath_commerce_cloud_profile_id=${PROFILE_ID}`,
  'callback-endpoint': `${SERVICE}/oidc-idp/callback/${PLACE}/oidc-profiles/${PROFILE_ID}`,
  'client-discovery-url': `${SERVICE}/oidc-idp/${PLACE}/.well-known/openid-configuration`,
  self: `${SERVICE}/v2/authentication-realms/${REALM_ID}/oidc-profiles/${PROFILE_ID}`,
};

/** Single sign-on as an administrator sets it up and as it is answered, by the names of the schemas. */
export const REALM_EXAMPLES: Readonly<Record<string, object>> = {
  UpdateRealm: { data: { redirect_uris: ['https://shop.test/login/done'], duplicate_email_policy: 'api_only' } },
  AuthenticationRealm: {
    id: REALM_ID,
    type: 'authentication-realm',
    name: 'Buyer Organization',
    redirect_uris: ['https://shop.test/login/done'],
    duplicate_email_policy: 'api_only',
    unproven_email: 'refuse',
    relationships: { origin: { data: { id: STORE_ID, type: 'customer-authentication-settings' } } },
    meta: milliseconds,
  },
  CreateOidcProfile: { data: { ...profile, client_secret: 'as the provider gave it' } },
  UpdateOidcProfile: { data: { type: 'oidc-profile', email_trust: 'always' } },
  OidcProfile: {
    id: PROFILE_ID,
    ...profile,
    email_trust: 'claim',
    id_token_max_lifetime: null,
    meta: { issuer: PROVIDER, ...milliseconds },
    links: profileLinks,
  },
  CreateUserAuthenticationInfo: { data: { type: 'user_authentication_info', ...ron } },
  UpdateUserAuthenticationInfo: { data: { given_name: 'Ron', family_name: 'Swanson' } },
  UserAuthenticationInfo: {
    id: CUSTOMER_ID,
    type: 'user_authentication_info',
    ...ron,
    given_name: 'Ron',
    family_name: 'Swanson',
    middle_name: null,
    meta: { ...milliseconds, creation_status: 'COMPLETE' },
  },
  CreateUserAuthenticationOidcProfileInfo: {
    data: { type: 'user_authentication_oidc_profile_info', subject: '1024', oidc_profile_id: PROFILE_ID },
  },
  UpdateUserAuthenticationOidcProfileInfo: { data: { subject: '1025' } },
  UserAuthenticationOidcProfileInfo: {
    id: INFO_ID,
    type: 'user_authentication_oidc_profile_info',
    subject: '1024',
    issuer: PROVIDER,
    oidc_profile_id: PROFILE_ID,
    meta: milliseconds,
  },
};
