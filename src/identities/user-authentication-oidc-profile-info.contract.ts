import { z } from 'zod';
import type { IdentityModel } from '../generated/prisma/models.js';
import { broken, requestBody, typeMember } from '../jsonapi/request-body.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';
import { userUrl } from './user-authentication-info.contract.js';

/** `sub`: at most 255 ASCII characters (OpenID Connect Core, section 2). */
const subject = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => /^[\x20-\x7e]*$/.test(text), broken({ rule: 'text', text: 'must hold ASCII characters only' }));

const issuer = z.string().min(1).max(1_024);
const profileId = z.string().min(1).max(255);

/** The interface shows the type with underscores, and some clients send it with hyphens, as in the path. */
const type = z.union([
  typeMember('user_authentication_oidc_profile_info'),
  typeMember('user-authentication-oidc-profile-info'),
]);

export const CreateIdentity = requestBody(
  'single_sign_on',
  z.object({ type, subject, issuer: issuer.optional(), oidc_profile_id: profileId }),
);
export type CreateIdentity = z.output<typeof CreateIdentity>;

export const UpdateIdentity = requestBody(
  'single_sign_on',
  z.object({ type, subject: subject.optional(), issuer: issuer.optional(), oidc_profile_id: profileId.optional() }),
);
export type UpdateIdentity = z.output<typeof UpdateIdentity>;

export interface IdentityResource {
  id: string;
  type: 'user_authentication_oidc_profile_info';
  subject: string;
  issuer: string;
  oidc_profile_id: string;
  /** RFC 3339, milliseconds. */
  meta: { created_at: string; updated_at: string };
}

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
