import { z } from 'zod';
import type { AddressModel } from '../generated/prisma/models.js';
import { millisecondsMeta, url, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { broughtId, requestBody, textOrInteger, typeMember } from '../jsonapi/request-body.js';
import { linesOfText, nameText } from '../jsonapi/text-members.js';
import { toMilliseconds } from '../jsonapi/timestamps.js';
import { LINES } from '../text/lines.js';

const TEXT_LENGTH_MAX = 255;
const INSTRUCTIONS_LENGTH_MAX = 2_048;

const requiredName = nameText(1, TEXT_LENGTH_MAX);
const required = linesOfText(1, TEXT_LENGTH_MAX);

const optionalName = optionalText(nameText(0, TEXT_LENGTH_MAX));
const optional = optionalText(linesOfText(0, TEXT_LENGTH_MAX));

/** Null counts as empty; an absent member is told apart by the update. */
function optionalText(text: z.ZodString) {
  return text.nullish().transform((given) => (given === null ? '' : given));
}

/** Clients send phone numbers as numbers too; they are kept as text. */
const phoneNumber = z
  .preprocess((value) => (Number.isSafeInteger(value) ? String(value) : value), optional)
  .meta(textOrInteger(TEXT_LENGTH_MAX, { pattern: LINES }));

const instructions = optionalText(linesOfText(0, INSTRUCTIONS_LENGTH_MAX));

const optionalMembers = {
  name: optionalName,
  company_name: optionalName,
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
    first_name: requiredName,
    last_name: requiredName,
    line_1: required,
    county: linesOfText(0, TEXT_LENGTH_MAX).meta({ type: ['string', 'null'] }),
    postcode: required.meta({ type: ['string', 'null'], minLength: 0 }),
    country: required,
    region: optional,
    post_code: optional,
    ...optionalMembers,
  })
  .refine(({ postcode, post_code: older }) => !older || older === postcode, {
    path: ['postcode'],
    params: { rule: 'text', text: 'and post_code must not differ' },
    when: hasBothSpellings,
  })
  .meta({
    required: ['first_name', 'last_name', 'line_1', 'country'],
    allOf: [eitherHas('county', 'region'), eitherHas('postcode', 'post_code')],
  });

/** How the document of the interface says that one of two members must hold text. */
function eitherHas(...names: string[]) {
  return {
    anyOf: names.map((name) => ({ required: [name], properties: { [name]: { type: 'string', minLength: 1 } } })),
  };
}

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

export const CreateAddress = named(
  'CreateAddress',
  'A new address. `county` or `region` names the district; `post_code` is `postcode` in older clients.',
  requestBody('source_data', z.preprocess(foldSynonyms, CreateAttributes)),
);
export type CreateAddress = z.output<typeof CreateAddress>;

export const UpdateAddress = named(
  'UpdateAddress',
  'What is left out stays; `county` and `region` cannot both be emptied. Of `postcode` and `post_code`, the one that differs from what is stored counts.',
  requestBody(
    'source_data',
    z.object({
      type: typeMember('address'),
      first_name: requiredName.optional(),
      last_name: requiredName.optional(),
      line_1: required.optional(),
      county: optional,
      region: optional,
      postcode: required.optional(),
      post_code: required.optional(),
      country: required.optional(),
      ...optionalMembers,
    }),
  ),
);
export type UpdateAddress = z.output<typeof UpdateAddress>;

export const AddressResource = named(
  'Address',
  'An address of a customer. Members that nobody gave are empty text.',
  z.strictObject({
    id: uuid,
    type: z.literal('address'),
    name: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    phone_number: z.string(),
    company_name: z.string(),
    line_1: z.string(),
    line_2: z.string(),
    city: z.string(),
    county: z.string(),
    region: z.string(),
    postcode: z.string(),
    post_code: z.string().describe('The same as `postcode`, under the name that older clients read.'),
    country: z.string(),
    instructions: z.string(),
    links: z.strictObject({ self: url }),
    meta: z.strictObject({ timestamps: millisecondsMeta }),
    relationships: z.strictObject({
      customer: z.strictObject({ data: z.strictObject({ type: z.literal('customer'), id: uuid }) }),
    }),
  }),
);
export type AddressResource = z.output<typeof AddressResource>;

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
