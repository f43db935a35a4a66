import { z } from 'zod';
import type { AuthenticationRealmModel } from '../generated/prisma/models.js';
import { broken, requestBody, typeMember } from '../jsonapi/request-body.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';
import { isRedirectUri } from './redirect-uris.js';

const REDIRECT_URIS_MAX = 100;

const redirectUri = z.string().refine(
  isRedirectUri,
  broken({
    rule: 'text',
    text: 'must be an https:// URL, or an http:// URL of localhost, 127.0.0.1 or [::1], without a fragment and a user',
  }),
);

/** A URI that is given twice is kept once. */
const redirectUris = z
  .array(redirectUri)
  .max(REDIRECT_URIS_MAX)
  .transform((uris) => [...new Set(uris)]);

/** Clients send back the whole realm that they read; what cannot be changed is ignored. */
export const UpdateRealm = requestBody(
  'single_sign_on',
  z.object({
    type: typeMember('authentication-realm'),
    name: z.string().min(1).max(255).optional(),
    redirect_uris: redirectUris.optional(),
    duplicate_email_policy: z.enum(['allowed', 'api_only']).optional(),
    unproven_email: z.enum(['refuse', 'reset']).optional(),
  }),
);
export type UpdateRealm = z.output<typeof UpdateRealm>;

export interface RealmResource {
  id: string;
  type: 'authentication-realm';
  name: string;
  redirect_uris: string[];
  duplicate_email_policy: 'allowed' | 'api_only';
  /** What becomes of a sign-in under `api_only` when nobody has proven that the customer's email is theirs. */
  unproven_email: 'refuse' | 'reset';
  relationships: { origin: { data: { id: string; type: 'customer-authentication-settings' } } };
  /** RFC 3339, milliseconds. */
  meta: { created_at: string; updated_at: string };
}

export interface SelfLink {
  self: string;
}

export function realmLinks(publicUrl: string, realmId: string): SelfLink {
  return { self: `${publicUrl}/v2/authentication-realms/${realmId}` };
}

export function toRealmResource(realm: AuthenticationRealmModel): RealmResource {
  return {
    id: realm.id,
    type: 'authentication-realm',
    name: realm.name,
    redirect_uris: realm.redirectUris,
    duplicate_email_policy: realm.duplicateEmailPolicy,
    unproven_email: realm.unprovenEmail,
    relationships: { origin: { data: { id: realm.storeId, type: 'customer-authentication-settings' } } },
    meta: { created_at: toMilliseconds(realm.createdAt), updated_at: toMilliseconds(realm.updatedAt) },
  };
}
