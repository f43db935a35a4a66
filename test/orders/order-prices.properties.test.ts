import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ITEM_PRICES,
  type ItemPrices,
  mergeItemPrices,
  mergeOrderPrices,
  type OrderPrices,
  PARTS,
} from '../../src/orders/display-prices.js';
import { formatMoney, type Money } from '../../src/orders/money.js';
import { type ItemToPrice, type OrderToPrice, type PricedItem, priceOrder } from '../../src/orders/order-prices.js';
import { cases } from '../harness/tier/sizes.js';

const CURRENCIES = ['USD', 'JPY', 'HUF', 'KWD', 'CLF'] as const;

const given = (currency: string, amount: fc.Arbitrary<number>) =>
  fc.record(
    { amount, currency: fc.constant(currency), formatted: fc.string({ minLength: 1 }) },
    { requiredKeys: ['amount', 'currency'] },
  );

function item(currency: string, amount: fc.Arbitrary<number>): fc.Arbitrary<ItemToPrice> {
  const taxed = fc.record({ amount, currency: fc.constant(currency), includesTax: fc.boolean() });
  const price = given(currency, amount);
  const pair = fc.record({ unit: price, value: price }, { requiredKeys: [] });
  const displayPrice = fc.record(
    { with_tax: pair, without_tax: pair, tax: pair, discount: pair, without_discount: pair },
    { requiredKeys: [] },
  );
  return fc.record(
    { quantity: fc.integer({ min: 1, max: 1000 }), unitPrice: taxed, value: taxed, displayPrice },
    { requiredKeys: ['quantity', 'unitPrice'] },
  );
}

function order(amount: fc.Arbitrary<number>): fc.Arbitrary<OrderToPrice> {
  return fc.constantFrom(...CURRENCIES).chain((currency) => {
    const price = given(currency, amount);
    const totals = {
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
    };
    return fc.record(
      {
        items: fc.array(item(currency, amount), { minLength: 1, maxLength: 8 }),
        displayPrice: fc.record(totals, { requiredKeys: [] }),
      },
      { requiredKeys: ['items'] },
    );
  });
}

const moderate = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });

