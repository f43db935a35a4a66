import { z } from 'zod';
import type { AddressModel } from '../generated/prisma/models.js';
import { broughtId, requestBody, typeMember } from '../jsonapi/request-body.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';

const TEXT_LENGTH_MAX = 255;
const INSTRUCTIONS_LENGTH_MAX = 2_048;

const required = z.string().min(1).max(TEXT_LENGTH_MAX);

/** Null counts as empty; an absent member is told apart by the update. */
const optional = z
  .string()
  .max(TEXT_LENGTH_MAX)
  .nullish()
  .transform((text) => (text === null ? '' : text));

/** Clients send phone numbers as numbers too; they are kept as text. */
const phoneNumber = z.preprocess((value) => (Number.isSafeInteger(value) ? String(value) : value), optional);

const instructions = z
  .string()
  .max(INSTRUCTIONS_LENGTH_MAX)
  .nullish()
  .transform((text) => (text === null ? '' : text));

const optionalMembers = {
  name: optional,
  company_name: optional,
  phone_number: phoneNumber,
  line_2: optional,
  city: optional,
  instructions,
};

/**
 * The order is the order of the faults in an answer. `county` or `region` names the district; `postcode` is `post_code` in older
 * clients.
 */
const CreateAttributes = z
  .object({
    id: broughtId,
    type: typeMember('address'),
    first_name: required,
    last_name: required,
    line_1: required,
    county: z.string().max(TEXT_LENGTH_MAX),
    postcode: required,
    country: required,
    region: optional,
    post_code: optional,
    ...optionalMembers,
  })
  .refine(({ postcode, post_code: older }) => !older || older === postcode, {
    path: ['postcode'],
    params: { rule: 'text', text: 'and post_code must not differ' },
    when: hasBothSpellings,
  });

/** Whether there are two to compare; what is wrong with other members does not keep this fault from being told. */
function hasBothSpellings({ value }: { value: unknown }): boolean {
  const { postcode, post_code: older } = (value ?? {}) as Record<string, unknown>;
  return typeof postcode === 'string' && typeof older === 'string';
}

/** Settles which of two members counts before the members are checked, so that each fault stands in its place. */
function foldSynonyms(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const { county, region, postcode, post_code: older } = data as Record<string, unknown>;
  return { ...data, county: county || (region ? '' : undefined), postcode: postcode || older || undefined };
}

export const CreateAddress = requestBody('source_data', z.preprocess(foldSynonyms, CreateAttributes));
export type CreateAddress = z.output<typeof CreateAddress>;

export const UpdateAddress = requestBody(
  'source_data',
  z.object({
    type: typeMember('address'),
    first_name: required.optional(),
    last_name: required.optional(),
    line_1: required.optional(),
    county: optional,
    region: optional,
    postcode: required.optional(),
    post_code: required.optional(),
    country: required.optional(),
    ...optionalMembers,
  }),
);
export type UpdateAddress = z.output<typeof UpdateAddress>;

export interface AddressResource {
  id: string;
  type: 'address';
  name: string;
  first_name: string;
  last_name: string;
  phone_number: string;
  company_name: string;
  line_1: string;
  line_2: string;
  city: string;
  county: string;
  region: string;
  postcode: string;
  /** The same, under the name that older clients read. */
  post_code: string;
  country: string;
  instructions: string;
  links: { self: string };
  /** RFC 3339, milliseconds. */
  meta: { timestamps: { created_at: string; updated_at: string } };
  relationships: { customer: { data: { type: 'customer'; id: string } } };
}

export function toAddressResource(address: AddressModel, publicUrl: string): AddressResource {
  return {
    id: address.id,
    type: 'address',
    name: address.name,
    first_name: address.firstName,
    last_name: address.lastName,
    phone_number: address.phoneNumber,
    company_name: address.companyName,
    line_1: address.line1,
    line_2: address.line2,
    city: address.city,
    county: address.county,
    region: address.region,
    postcode: address.postcode,
    post_code: address.postcode,
    country: address.country,
    instructions: address.instructions,
    links: { self: `${publicUrl}/v2/addresses/${address.id}` },
    meta: {
      timestamps: { created_at: toMilliseconds(address.createdAt), updated_at: toMilliseconds(address.updatedAt) },
    },
    relationships: { customer: { data: { type: 'customer', id: address.customerId } } },
  };
}
