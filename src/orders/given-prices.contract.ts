import { z } from 'zod';
import { named } from '../jsonapi/named.js';
import { currencyCodes } from './currency-digits.js';
import { optional, text } from './order-members.js';

const FORMATTED_LENGTH_MAX = 255;

/** In minor units; negative amounts are discounts. An integer that JSON readers of every language keep as it is. */
const amount = z.int();
/** Which codes there are, and that an order has one only, the pricing of the whole order finds out. */
const currency = z.string().min(1).max(3);
z.globalRegistry.add(currency, {
  id: 'Currency',
  description: 'A code of ISO 4217 that has a minor unit. All prices of an order have the same.',
  enum: currencyCodes,
});

/** `unit_price` or `value` of an item. Some clients write `include_tax`; answers have `includes_tax`. */
export const TaxedPrice = z
  .object({ amount, currency, includes_tax: optional(z.boolean()), include_tax: optional(z.boolean()) })
  .refine(({ includes_tax: one, include_tax: other }) => one === undefined || other === undefined || one === other, {
    path: ['includes_tax'],
    params: { rule: 'text', text: 'and include_tax must not differ.' },
  })
  .transform((price) => ({
    amount: price.amount,
    currency: price.currency,
    includesTax: price.includes_tax ?? price.include_tax,
  }));

const GivenPrice = named(
  'GivenPrice',
  'A price as its writer knows it. It is kept and never recomputed.',
  z.object({ amount, currency, formatted: text(FORMATTED_LENGTH_MAX) }),
);
const price = optional(GivenPrice);

/** `meta.display_price` of an order. What is left out is computed. */
export const OrderDisplayPrice = z.object({
  with_tax: price,
  without_tax: price,
  tax: price,
  discount: price,
  balance_owing: price,
  paid: price,
  authorized: price,
  without_discount: price,
  shipping: price,
  shipping_discount: price,
});

const unitAndValue = optional(
  named('GivenItemPrice', 'For one piece, and for all of the quantity.', z.object({ unit: price, value: price })),
);

/** `meta.display_price` of an item. What is left out is computed. */
export const ItemDisplayPrice = z.object({
  with_tax: unitAndValue,
  without_tax: unitAndValue,
  tax: unitAndValue,
  discount: unitAndValue,
  without_discount: unitAndValue,
});
