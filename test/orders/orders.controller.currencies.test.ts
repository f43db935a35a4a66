import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { givenOrder, itemMembers } from './given-order.js';

let shop: Shop;

beforeAll(async () => {
  shop = await givenShop(await sharedApp());
});

/** Between a code and its amount stands a blank that does not break. */
const coded = (code: string, amount: string) => `${code}\u00a0${amount}`;

describe('the prices of an order', () => {
  it.each<[currency: string, decimals: number, formatted: string, free: string]>([
    ['JPY', 0, '¥1,234,567', '¥0'],
    ['KRW', 0, '₩1,234,567', '₩0'],
    ['ISK', 0, coded('ISK', '1,234,567'), coded('ISK', '0')],
    ['EUR', 2, '€12,345.67', '€0.00'],
    // The standard has decimals that daily life has not, and Intl follows daily life.
    ['HUF', 2, coded('HUF', '12,345.67'), coded('HUF', '0.00')],
    ['IDR', 2, coded('IDR', '12,345.67'), coded('IDR', '0.00')],
    ['BHD', 3, coded('BHD', '1,234.567'), coded('BHD', '0.000')],
    ['KWD', 3, coded('KWD', '1,234.567'), coded('KWD', '0.000')],
    ['IQD', 3, coded('IQD', '1,234.567'), coded('IQD', '0.000')],
    ['CLF', 4, coded('CLF', '123.4567'), coded('CLF', '0.0000')],
  ])(
    'in %s, are written with %d decimals, in the order and in its items',
    async (currency, _decimals, formatted, free) => {
      const amount = 1_234_567;
      const items = [itemMembers({ unit_price: { amount, currency, includes_tax: true } })];

      const { data, included } = await givenOrder(shop, { included: { items } });

      const price = { amount, currency, formatted };
      const zero = { amount: 0, currency, formatted: free };
      expect(data.meta.display_price).toEqual({
        with_tax: price,
        without_tax: price,
        tax: zero,
        discount: zero,
        balance_owing: price,
        paid: zero,
        authorized: zero,
        without_discount: price,
      });
      expect(included.items.map(({ meta }) => meta.display_price)).toEqual([
        {
          with_tax: { unit: price, value: price },
          without_tax: { unit: price, value: price },
          tax: { unit: zero, value: zero },
          discount: { unit: zero, value: zero },
          without_discount: { unit: price, value: price },
        },
      ]);
    },
  );
});
