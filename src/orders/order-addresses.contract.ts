import { z } from 'zod';
import { optional, text } from './order-members.js';

const TEXT_LENGTH_MAX = 255;
const INSTRUCTIONS_LENGTH_MAX = 2_048;

const line = text(TEXT_LENGTH_MAX);

/** Clients send phone numbers as numbers too; they are kept as text. */
const phoneNumber = z.preprocess((value) => (Number.isSafeInteger(value) ? String(value) : value), line);

const billingMembers = {
  first_name: line,
  last_name: line,
  company_name: line,
  line_1: line,
  line_2: line,
  city: line,
  county: line,
  region: line,
  postcode: line,
  country: line,
};

/** No member is required: an order mirrors what another system knew, and a download is sent to no address. */
export const BillingAddress = optional(z.object(billingMembers));
export const ShippingAddress = optional(
  z.object({ ...billingMembers, phone_number: phoneNumber, instructions: text(INSTRUCTIONS_LENGTH_MAX) }),
);

export interface BillingAddressResource {
  first_name: string;
  last_name: string;
  company_name: string;
  line_1: string;
  line_2: string;
  city: string;
  county: string;
  region: string;
  postcode: string;
  country: string;
}

export interface ShippingAddressResource extends BillingAddressResource {
  phone_number: string;
  instructions: string;
}

type Members<Resource> = { readonly [Name in keyof Resource]?: string | undefined };

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
