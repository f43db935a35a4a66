import { z } from 'zod';
import { named } from '../jsonapi/named.js';
import { textOrInteger } from '../jsonapi/request-body.js';
import { optional, removableText, text } from './order-members.js';

const TEXT_LENGTH_MAX = 255;
const INSTRUCTIONS_LENGTH_MAX = 2_048;

/** @param member of an address that may have so many characters */
function billingMembers<Member extends z.ZodType>(member: (lengthMax: number) => Member) {
  return {
    first_name: member(TEXT_LENGTH_MAX),
    last_name: member(TEXT_LENGTH_MAX),
    company_name: member(TEXT_LENGTH_MAX),
    line_1: member(TEXT_LENGTH_MAX),
    line_2: member(TEXT_LENGTH_MAX),
    city: member(TEXT_LENGTH_MAX),
    county: member(TEXT_LENGTH_MAX),
    region: member(TEXT_LENGTH_MAX),
    postcode: member(TEXT_LENGTH_MAX),
    country: member(TEXT_LENGTH_MAX),
  };
}

function shippingMembers<Member extends z.ZodType>(member: (lengthMax: number) => Member) {
  return {
    ...billingMembers(member),
    /** Clients send phone numbers as numbers too; they are kept as text. */
    phone_number: z
      .preprocess((value) => (Number.isSafeInteger(value) ? String(value) : value), member(TEXT_LENGTH_MAX))
      .meta(textOrInteger(TEXT_LENGTH_MAX)),
    instructions: member(INSTRUCTIONS_LENGTH_MAX),
  };
}

/** No member is required: an order mirrors what another system knew, and a download is sent to no address. */
export const BillingAddress = optional(z.object(billingMembers(text)));
export const ShippingAddress = optional(z.object(shippingMembers(text)));

/** Of a member that is left out the stored text stays; empty text or null empties it. */
export const BillingAddressChange = optional(z.object(billingMembers(removableText)));
export const ShippingAddressChange = optional(z.object(shippingMembers(removableText)));

const billing = {
  first_name: z.string(),
  last_name: z.string(),
  company_name: z.string(),
  line_1: z.string(),
  line_2: z.string(),
  city: z.string(),
  county: z.string(),
  region: z.string(),
  postcode: z.string(),
  country: z.string(),
};

export const BillingAddressResource = named('BillingAddress', 'Where the invoice is sent to.', z.strictObject(billing));
export type BillingAddressResource = z.output<typeof BillingAddressResource>;

export const ShippingAddressResource = named(
  'ShippingAddress',
  'Where the order is sent to.',
  z.strictObject({ ...billing, phone_number: z.string(), instructions: z.string() }),
);
export type ShippingAddressResource = z.output<typeof ShippingAddressResource>;

type Members<Resource> = { readonly [Name in keyof Resource]?: string | null | undefined };

/** All members, those that nobody gave as empty text: clients print them without looking whether they are there. */
export function toBillingAddress(given: Members<BillingAddressResource> = {}): BillingAddressResource {
  return {
    first_name: given.first_name ?? '',
    last_name: given.last_name ?? '',
    company_name: given.company_name ?? '',
    line_1: given.line_1 ?? '',
    line_2: given.line_2 ?? '',
    city: given.city ?? '',
    county: given.county ?? '',
    region: given.region ?? '',
    postcode: given.postcode ?? '',
    country: given.country ?? '',
  };
}

/** As `toBillingAddress`. */
export function toShippingAddress(given: Members<ShippingAddressResource> = {}): ShippingAddressResource {
  return {
    ...toBillingAddress(given),
    phone_number: given.phone_number ?? '',
    instructions: given.instructions ?? '',
  };
}

/** The stored members with the given ones in their places. */
export function changedAddress<Resource extends BillingAddressResource>(
  stored: Members<Resource>,
  change: Members<Resource>,
): Members<Resource> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...stored, ...Object.fromEntries(given) };
}
