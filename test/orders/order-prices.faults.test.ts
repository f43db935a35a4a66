import { describe, expect, it } from 'vitest';
import { toMoney } from '../../src/orders/money.js';
import { type OrderToPrice, priceOrder } from '../../src/orders/order-prices.js';

const MAX = Number.MAX_SAFE_INTEGER;

const bare = (amount: number, currency = 'USD') => ({ amount, currency });
const net = (amount: number, currency = 'USD') => ({ amount, currency, includesTax: false });

function faultsOf(order: OrderToPrice): [path: string, rule: string][] {
  const result = priceOrder(order);
  return result.ok ? [] : result.faults.map(({ path, rule }) => [path.join('.'), rule]);
}

describe('priceOrder, faults', () => {
  it('names every price whose currency is not that of the order', () => {
    const order = {
      items: [
        { quantity: 1, unitPrice: net(1) },
        {
          quantity: 1,
          unitPrice: net(1, 'EUR'),
          value: net(1, 'GBP'),
          displayPrice: { tax: { unit: bare(1, 'EUR') } },
        },
      ],
      displayPrice: { with_tax: bare(2), shipping: bare(1, 'CHF') },
    };

    expect(faultsOf(order)).toEqual([
      ['items.1.unit_price.currency', 'currency_mixed'],
      ['items.1.value.currency', 'currency_mixed'],
      ['items.1.meta.display_price.tax.unit.currency', 'currency_mixed'],
      ['meta.display_price.shipping.currency', 'currency_mixed'],
    ]);
  });

  it('names unknown currencies as unknown, and the others by the first known one', () => {
    const order = {
      items: [
        { quantity: 1, unitPrice: net(1, 'QQQ') },
        { quantity: 1, unitPrice: net(1, 'EUR') },
      ],
      displayPrice: { with_tax: bare(2, 'XAU'), paid: bare(2, 'USD') },
    };

    expect(faultsOf(order)).toEqual([
      ['items.0.unit_price.currency', 'currency_unknown'],
      ['meta.display_price.with_tax.currency', 'currency_unknown'],
      ['meta.display_price.paid.currency', 'currency_mixed'],
    ]);
  });

  it('asks for a currency when there is neither an item nor a price', () => {
    expect(faultsOf({ items: [] })).toEqual([['meta.display_price.with_tax.currency', 'currency_missing']]);
  });

  it('names the value of an item that is beyond 2^53 - 1 once, not the totals that rest on it', () => {
    expect(faultsOf({ items: [{ quantity: 2, unitPrice: net(MAX) }] })).toEqual([
      ['items.0.value.amount', 'amount_too_large'],
    ]);
    expect(faultsOf({ items: [{ quantity: -2, unitPrice: net(MAX) }] })).toEqual([
      ['items.0.value.amount', 'amount_too_large'],
    ]);
  });

  it('names each computed price of an item that is beyond it', () => {
    const displayPrice = { tax: { unit: bare(1), value: bare(1) }, discount: { unit: bare(MAX) } };

    expect(faultsOf({ items: [{ quantity: 2, unitPrice: net(1), value: net(MAX), displayPrice }] })).toEqual([
      ['items.0.meta.display_price.discount.value.amount', 'amount_too_large'],
      ['items.0.meta.display_price.with_tax.value.amount', 'amount_too_large'],
      ['items.0.meta.display_price.without_discount.unit.amount', 'amount_too_large'],
    ]);
  });

  it('names a total that is beyond it though no item is, unless the writer gave the total', () => {
    const items = [
      { quantity: 1, unitPrice: net(MAX) },
      { quantity: 1, unitPrice: net(1) },
    ];

    expect(faultsOf({ items })).toEqual([['meta.display_price.with_tax.amount', 'amount_too_large']]);
    expect(faultsOf({ items, displayPrice: { with_tax: bare(MAX) } })).toEqual([]);
  });

  it('takes totals of exactly 2^53 - 1, also when a part of the sum on the way is beyond it', () => {
    const items = [net(MAX), net(MAX), net(-MAX)].map((unitPrice) => ({ quantity: 1, unitPrice }));

    expect(priceOrder({ items })).toMatchObject({
      ok: true,
      prices: { withTax: 9007199254740991n, computed: { balance_owing: toMoney(MAX, 'USD') } },
    });
  });

  it('names the balance, the net and the gross total that leave the bounds on the lower side or by a given price', () => {
    const order = {
      items: [{ quantity: 1, unitPrice: net(MAX) }],
      displayPrice: { paid: bare(-1), tax: bare(-1), discount: bare(1) },
    };

    expect(faultsOf(order)).toEqual([
      ['meta.display_price.without_tax.amount', 'amount_too_large'],
      ['meta.display_price.balance_owing.amount', 'amount_too_large'],
      ['meta.display_price.without_discount.amount', 'amount_too_large'],
    ]);
  });

  it('reports currencies and amounts together', () => {
    const items = [
      { quantity: 1, unitPrice: net(1) },
      { quantity: 2, unitPrice: net(MAX, 'EUR') },
    ];

    expect(faultsOf({ items })).toEqual([
      ['items.1.unit_price.currency', 'currency_mixed'],
      ['items.1.value.amount', 'amount_too_large'],
    ]);
  });
});
