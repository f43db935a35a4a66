import { describe, expect, it } from 'vitest';
import { mergeItemPrices, mergeOrderPrices } from '../../src/orders/display-prices.js';
import { toMoney } from '../../src/orders/money.js';

const usd = (amount: number) => toMoney(amount, 'USD');

const orderTotals = {
  with_tax: usd(1200),
  without_tax: usd(1000),
  tax: usd(200),
  discount: usd(0),
  balance_owing: usd(1200),
  paid: usd(0),
  authorized: usd(0),
  without_discount: usd(1200),
};
const pair = (amount: number) => ({ unit: usd(amount), value: usd(2 * amount) });
const itemPrices = {
  with_tax: pair(120),
  without_tax: pair(100),
  tax: pair(20),
  discount: pair(0),
  without_discount: pair(120),
};

describe('mergeOrderPrices', () => {
  it('answers the eight totals in the order of the contract when everything was computed', () => {
    const merged = mergeOrderPrices({}, orderTotals);

    expect(merged).toEqual(orderTotals);
    expect(Object.keys(merged)).toEqual([
      'with_tax',
      'without_tax',
      'tax',
      'discount',
      'balance_owing',
      'paid',
      'authorized',
      'without_discount',
    ]);
  });

  it('lets the given price win over a computed one, and takes the computed text where the given has none', () => {
    const given = {
      with_tax: { amount: 999, currency: 'USD', formatted: 'US$ 9,99' },
      paid: { amount: 50, currency: 'USD' },
    };
    const merged = mergeOrderPrices(given, { ...orderTotals, paid: usd(50) });

    expect(merged).toEqual({
      ...orderTotals,
      with_tax: { amount: 999, currency: 'USD', formatted: 'US$ 9,99' },
      paid: { amount: 50, currency: 'USD', formatted: '$0.50' },
    });
  });

  it('answers shipping and shipping_discount only when they were given', () => {
    const given = { shipping: { amount: 500, currency: 'USD', formatted: 'five' } };

    expect(mergeOrderPrices(given, orderTotals)).toEqual({ ...orderTotals, ...given });
    expect(
      mergeOrderPrices(
        { shipping_discount: { amount: 5, currency: 'USD' } },
        { ...orderTotals, shipping_discount: usd(5) },
      ),
    ).toEqual({ ...orderTotals, shipping_discount: usd(5) });
  });

  it('fails and names the price when neither half has it, or neither has its text', () => {
    const { tax: _, ...withoutTheTax } = orderTotals;

    expect(() => mergeOrderPrices({}, withoutTheTax)).toThrow(new Error('the stored prices lack tax'));
    expect(() => mergeOrderPrices({ tax: { amount: 1, currency: 'USD' } }, withoutTheTax)).toThrow(
      new Error('the stored prices lack tax'),
    );
    expect(() => mergeOrderPrices({ shipping: { amount: 1, currency: 'USD' } }, orderTotals)).toThrow(
      new Error('the stored prices lack shipping'),
    );
  });
});

describe('mergeItemPrices', () => {
  it('answers the five prices in the order of the contract, each with unit and value', () => {
    const merged = mergeItemPrices({}, itemPrices);

    expect(merged).toEqual(itemPrices);
    expect(Object.keys(merged)).toEqual(['with_tax', 'without_tax', 'tax', 'discount', 'without_discount']);
    expect(Object.keys(merged.tax)).toEqual(['unit', 'value']);
  });

  it('merges unit and value apart when the writer gave one of them', () => {
    const given = { tax: { value: { amount: 41, currency: 'USD', formatted: 'about 40 cents' } } };

    expect(mergeItemPrices(given, itemPrices)).toEqual({
      ...itemPrices,
      tax: { unit: usd(20), value: { amount: 41, currency: 'USD', formatted: 'about 40 cents' } },
    });
  });

  it('fails and names the price when neither half has it', () => {
    expect(() => mergeItemPrices({}, { ...itemPrices, discount: { unit: usd(0) } })).toThrow(
      new Error('the stored prices lack discount.value'),
    );
  });
});
