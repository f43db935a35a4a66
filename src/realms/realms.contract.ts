import { z } from 'zod';
import { DuplicateEmailPolicy, UnprovenEmail } from '../database/enumerations.js';
import type { AuthenticationRealmModel } from '../generated/prisma/models.js';
import { millisecondsMeta, url, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { broken, requestBody, typeMember } from '../jsonapi/request-body.js';
import { nameText } from '../jsonapi/text-members.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';
import { isRedirectUri, REDIRECT_URI_LENGTH_MAX } from './redirect-uris.js';

const REDIRECT_URIS_MAX = 100;

const redirectUri = z
  .string()
  .refine(
    isRedirectUri,
    broken({
      rule: 'text',
      text: 'must be an https:// URL, or an http:// URL of localhost, 127.0.0.1 or [::1], without a fragment and a user',
    }),
  )
  .meta({ format: 'uri', maxLength: REDIRECT_URI_LENGTH_MAX });

/** A URI that is given twice is kept once. */
const redirectUris = z
  .array(redirectUri)
  .max(REDIRECT_URIS_MAX)
  .transform((uris) => [...new Set(uris)]);

/** Clients send back the whole realm that they read; what cannot be changed is ignored. */
export const UpdateRealm = named(
  'UpdateRealm',
  'What is left out stays.',
  requestBody(
    'single_sign_on',
    z.object({
      type: typeMember('authentication-realm'),
      name: nameText(1, 255).optional(),
      redirect_uris: redirectUris.optional(),
      duplicate_email_policy: z.enum(DuplicateEmailPolicy).optional(),
      unproven_email: z.enum(UnprovenEmail).optional(),
    }),
  ),
);
export type UpdateRealm = z.output<typeof UpdateRealm>;

const realm = z.strictObject({
  id: uuid,
  type: z.literal('authentication-realm'),
  name: z.string(),
  redirect_uris: z.array(url),
  duplicate_email_policy: z.enum(DuplicateEmailPolicy),
  unproven_email: z
    .enum(UnprovenEmail)
    .describe('What becomes of a sign-in under `api_only` when nobody has proven that the customer’s email is theirs.'),
  relationships: z.strictObject({
    origin: z.strictObject({
      data: z.strictObject({ id: uuid, type: z.literal('customer-authentication-settings') }),
    }),
  }),
  meta: millisecondsMeta,
});

export const SelfLink = named('SelfLink', 'Where the resource is.', z.strictObject({ self: url }));
export type SelfLink = z.output<typeof SelfLink>;

export const RealmResource = named(
  'AuthenticationRealm',
  'Where the customers of the store log in by single sign-on.',
  realm,
);
export type RealmResource = z.output<typeof RealmResource>;

/** A resource in a list has its link with it, where alone the link stands beside it. */
export function listed<Shape extends z.ZodRawShape>(
  name: string,
  description: string,
  resource: z.ZodObject<Shape, z.core.$strict>,
) {
  return named(name, `${description} It has its link with it.`, resource.extend({ links: SelfLink }));
}

export const ListedRealmResource = listed('ListedAuthenticationRealm', 'A realm in a list.', RealmResource);

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
