import { z } from 'zod';
import type { IdentityModel } from '../generated/prisma/models.js';
import { millisecondsMeta, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { broken, requestBody, typeMember } from '../jsonapi/request-body.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';
import { listed } from '../realms/realms.contract.js';
import { userUrl } from './user-authentication-info.contract.js';

/** `sub`: at most 255 ASCII characters (OpenID Connect Core, section 2). */
const subject = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => /^[\x20-\x7e]*$/.test(text), broken({ rule: 'text', text: 'must hold ASCII characters only' }))
  .meta({ pattern: '^[ -~]*$' });

const issuer = z.string().min(1).max(1_024);
const profileId = z.string().min(1).max(255).meta({ format: 'uuid' });

/** The interface shows the type with underscores, and some clients send it with hyphens, as in the path. */
const type = z.union([
  typeMember('user_authentication_oidc_profile_info'),
  typeMember('user-authentication-oidc-profile-info'),
]);

export const CreateIdentity = named(
  'CreateUserAuthenticationOidcProfileInfo',
  'An identity to link to the user. The issuer, if given, is that of the profile.',
  requestBody('single_sign_on', z.object({ type, subject, issuer: issuer.optional(), oidc_profile_id: profileId })),
);
export type CreateIdentity = z.output<typeof CreateIdentity>;

export const UpdateIdentity = named(
  'UpdateUserAuthenticationOidcProfileInfo',
  'What is left out stays. Issuer and profile cannot be changed.',
  requestBody(
    'single_sign_on',
    z.object({ type, subject: subject.optional(), issuer: issuer.optional(), oidc_profile_id: profileId.optional() }),
  ),
);
export type UpdateIdentity = z.output<typeof UpdateIdentity>;

export const IdentityResource = named(
  'UserAuthenticationOidcProfileInfo',
  'Who a user is at an OpenID Provider: issuer and subject.',
  z.strictObject({
    id: uuid,
    type: z.literal('user_authentication_oidc_profile_info'),
    subject: z.string(),
    issuer: z.string(),
    oidc_profile_id: uuid,
    meta: millisecondsMeta,
  }),
);
export type IdentityResource = z.output<typeof IdentityResource>;

export const ListedIdentityResource = listed(
  'ListedUserAuthenticationOidcProfileInfo',
  'An identity in a list.',
  IdentityResource,
);

export function identitiesUrl(publicUrl: string, user: { realmId: string; customerId: string }): string {
  return `${userUrl(publicUrl, user)}/user-authentication-oidc-profile-info`;
}

export function toIdentityResource(identity: IdentityModel): IdentityResource {
  return {
    id: identity.id,
    type: 'user_authentication_oidc_profile_info',
    subject: identity.subject,
    issuer: identity.issuer,
    oidc_profile_id: identity.profileId,
    meta: { created_at: toMilliseconds(identity.createdAt), updated_at: toMilliseconds(identity.updatedAt) },
  };
}
