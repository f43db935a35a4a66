import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencyCodes, currencyDigits } from '../../src/orders/currency-digits.js';
import { formatMoney, toMoney } from '../../src/orders/money.js';
import { cases } from '../harness/tier/sizes.js';

const MAX = Number.MAX_SAFE_INTEGER;
/** Between a code and its number stands a no-break space. */
const NBSP = '\u00a0';

/** The digits as they must read, made without any floating point. */
function plainText(amount: number, digits: number): string {
  const size = BigInt(amount) < 0n ? -BigInt(amount) : BigInt(amount);
  const figures = size.toString().padStart(digits + 1, '0');
  const whole = figures.slice(0, figures.length - digits).replace(/\B(?=(\d{3})+$)/g, ',');
  return digits === 0 ? whole : `${whole}.${figures.slice(-digits)}`;
}

describe('formatMoney', () => {
  it.each([
    [350000, 'USD', '$3,500.00'],
    [0, 'USD', '$0.00'],
    [-0, 'USD', '$0.00'],
    [5, 'USD', '$0.05'],
    [-1, 'USD', '-$0.01'],
    [-123456, 'EUR', '-€1,234.56'],
    [1999, 'GBP', '£19.99'],
    [3500, 'JPY', '¥3,500'],
    [1500, 'KRW', '₩1,500'],
    [250000, 'VND', '₫250,000'],
    [19990, 'CLP', `CLP${NBSP}19,990`],
    [1500, 'ISK', `ISK${NBSP}1,500`],
    [1500, 'UGX', `UGX${NBSP}1,500`],
    [123456, 'HUF', `HUF${NBSP}1,234.56`],
    [123456, 'IDR', `IDR${NBSP}1,234.56`],
    [123456, 'COP', `COP${NBSP}1,234.56`],
    [123456, 'PKR', `PKR${NBSP}1,234.56`],
    [1234567, 'IQD', `IQD${NBSP}1,234.567`],
    [1234567, 'BHD', `BHD${NBSP}1,234.567`],
    [1, 'KWD', `KWD${NBSP}0.001`],
    [12345678, 'CLF', `CLF${NBSP}1,234.5678`],
    [12345678, 'UYW', `UYW${NBSP}1,234.5678`],
    [100, 'CHF', `CHF${NBSP}1.00`],
  ])('writes %d minor units of %s as %s', (amount, currency, text) => {
    expect(formatMoney(amount, currency)).toBe(text);
  });

  it.each([
    [MAX, 'USD', '$90,071,992,547,409.91'],
    [-MAX, 'USD', '-$90,071,992,547,409.91'],
    [MAX - 1, 'USD', '$90,071,992,547,409.90'],
    [MAX, 'JPY', '¥9,007,199,254,740,991'],
    [MAX, 'KWD', `KWD${NBSP}9,007,199,254,740.991`],
    [MAX, 'CLF', `CLF${NBSP}900,719,925,474.0991`],
  ])('writes the largest amounts to the last digit: %d of %s is %s', (amount, currency, text) => {
    expect(formatMoney(amount, currency)).toBe(text);
  });

  it('writes any amount of any currency exactly, with its decimals and thousands separators', () => {
    expect(currencyCodes.length).toBeGreaterThan(150);
    fc.assert(
      fc.property(fc.constantFrom(...currencyCodes), fc.maxSafeInteger(), (currency, amount) => {
        const text = formatMoney(amount, currency);
        const number = plainText(amount, currencyDigits(currency) ?? Number.NaN);

        expect(text.endsWith(number)).toBe(true);
        expect(text.slice(0, -number.length)).toMatch(amount < 0 ? /^-\D+$/ : /^[^-\d]+$/);
      }),
      cases('amounts of all currencies', { test: 300, thorough: 2_000 }),
    );
  });

  it('puts the symbols of en-US before these currencies, and the code before all others', () => {
    const symbols = currencyCodes.flatMap((code) => {
      const symbol = formatMoney(1_111_111, code).replace(/1.*$/, '');
      return symbol === `${code}${NBSP}` ? [] : [symbol];
    });
    expect(symbols.join(' ')).toBe(
      `A$ R$ CA$ CN¥ € £ HK$ ₪ ₹ ¥ ₩ MX$ NZ$ ₱ NT$ $ ₫ FCFA${NBSP} EC$ Cg.${NBSP} F\u202fCFA${NBSP} CFPF${NBSP}`,
    );
  });

  it.each([MAX + 1, -MAX - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %d, which is no exact amount',
    (amount) => {
      expect(() => formatMoney(amount, 'USD')).toThrow(new RangeError('an amount is an integer of at most 2^53 - 1'));
    },
  );

  it.each(['usd', 'QQQ', 'XAU', ''])(
    'refuses the currency %j, for which the standard has no minor unit',
    (currency) => {
      expect(() => formatMoney(1, currency)).toThrow(
        new RangeError('a currency is a code of ISO 4217 that has a minor unit'),
      );
    },
  );
});

describe('toMoney', () => {
  it('makes the price object that clients see', () => {
    expect(toMoney(350000, 'USD')).toEqual({ amount: 350000, currency: 'USD', formatted: '$3,500.00' });
  });
});
