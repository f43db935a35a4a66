import { z } from 'zod';
import { named } from '../jsonapi/named.js';
import { currencyDigits } from './currency-digits.js';

export const Money = named(
  'Money',
  'A price: an integer in minor units, an ISO 4217 code, and both as text for people.',
  z.strictObject({ amount: z.int(), currency: z.string(), formatted: z.string() }),
);
export type Money = Readonly<z.output<typeof Money>>;

/** One formatter per currency: making one costs ten times as much as using it. Only codes of the table get in, so it is bounded. */
const formatters = new Map<string, { readonly format: Intl.NumberFormat; readonly digits: number }>();

/**
 * Writes an amount of minor units for people, as `en-US` does (`$3,500.00`, `¥3,500`), with the decimals of ISO 4217.
 *
 * @throws RangeError for a currency outside the table or an amount that is not a safe integer: callers check both first
 */
export function formatMoney(amount: number, currency: string): string {
  if (!Number.isSafeInteger(amount)) throw new RangeError('an amount is an integer of at most 2^53 - 1');
  const { format, digits } = formatterFor(currency);
  // Intl reads a text exactly; the quotient amount / 100 is off by a cent for the largest amounts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library's type of a numeric text has no exponent
  return format.format(`${amount}E-${digits}` as `${number}`);
}

export function toMoney(amount: number, currency: string): Money {
  return { amount, currency, formatted: formatMoney(amount, currency) };
}

function formatterFor(currency: string) {
  const known = formatters.get(currency);
  if (known !== undefined) return known;
  const digits = currencyDigits(currency);
  if (digits === null) throw new RangeError('a currency is a code of ISO 4217 that has a minor unit');
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const made = { format, digits };
  formatters.set(currency, made);
  return made;
}
