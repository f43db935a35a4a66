import { z } from 'zod';
import type { OidcProfileModel } from '../generated/prisma/models.js';
import { requestBody, typeMember } from '../jsonapi/request-body.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';
import { callbackUrl, profileLoginUrl, ssoUrls } from './sso-urls.js';

/** What a client's name and secret may hold (RFC 6749 appendix A.1, A.2). */
const VISIBLE_ASCII = /^[\x20-\x7e]*$/;
const NOT_VISIBLE_ASCII = { params: { rule: 'text', text: 'must hold ASCII characters only' } };

const name = z.string().min(1).max(255);
const discoveryUrl = z.string().min(1).max(2_048);
const clientId = z.string().min(1).max(255).refine(isVisibleAscii, NOT_VISIBLE_ASCII);
const clientSecret = z.string().max(1_024).refine(isVisibleAscii, NOT_VISIBLE_ASCII);
const emailTrust = z.enum(['claim', 'always', 'never']).optional();

function isVisibleAscii(text: string): boolean {
  return VISIBLE_ASCII.test(text);
}

export const CreateOidcProfile = requestBody(
  'single_sign_on',
  z.object({
    type: typeMember('oidc-profile'),
    name,
    discovery_url: discoveryUrl,
    client_id: clientId,
    client_secret: clientSecret.min(1),
    email_trust: emailTrust,
  }),
);
export type CreateOidcProfile = z.output<typeof CreateOidcProfile>;

/** A secret that is absent, null or empty is kept: nobody can send back one that is never shown. */
export const UpdateOidcProfile = requestBody(
  'single_sign_on',
  z.object({
    type: typeMember('oidc-profile'),
    name: name.optional(),
    discovery_url: discoveryUrl.optional(),
    client_id: clientId.optional(),
    client_secret: clientSecret.nullish().transform((text) => (text === null || text === '' ? undefined : text)),
    email_trust: emailTrust,
  }),
);
export type UpdateOidcProfile = z.output<typeof UpdateOidcProfile>;

export interface OidcProfileLinks {
  /** Where the storefront sends browsers to. It has a query already. */
  'authorization-endpoint': string;
  /** What is registered at the provider as the redirect URI. */
  'callback-endpoint': string;
  'client-discovery-url': string;
  self: string;
}

export interface OidcProfileResource {
  id: string;
  type: 'oidc-profile';
  name: string;
  client_id: string;
  discovery_url: string;
  /** When the provider's word for an email counts. */
  email_trust: 'claim' | 'always' | 'never';
  /** Times in RFC 3339, milliseconds. */
  meta: { issuer: string; created_at: string; updated_at: string };
  links: OidcProfileLinks;
}

export function toOidcProfileResource(profile: OidcProfileModel, publicUrl: string): OidcProfileResource {
  const { storeId, realmId, id } = profile;
  return {
    id,
    type: 'oidc-profile',
    name: profile.name,
    client_id: profile.clientId,
    discovery_url: profile.discoveryUrl,
    email_trust: profile.emailTrust,
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
