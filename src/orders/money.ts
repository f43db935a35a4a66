import { z } from 'zod';
import { named } from '../jsonapi/named.js';
import { currencyDigits } from './currency-digits.js';

export const Money = named(
  'Money',
  'A price: an integer in minor units, an ISO 4217 code, and both as text for people.',
  z.strictObject({ amount: z.int(), currency: z.string(), formatted: z.string() }),
);
export type Money = Readonly<z.output<typeof Money>>;

/**
 * What stands before the number in `en-US`, where it is not the code with a no-break space (the Unicode CLDR 48, `en`). A table of
 * our own, as Intl has that of the runtime: two replicas on two of them would write one price in two ways.
 */
const SYMBOLS: Readonly<Record<string, string>> = {
  AUD: 'A$',
  BRL: 'R$',
  CAD: 'CA$',
  CNY: 'CN¥',
  EUR: '€',
  GBP: '£',
  HKD: 'HK$',
  ILS: '₪',
  INR: '₹',
  JPY: '¥',
  KRW: '₩',
  MXN: 'MX$',
  NZD: 'NZ$',
  PHP: '₱',
  TWD: 'NT$',
  USD: '$',
  VND: '₫',
  XAF: 'FCFA\u00a0',
  XCD: 'EC$',
  XCG: 'Cg.\u00a0',
  XOF: 'F\u202fCFA\u00a0',
  XPF: 'CFPF\u00a0',
};

/**
 * Writes an amount of minor units for people, as `en-US` does (`$3,500.00`, `¥3,500`), with the decimals of ISO 4217.
 *
 * @throws RangeError for a currency outside the table or an amount that is not a safe integer: callers check both first
 */
export function formatMoney(amount: number, currency: string): string {
  if (!Number.isSafeInteger(amount)) throw new RangeError('an amount is an integer of at most 2^53 - 1');
  const digits = currencyDigits(currency);
  if (digits === null) throw new RangeError('a currency is a code of ISO 4217 that has a minor unit');
  // In figures, as the quotient amount / 100 is off by a cent for the largest amounts.
  const figures = String(Math.abs(amount)).padStart(digits + 1, '0');
  const whole = figures.slice(0, figures.length - digits).replace(/\B(?=(?:\d{3})+$)/g, ',');
  const fraction = digits === 0 ? '' : `.${figures.slice(-digits)}`;
  return `${amount < 0 ? '-' : ''}${SYMBOLS[currency] ?? `${currency}\u00a0`}${whole}${fraction}`;
}

export function toMoney(amount: number, currency: string): Money {
  return { amount, currency, formatted: formatMoney(amount, currency) };
}
