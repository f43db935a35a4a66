import { z } from 'zod';
import { EmailTrust } from '../database/enumerations.js';
import type { OidcProfileModel } from '../generated/prisma/models.js';
import { milliseconds, url, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { requestBody, typeMember } from '../jsonapi/request-body.js';
import { nameText } from '../jsonapi/text-members.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';
import { callbackUrl, profileLoginUrl, ssoUrls } from './sso-urls.js';

/** What a client's name and secret may hold (RFC 6749 appendix A.1, A.2). */
const VISIBLE_ASCII = /^[\x20-\x7e]*$/;
const ASCII = { pattern: '^[ -~]*$' };
const NOT_VISIBLE_ASCII = { params: { rule: 'text', text: 'must hold ASCII characters only' } };

const name = nameText(1, 255);
const discoveryUrl = z.string().min(1).max(2_048).meta({ format: 'uri' });
const clientId = z.string().min(1).max(255).refine(isVisibleAscii, NOT_VISIBLE_ASCII).meta(ASCII);
const clientSecret = z.string().max(1_024).refine(isVisibleAscii, NOT_VISIBLE_ASCII).meta(ASCII);
const emailTrust = z.enum(EmailTrust).optional();
/** What a PostgreSQL integer holds: 68 years. */
const SECONDS_MAX = 2_147_483_647;
const idTokenMaxLifetime = z
  .int()
  .min(1)
  .max(SECONDS_MAX)
  .nullish()
  .describe('Seconds from `iat` to `exp` that an ID token may live; null: as long as the provider likes.');

function isVisibleAscii(text: string): boolean {
  return VISIBLE_ASCII.test(text);
}

export const CreateOidcProfile = named(
  'CreateOidcProfile',
  'A provider as it names itself and its client.',
  requestBody(
    'single_sign_on',
    z.object({
      type: typeMember('oidc-profile'),
      name,
      discovery_url: discoveryUrl,
      client_id: clientId,
      client_secret: clientSecret.min(1),
      email_trust: emailTrust,
      id_token_max_lifetime: idTokenMaxLifetime,
    }),
  ),
);
export type CreateOidcProfile = z.output<typeof CreateOidcProfile>;

/** A secret that is absent, null or empty is kept: nobody can send back one that is never shown. */
export const UpdateOidcProfile = named(
  'UpdateOidcProfile',
  'What is left out stays; a secret that is null or empty, too.',
  requestBody(
    'single_sign_on',
    z.object({
      type: typeMember('oidc-profile'),
      name: name.optional(),
      discovery_url: discoveryUrl.optional(),
      client_id: clientId.optional(),
      client_secret: clientSecret.nullish().transform((text) => (text === null || text === '' ? undefined : text)),
      email_trust: emailTrust,
      id_token_max_lifetime: idTokenMaxLifetime,
    }),
  ),
);
export type UpdateOidcProfile = z.output<typeof UpdateOidcProfile>;

export const OidcProfileLinks = named(
  'OidcProfileLinks',
  'Where the parties of a single sign-on meet.',
  z.strictObject({
    'authorization-endpoint': url.describe('Where the storefront sends browsers to. It has a query already.'),
    'callback-endpoint': url.describe('What is registered at the provider as the redirect URI.'),
    'client-discovery-url': url,
    self: url,
  }),
);
export type OidcProfileLinks = z.output<typeof OidcProfileLinks>;

export const OidcProfileResource = named(
  'OidcProfile',
  'An OpenID Provider at which customers log in. The client secret is never shown.',
  z.strictObject({
    id: uuid,
    type: z.literal('oidc-profile'),
    name: z.string(),
    client_id: z.string(),
    discovery_url: url,
    email_trust: z.enum(EmailTrust).describe('When the provider’s word for an email counts.'),
    id_token_max_lifetime: z
      .int()
      .nullable()
      .describe('Seconds from `iat` to `exp` that an ID token may live; null: as long as the provider likes.'),
    meta: z.strictObject({ issuer: z.string(), created_at: milliseconds, updated_at: milliseconds }),
    links: OidcProfileLinks,
  }),
);
export type OidcProfileResource = z.output<typeof OidcProfileResource>;

export function toOidcProfileResource(profile: OidcProfileModel, publicUrl: string): OidcProfileResource {
  const { storeId, realmId, id } = profile;
  return {
    id,
    type: 'oidc-profile',
    name: profile.name,
    client_id: profile.clientId,
    discovery_url: profile.discoveryUrl,
    email_trust: profile.emailTrust,
    id_token_max_lifetime: profile.idTokenMaxLifetime,
    meta: {
      issuer: profile.issuer,
      created_at: toMilliseconds(profile.createdAt),
      updated_at: toMilliseconds(profile.updatedAt),
    },
    links: {
      'authorization-endpoint': profileLoginUrl(publicUrl, storeId, realmId, id),
      'callback-endpoint': callbackUrl(publicUrl, storeId, realmId, id),
      'client-discovery-url': ssoUrls(publicUrl, storeId, realmId).discovery,
      self: `${publicUrl}/v2/authentication-realms/${realmId}/oidc-profiles/${id}`,
    },
  };
}