function priced(input: OrderToPrice) {
  const result = priceOrder(input);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.faults)}`);
  const { prices } = result;
  return {
    prices,
    totals: mergeOrderPrices(prices.given, prices.computed),
    items: prices.items.map((one) => mergeItemPrices(one.given, one.computed)),
  };
}

function allPrices({ totals, items }: { totals: OrderPrices; items: ItemPrices[] }): Money[] {
  return [
    ...Object.values(totals),
    ...items.flatMap((one) => Object.values(one).flatMap(({ unit, value }) => [unit, value])),
  ];
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
}

/** Halves away from zero; exact in floating point for the moderate amounts used here. */
function nearest(whole: number, pieces: number): number {
  const size = Math.floor((2 * Math.abs(whole) + pieces) / (2 * pieces));
  return whole < 0 && size > 0 ? -size : size;
}

describe('priceOrder, for any order', () => {
  it('adds up as the rules say', () => {
    fc.assert(
      fc.property(order(moderate), (input) => {
        const wanted = input.displayPrice ?? {};
        const { totals, items, prices } = priced(input);
        const taxes = items.reduce((sum, one) => sum + BigInt(one.tax.value.amount), 0n);
        const gross = prices.items.reduce(
          (sum, { value }, index) =>
            sum + BigInt(value.amount) + (value.includesTax ? 0n : BigInt(at(items, index).tax.value.amount)),
          0n,
        );
        const withTax = wanted.with_tax?.amount ?? Number(gross);
        const tax = wanted.tax?.amount ?? Number(taxes);
        const paid = wanted.paid?.amount ?? 0;
        const authorized = wanted.authorized?.amount ?? 0;

        expect(totals.with_tax.amount).toBe(withTax);
        expect(totals.tax.amount).toBe(tax);
        expect(totals.paid.amount).toBe(paid);
        expect(totals.authorized.amount).toBe(authorized);
        expect(totals.discount.amount).toBe(wanted.discount?.amount ?? 0);
        expect(totals.without_tax.amount).toBe(wanted.without_tax?.amount ?? withTax - tax);
        expect(totals.without_discount.amount).toBe(
          wanted.without_discount?.amount ?? withTax + totals.discount.amount,
        );
        expect(totals.balance_owing.amount).toBe(
          wanted.balance_owing?.amount ?? Math.max(0, withTax - paid - authorized),
        );
        expect([prices.withTax, prices.withoutTax]).toEqual([BigInt(withTax), BigInt(totals.without_tax.amount)]);
      }),
    );
  });

  it('adds up within each item as the rules say', () => {
    fc.assert(
      fc.property(order(moderate), (input) => {
        const { items, prices } = priced(input);
        expect(items).toHaveLength(input.items.length);
        for (const [index, answered] of items.entries()) {
          const asked = at(input.items, index);
          const { value } = at(prices.items, index);
          const wanted = asked.displayPrice ?? {};
          const half = (name: 'tax' | 'discount') => {
            const unit = wanted[name]?.unit?.amount;
            const whole = wanted[name]?.value?.amount ?? (unit ?? 0) * asked.quantity;
            return { unit: unit ?? nearest(whole, asked.quantity), value: whole };
          };
          const { tax, discount } = { tax: half('tax'), discount: half('discount') };
          const { unitPrice } = asked;
          const withTax = {
            unit: wanted.with_tax?.unit?.amount ?? unitPrice.amount + (unitPrice.includesTax ? 0 : tax.unit),
            value: wanted.with_tax?.value?.amount ?? value.amount + (value.includesTax ? 0 : tax.value),
          };

          expect(value).toEqual(asked.value ?? { ...unitPrice, amount: unitPrice.amount * asked.quantity });
          for (const part of PARTS) {
            expect(Object.fromEntries(ITEM_PRICES.map((name) => [name, answered[name][part].amount]))).toEqual({
              with_tax: withTax[part],
              without_tax: wanted.without_tax?.[part]?.amount ?? withTax[part] - tax[part],
              tax: tax[part],
              discount: discount[part],
              without_discount: wanted.without_discount?.[part]?.amount ?? withTax[part] + discount[part],
            });
          }
        }
      }),
    );
  });

  it('keeps every given price, makes the missing texts, and has each price in one currency', () => {
    fc.assert(
      fc.property(order(moderate), (input) => {
        const { totals, items, prices } = priced(input);
        expect(totals).toMatchObject(input.displayPrice ?? {});
        expect(prices.given).toEqual(input.displayPrice ?? {});
        for (const [index, asked] of input.items.entries()) {
          expect(items[index]).toMatchObject(asked.displayPrice ?? {});
        }
        for (const price of allPrices({ totals, items })) {
          expect(price.currency).toBe(prices.currency);
          expect(price.formatted).not.toBe('');
        }
        for (const price of Object.values(prices.computed)) {
          expect(price.formatted).toBe(formatMoney(price.amount, prices.currency));
        }
      }),
    );
  });

  it('answers the same after the two halves went through JSON, and again when the answer is sent back as given', () => {
    fc.assert(
      fc.property(order(moderate), (input) => {
        const first = priced(input);
        const stored: PricedItem[] = JSON.parse(JSON.stringify(first.prices.items));
        const halves: [given: object, computed: object] = JSON.parse(
          JSON.stringify([first.prices.given, first.prices.computed]),
        );
        const again = priced({
          items: input.items.map((one, index) => ({
            ...one,
            value: first.prices.items[index]?.value,
            displayPrice: first.items[index],
          })),
          displayPrice: first.totals,
        });

        expect(stored.map((one) => mergeItemPrices(one.given, one.computed))).toEqual(first.items);
        expect(mergeOrderPrices(...halves)).toEqual(first.totals);
        expect(again.totals).toEqual(first.totals);
        expect(again.items).toEqual(first.items);
        expect(again.prices.computed).toEqual({});
        expect(again.prices.items.map((one) => one.computed)).toEqual(input.items.map(() => ({})));
      }),
    );
  });

  it('either answers amounts within 2^53 - 1 only or names each amount that is not, once, however large the given ones are', () => {
    const seen = { priced: 0, refused: 0 };
    const amount = fc.oneof(fc.maxSafeInteger(), moderate, fc.constantFrom(0, 1));
    fc.assert(
      fc.property(order(amount), (input) => {
        const result = priceOrder(input);
        seen[result.ok ? 'priced' : 'refused'] += 1;
        const faults = result.ok ? [] : result.faults;
        const answered = result.ok ? allPrices(priced(input)) : [];

        expect(faults.length === 0).toBe(result.ok);
        expect(faults.filter(({ path, rule }) => rule !== 'amount_too_large' || path.at(-1) !== 'amount')).toEqual([]);
        expect(new Set(faults.map(({ path }) => path.join('.'))).size).toBe(faults.length);
        expect(answered.filter((price) => !Number.isSafeInteger(price.amount))).toEqual([]);
      }),
      cases('prices of orders whose members are of any kind', { test: 100, thorough: 500 }),
    );
    expect(Math.min(seen.priced, seen.refused)).toBeGreaterThan(5);
  });
});
