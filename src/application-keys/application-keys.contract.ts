import { z } from 'zod';
import { grants, permissions } from '../access/permissions.js';
import type { ApplicationKeyModel } from '../generated/prisma/models.js';
import { secondsMeta, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { broken, requestBody, typeMember } from '../jsonapi/request-body.js';
import { nameText } from '../jsonapi/text-members.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import { everyRight, inDeclaredOrder, keyPresetNames, keyPresets, type KeyRights } from './key-rights.js';

/** How long a replaced secret may stay good beside the new one: a week. */
export const OVERLAP_SECONDS_MAX = 604_800;

/** A name that is given twice counts once. */
const NAMES_MAX = 100;

const name = nameText(1, 255);
const grantNames = z.array(z.enum(grants)).min(1).max(NAMES_MAX);
const permissionNames = z.array(z.enum(permissions)).max(NAMES_MAX);

/** Rights are given by name of a preset, or member by member; a member that is left out is everything of its kind. */
export const CreateApplicationKey = named(
  'CreateApplicationKey',
  'Rights are given by the name of a preset, or as grants and permissions; what is left out is everything of its kind.',
  requestBody(
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
  ),
);
export type CreateApplicationKey = z.output<typeof CreateApplicationKey>;

export const UpdateApplicationKey = named(
  'UpdateApplicationKey',
  'What is left out stays.',
  requestBody(
    'failed_validation',
    z.object({
      type: typeMember('application-key'),
      name: name.optional(),
      grants: grantNames.optional(),
      permissions: permissionNames.optional(),
    }),
  ),
);
export type UpdateApplicationKey = z.output<typeof UpdateApplicationKey>;

/** The overlap is asked for in any case: none would cut off whoever still has the old secret, and a long one keeps a stolen one good. */
export const RotateApplicationKey = named(
  'RotateApplicationKey',
  'For how long the replaced secret stays good beside the new one.',
  requestBody(
    'failed_validation',
    z.object({
      type: typeMember('application-key'),
      overlap_seconds: z.int().min(0).max(OVERLAP_SECONDS_MAX),
    }),
  ),
);
export type RotateApplicationKey = z.output<typeof RotateApplicationKey>;

const keyMembers = {
  id: uuid,
  type: z.literal('application-key'),
  name: z.string(),
  client_id: z.string().describe('What the client presents at the token endpoint. Public.'),
  grants: z.array(z.string()),
  permissions: z.array(z.string()),
};

export const ApplicationKeyResource = named(
  'ApplicationKey',
  'An OAuth client of the store and what it may do.',
  z.strictObject({ ...keyMembers, meta: secondsMeta }),
);
export type ApplicationKeyResource = z.output<typeof ApplicationKeyResource>;

export const ApplicationKeyWithSecretResource = named(
  'ApplicationKeyWithSecret',
  'The answer that shows a secret, once: what is stored of it is a hash.',
  z.strictObject({ ...keyMembers, client_secret: z.string(), meta: secondsMeta }),
);
export type ApplicationKeyWithSecretResource = z.output<typeof ApplicationKeyWithSecretResource>;

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
