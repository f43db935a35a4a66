import { describe, expect, it } from 'vitest';
import { mergeItemPrices, mergeOrderPrices } from '../../src/orders/display-prices.js';
import { toMoney } from '../../src/orders/money.js';
import { type ItemToPrice, type OrderToPrice, type PricedOrder, priceOrder } from '../../src/orders/order-prices.js';

const MAX = Number.MAX_SAFE_INTEGER;

const usd = (amount: number) => toMoney(amount, 'USD');
const bare = (amount: number, currency = 'USD') => ({ amount, currency });
const net = (amount: number, currency = 'USD') => ({ amount, currency, includesTax: false });
const gross = (amount: number, currency = 'USD') => ({ amount, currency, includesTax: true });

function priced(order: OrderToPrice): PricedOrder {
  const result = priceOrder(order);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.faults)}`);
  return result.prices;
}

function totalsOf(order: OrderToPrice): Record<string, number> {
  const { given, computed } = priced(order);
  return amounts(mergeOrderPrices(given, computed));
}

function itemOf(item: ItemToPrice) {
  const [first] = priced({ items: [item] }).items;
  if (first === undefined) throw new Error('no item came back');
  const prices = mergeItemPrices(first.given, first.computed);
  const part = (name: 'unit' | 'value') =>
    Object.fromEntries(Object.entries(prices).map(([key, pair]) => [key, pair[name].amount]));
  return { value: first.value, units: part('unit'), values: part('value') };
}

function amounts(prices: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(prices).map(([key, price]: [string, { amount: number }]) => [key, price.amount]),
  );
}

describe('priceOrder, totals of the order', () => {
  it('computes everything from a single item when no price but the unit price was given', () => {
    expect(totalsOf({ items: [{ quantity: 1, unitPrice: net(350000) }] })).toEqual({
      with_tax: 350000,
      without_tax: 350000,
      tax: 0,
      discount: 0,
      balance_owing: 350000,
      paid: 0,
      authorized: 0,
      without_discount: 350000,
    });
  });

  it('adds tax to values without it, not to values with it, and takes it off again for without_tax', () => {
    const tax = (amount: number) => ({ tax: { value: bare(amount) } });
    const items = [
      { quantity: 2, unitPrice: net(1000), displayPrice: tax(380) },
      { quantity: 1, unitPrice: gross(1190), displayPrice: tax(190) },
      { quantity: 3, unitPrice: net(10) },
    ];

    expect(totalsOf({ items })).toEqual({
      with_tax: 2000 + 380 + 1190 + 30,
      without_tax: 2000 + 1000 + 30,
      tax: 570,
      discount: 0,
      balance_owing: 3600,
      paid: 0,
      authorized: 0,
      without_discount: 3600,
    });
  });

  it('takes the value of an item, and whether it includes tax, before unit price times quantity when it was given', () => {
    const items = [{ quantity: 3, unitPrice: gross(100), value: net(250), displayPrice: { tax: { value: bare(50) } } }];

    expect(totalsOf({ items })).toMatchObject({ with_tax: 300, without_tax: 250, tax: 50 });
  });

  it.each([
    ['nothing paid', 0, 0, 1000],
    ['part paid', 400, 0, 600],
    ['part paid and the rest authorized', 400, 600, 0],
    ['more paid than ordered', 1500, 0, 0],
    ['more paid and authorized than ordered', 900, 900, 0],
  ])('with %s, balance_owing is what is left and never below 0', (_, paid, authorized, owing) => {
    const order = {
      items: [{ quantity: 1, unitPrice: net(1000) }],
      displayPrice: { paid: bare(paid), authorized: bare(authorized) },
    };

    expect(totalsOf(order)).toMatchObject({ paid, authorized, balance_owing: owing });
  });

  it('rests the computed totals on the given ones, which it leaves as they are', () => {
    const order = {
      items: [{ quantity: 1, unitPrice: net(1000), displayPrice: { tax: { value: bare(70) } } }],
      displayPrice: { with_tax: bare(5000), tax: bare(300), discount: bare(25) },
    };

    expect(totalsOf(order)).toEqual({
      with_tax: 5000,
      without_tax: 4700,
      tax: 300,
      discount: 25,
      balance_owing: 5000,
      paid: 0,
      authorized: 0,
      without_discount: 5025,
    });
  });

  it('counts shipping in no total and answers it only when it was given', () => {
    const items = [{ quantity: 1, unitPrice: net(1000) }];
    const displayPrice = { shipping: bare(500), shipping_discount: { ...bare(-100), formatted: 'one dollar off' } };
    const { given, computed } = priced({ items, displayPrice });

    expect(given).toEqual(displayPrice);
    expect(computed).toMatchObject({ with_tax: usd(1000), balance_owing: usd(1000), shipping: usd(500) });
    expect(computed).not.toHaveProperty('shipping_discount');
    expect(priced({ items }).computed).not.toHaveProperty('shipping');
  });

  it('gives with_tax and without_tax as exact big integers for their columns', () => {
    const items = [{ quantity: 1, unitPrice: gross(MAX), displayPrice: { tax: { value: bare(1) } } }];
    const { withTax, withoutTax, currency } = priced({ items });

    expect({ withTax, withoutTax, currency }).toEqual({
      withTax: 9007199254740991n,
      withoutTax: 9007199254740990n,
      currency: 'USD',
    });
  });

  it('prices an order without items by the totals that were given', () => {
    expect(totalsOf({ items: [], displayPrice: { with_tax: bare(700, 'JPY') } })).toMatchObject({
      with_tax: 700,
      without_tax: 700,
      balance_owing: 700,
    });
  });
});

describe('priceOrder, prices of an item', () => {
  it('computes unit and value of all five when only the unit price was given', () => {
    const all = (amount: number, none: number) => ({
      with_tax: amount,
      without_tax: amount,
      tax: none,
      discount: none,
      without_discount: amount,
    });

    expect(itemOf({ quantity: 3, unitPrice: gross(100) })).toEqual({
      value: gross(300),
      units: all(100, 0),
      values: all(300, 0),
    });
  });

  it.each([
    ['does not include it', net(100), { with_tax: 120, without_tax: 100 }, { with_tax: 360, without_tax: 300 }],
    ['includes it', gross(100), { with_tax: 100, without_tax: 80 }, { with_tax: 300, without_tax: 240 }],
  ])('shares a given tax among the pieces when the unit price %s', (_, unitPrice, units, values) => {
    const item = itemOf({ quantity: 3, unitPrice, displayPrice: { tax: { value: bare(60) } } });

    expect(item.units).toMatchObject({ ...units, tax: 20 });
    expect(item.values).toMatchObject({ ...values, tax: 60 });
  });

  it('multiplies a tax and a discount that were given for one piece', () => {
    const displayPrice = { tax: { unit: bare(20) }, discount: { unit: bare(5) } };
    const item = itemOf({ quantity: 3, unitPrice: net(100), displayPrice });

    expect(item.units).toEqual({ with_tax: 120, without_tax: 100, tax: 20, discount: 5, without_discount: 125 });
    expect(item.values).toEqual({ with_tax: 360, without_tax: 300, tax: 60, discount: 15, without_discount: 375 });
  });

  it.each([
    [10, 3, 3],
    [11, 3, 4],
    [5, 2, 3],
    [-5, 2, -3],
    [-10, 3, -3],
    [5, -2, -3],
    [7, 0, 0],
    [0, 4, 0],
  ])('rounds a tax of %d for %d pieces to %d for one, halves away from zero', (tax, quantity, unit) => {
    const item = itemOf({ quantity, unitPrice: net(100), displayPrice: { tax: { value: bare(tax) } } });

    expect([item.units['tax'], item.values['tax']]).toEqual([unit, tax]);
  });

  it('keeps given prices that contradict each other, and rests on them only what was not given', () => {
    const displayPrice = { with_tax: { value: bare(900) }, tax: { unit: bare(7), value: bare(40) } };
    const item = itemOf({ quantity: 3, unitPrice: net(100), displayPrice });

    expect(item.units).toEqual({ with_tax: 107, without_tax: 100, tax: 7, discount: 0, without_discount: 107 });
    expect(item.values).toEqual({ with_tax: 900, without_tax: 860, tax: 40, discount: 0, without_discount: 900 });
  });
});

describe('priceOrder, what was given and what was computed', () => {
  it('stores a given price verbatim and computes nothing beside it when it has a text, though the text is wrong', () => {
    const withTax = { amount: 1000, currency: 'USD', formatted: '10 Dollars' };
    const { given, computed } = priced({
      items: [{ quantity: 1, unitPrice: net(1) }],
      displayPrice: { with_tax: withTax },
    });

    expect(given).toEqual({ with_tax: withTax });
    expect(Object.keys(computed)).toEqual([
      'without_tax',
      'tax',
      'discount',
      'balance_owing',
      'paid',
      'authorized',
      'without_discount',
    ]);
    expect(mergeOrderPrices(given, computed).with_tax).toEqual(withTax);
  });

  it('makes the text of a price that was given without one, by the decimals of its currency', () => {
    const prices = priced({
      items: [{ quantity: 1, unitPrice: net(1234, 'KWD'), displayPrice: { tax: { value: bare(5, 'KWD') } } }],
      displayPrice: { paid: bare(1000, 'KWD') },
    });
    const [item] = prices.items;

    expect(prices.given).toEqual({ paid: bare(1000, 'KWD') });
    expect(prices.computed.paid).toEqual({ amount: 1000, currency: 'KWD', formatted: 'KWD\u00a01.000' });
    expect(item?.given).toEqual({ tax: { value: bare(5, 'KWD') } });
    expect(item?.computed.tax?.value).toEqual({ amount: 5, currency: 'KWD', formatted: 'KWD\u00a00.005' });
  });

  it('keeps nothing of the given objects but the members of a price', () => {
    const stray = { ...bare(1), formatted: undefined, note: 'internal' };
    const displayPrice = { paid: stray, unheard_of: stray, tax: undefined };
    const prices = priced({
      items: [
        {
          quantity: 1,
          unitPrice: net(1),
          displayPrice: { tax: { value: stray, unit: undefined }, discount: undefined },
        },
      ],
      displayPrice,
    });

    expect(prices.given).toStrictEqual({ paid: bare(1) });
    expect(prices.items[0]?.given).toStrictEqual({ tax: { value: bare(1) } });
  });
});
