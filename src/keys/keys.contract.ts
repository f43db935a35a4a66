import { z } from 'zod';
import { url } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';

const keyMembers = { kid: z.string(), use: z.literal('sig') };

/** RFC 7517 section 5: RSA keys for `RS256`, elliptic ones for `ES256`. */
export const KeySet = named(
  'KeySet',
  'The public keys of customer tokens.',
  z.strictObject({
    keys: z.array(
      z.discriminatedUnion('kty', [
        z.strictObject({
          kty: z.literal('RSA'),
          n: z.string(),
          e: z.string(),
          alg: z.literal('RS256'),
          ...keyMembers,
        }),
        z.strictObject({
          kty: z.literal('EC'),
          crv: z.literal('P-256'),
          x: z.string(),
          y: z.string(),
          alg: z.literal('ES256'),
          ...keyMembers,
        }),
      ]),
    ),
  }),
);
export type KeySet = z.output<typeof KeySet>;

const serverMembers = {
  issuer: url,
  jwks_uri: url,
  token_endpoint: url,
  token_endpoint_auth_methods_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  introspection_endpoint: url,
  introspection_endpoint_auth_methods_supported: z.array(z.string()),
};

export const AuthorizationServerMetadata = named(
  'AuthorizationServerMetadata',
  'RFC 8414 section 2: only what is really served.',
  z.strictObject(serverMembers),
);
export type AuthorizationServerMetadata = z.output<typeof AuthorizationServerMetadata>;

export const OpenidConfiguration = named(
  'OpenidConfiguration',
  'The same with the members that OpenID Connect Discovery 1.0 requires. The algorithms are those of the customer tokens.',
  z.strictObject({
    ...serverMembers,
    subject_types_supported: z.array(z.string()),
    id_token_signing_alg_values_supported: z.array(z.string()),
  }),
);
export type OpenidConfiguration = z.output<typeof OpenidConfiguration>;
