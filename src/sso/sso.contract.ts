import { z } from 'zod';
import { url } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { CUSTOMERS_CLIENT_ID } from '../realms/customer-authentication.contract.js';

/** Documentation of the query: the endpoint reads it in an order that decides where a fault is told. */
export const AuthorizationQuery = z.object({
  elasticpath_commerce_cloud_profile_id: z.string().meta({ format: 'uuid' }).describe('The OpenID Connect profile.'),
  client_id: z.literal(CUSTOMERS_CLIENT_ID).describe('As the settings of customer authentication say.'),
  redirect_uri: z.string().meta({ format: 'uri' }).describe('One of the realm’s redirect URIs, byte for byte.'),
  response_type: z.literal('code'),
  scope: z.string().describe('Holds `openid`.'),
  state: z.string().max(2_048).describe('Comes back unchanged.'),
  code_challenge: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .describe('The SHA-256 of the code verifier in base64url (RFC 7636 section 4.2).'),
  code_challenge_method: z.literal('S256'),
  response_mode: z.literal('query').optional(),
  prompt: z.string().max(1_024).optional().describe('Passed on to the provider.'),
  display: z.string().max(1_024).optional().describe('Passed on to the provider.'),
  ui_locales: z.string().max(1_024).optional().describe('Passed on to the provider.'),
  login_hint: z.string().max(1_024).optional().describe('Passed on to the provider.'),
  ep_report_callback_replay_error: z
    .string()
    .optional()
    .describe('`true`: a browser that comes back twice is sent to the storefront with `error=callback_replay`.'),
});

export const CallbackQuery = z.object({
  state: z.string().optional(),
  code: z.string().optional(),
  iss: z.string().optional().describe('RFC 9207.'),
  error: z.string().optional(),
  error_description: z.string().optional(),
});

/** A request that names nowhere safe to go back to, in the words of the interface, with both spellings of the member. */
export const UnsafeRequestAnswer = named(
  'UnsafeAuthorizationRequest',
  'The request names no registered place to go back to, so nothing is redirected.',
  z.strictObject({
    error: z.literal('invalid_request'),
    errorDescription: z.string(),
    error_description: z.string(),
  }),
);

/**
 * What a realm offers as an OpenID Provider, and no more than it does (OpenID Connect Discovery, section 3; RFC 8414 section 2).
 * Its codes are exchanged for customer tokens at `POST /v2/customers/tokens`, so there is no token endpoint and no ID token.
 */
export const RealmMetadata = named(
  'RealmMetadata',
  'What a realm offers as an OpenID Provider. Its codes are exchanged at `POST /v2/customers/tokens`.',
  z.strictObject({
    issuer: url,
    authorization_endpoint: url,
    jwks_uri: url,
    response_types_supported: z.array(z.string()),
    response_modes_supported: z.array(z.string()),
    scopes_supported: z.array(z.string()),
    code_challenge_methods_supported: z.array(z.string()),
    request_parameter_supported: z.boolean(),
    request_uri_parameter_supported: z.boolean(),
  }),
);
export type RealmMetadata = z.output<typeof RealmMetadata>;

export const RealmMetadataQuery = z.object({
  elasticpath_commerce_cloud_profile_id: z
    .string()
    .meta({ format: 'uuid' })
    .optional()
    .describe('With it, the authorization endpoint is that of the profile.'),
});
