import { z } from 'zod';
import { grants, permissions } from '../access/permissions.js';
import type { ApplicationKeyModel } from '../generated/prisma/models.js';
import { broken, requestBody, typeMember } from '../jsonapi/request-body.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import { everyRight, inDeclaredOrder, keyPresetNames, keyPresets, type KeyRights } from './key-rights.js';

/** How long a replaced secret may stay good beside the new one: a week. */
export const OVERLAP_SECONDS_MAX = 604_800;

/** A name that is given twice counts once. */
const NAMES_MAX = 100;

const name = z.string().min(1).max(255);
const grantNames = z.array(z.enum(grants)).min(1).max(NAMES_MAX);
const permissionNames = z.array(z.enum(permissions)).max(NAMES_MAX);

/** Rights are given by name of a preset, or member by member; a member that is left out is everything of its kind. */
export const CreateApplicationKey = requestBody(
  'failed_validation',
  z
    .object({
      type: typeMember('application-key'),
      name,
      preset: z.enum(keyPresetNames).optional(),
      grants: grantNames.optional(),
      permissions: permissionNames.optional(),
    })
    .superRefine((input, context) => {
      if (input.preset === undefined) return;
      for (const member of ['grants', 'permissions'] as const) {
        if (input[member] === undefined) continue;
        context.addIssue(broken({ rule: 'text', text: 'cannot be given together with preset.' }, [member]));
      }
    }),
);
export type CreateApplicationKey = z.output<typeof CreateApplicationKey>;

export const UpdateApplicationKey = requestBody(
  'failed_validation',
  z.object({
    type: typeMember('application-key'),
    name: name.optional(),
    grants: grantNames.optional(),
    permissions: permissionNames.optional(),
  }),
);
export type UpdateApplicationKey = z.output<typeof UpdateApplicationKey>;

/** The overlap is asked for in any case: none would cut off whoever still has the old secret, and a long one keeps a stolen one good. */
export const RotateApplicationKey = requestBody(
  'failed_validation',
  z.object({
    type: typeMember('application-key'),
    overlap_seconds: z.int().min(0).max(OVERLAP_SECONDS_MAX),
  }),
);
export type RotateApplicationKey = z.output<typeof RotateApplicationKey>;

export interface ApplicationKeyResource {
  id: string;
  type: 'application-key';
  name: string;
  /** What the client presents at the token endpoint. Public. */
  client_id: string;
  grants: string[];
  permissions: string[];
  /** RFC 3339, seconds. */
  meta: { timestamps: { created_at: string; updated_at: string } };
}

/** The answer that shows a secret, once: what is stored of it is a hash. */
export interface ApplicationKeyWithSecretResource extends ApplicationKeyResource {
  client_secret: string;
}

export function toApplicationKeyResource(key: ApplicationKeyModel): ApplicationKeyResource {
  return {
    id: key.id,
    type: 'application-key',
    name: key.name,
    client_id: key.clientId,
    grants: key.grants,
    permissions: key.permissions,
    meta: { timestamps: { created_at: toSeconds(key.createdAt), updated_at: toSeconds(key.updatedAt) } },
  };
}

export function toApplicationKeyWithSecretResource(
  key: ApplicationKeyModel,
  clientSecret: string,
): ApplicationKeyWithSecretResource {
  const { meta, ...members } = toApplicationKeyResource(key);
  return { ...members, client_secret: clientSecret, meta };
}

/** What a create asks for. */
export function rightsOf({ preset, ...members }: CreateApplicationKey['data']): KeyRights {
  if (preset !== undefined) return keyPresets[preset];
  return inDeclaredOrder({
    grants: members.grants ?? everyRight.grants,
    permissions: members.permissions ?? everyRight.permissions,
  });
}
