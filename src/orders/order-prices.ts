import { currencyDigits } from './currency-digits.js';
import {
  type ComputedItemPrices,
  type ComputedOrderPrices,
  type GivenItemPrices,
  type GivenOrderPrices,
  type GivenPrice,
  ITEM_PRICES,
  type ItemPriceName,
  ORDER_EXTRAS,
  ORDER_TOTALS,
  type OrderTotalName,
  type Part,
  PARTS,
} from './display-prices.js';
import { toMoney } from './money.js';

/** `unit_price` or `value` of an item. The amount is a safe integer. */
export interface TaxedPrice {
  readonly amount: number;
  readonly currency: string;
  readonly includesTax: boolean;
}

export interface ItemToPrice {
  /** A safe integer. */
  readonly quantity: number;
  readonly unitPrice: TaxedPrice;
  readonly value?: TaxedPrice | undefined;
  readonly displayPrice?: GivenItemPrices | undefined;
}

export interface OrderToPrice {
  readonly items: readonly ItemToPrice[];
  readonly displayPrice?: GivenOrderPrices | undefined;
  /** The currency that the order had so far: it stays where no price names one. */
  readonly currency?: string | undefined;
}

export interface PricedItem {
  readonly value: TaxedPrice;
  readonly given: GivenItemPrices;
  readonly computed: ComputedItemPrices;
}

/** What the writer gave apart from what was computed, so that an update can compute anew without touching the former. */
export interface PricedOrder {
  readonly currency: string;
  readonly withTax: bigint;
  readonly withoutTax: bigint;
  readonly given: GivenOrderPrices;
  readonly computed: ComputedOrderPrices;
  /** In the order of the items that came in. */
  readonly items: readonly PricedItem[];
}

export type PriceRule = 'currency_unknown' | 'currency_mixed' | 'currency_missing' | 'amount_too_large';

export interface PriceFault {
  /** From the order down, in the names of the wire: `['items', 0, 'unit_price', 'currency']`, `['meta', 'display_price', ...]`. */
  readonly path: readonly (string | number)[];
  readonly rule: PriceRule;
}

export type PricingResult =
  | { readonly ok: true; readonly prices: PricedOrder }
  | { readonly ok: false; readonly faults: readonly PriceFault[] };

/** Null: it rests on an amount that was too large and has been reported, so it is not reported again. */
type Amount = bigint | null;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface ItemAmounts {
  readonly value: Amount;
  readonly includesTax: boolean;
  readonly taxedValue: Amount;
  readonly prices: { readonly [N in ItemPriceName]: { readonly [P in Part]: Amount } };
}

type OrderAmounts = { readonly [N in OrderTotalName]: Amount };

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Completes the prices of an order. A price that the writer gave is kept and never recomputed; of the others,
 *
 * - an item's value is unit price × quantity; its tax and discount are 0, or follow from their other half if one was given:
 *   value = unit × quantity, unit = value / quantity to the nearest minor unit;
 * - the order's tax is the sum of the items' taxes; its discount, paid and authorized are 0;
 * - with_tax is the sum of the items' values, plus their tax where the value does not include it;
 * - without_tax = with_tax - tax, without_discount = with_tax + discount, for an item as for the order;
 * - balance_owing = with_tax - paid - authorized, never below 0.
 *
 * An order has one currency, and no amount beyond 2^53 - 1 in absolute value: JSON readers would round it.
 */
export function priceOrder(order: OrderToPrice): PricingResult {
  const faults: PriceFault[] = [];
  const currency = findCurrency(order, faults);
  const items = order.items.map((item, index) => itemAmounts(item, index, faults));
  const given = order.displayPrice ?? {};
  const totals = orderAmounts(given, items, faults);
  if (currency === null || faults.length > 0) return { ok: false, faults };

  return {
    ok: true,
    prices: {
      currency,
      withTax: BigInt(toNumber(totals.with_tax)),
      withoutTax: BigInt(toNumber(totals.without_tax)),
      ...splitOrderPrices(totals, given, currency),
      items: items.map((amounts, index) => toPricedItem(amounts, order.items[index]?.displayPrice ?? {}, currency)),
    },
  };
}

function findCurrency(order: OrderToPrice, faults: PriceFault[]): string | null {
  let currency: string | null = null;
  let seen = false;
  for (const [path, code] of currenciesOf(order)) {
    seen = true;
    const known = currencyDigits(code) !== null;
    if (known) currency ??= code;
    if (!known) faults.push({ path: [...path, 'currency'], rule: 'currency_unknown' });
    else if (code !== currency) faults.push({ path: [...path, 'currency'], rule: 'currency_mixed' });
  }
  if (!seen && order.currency !== undefined) return order.currency;
  if (!seen) faults.push({ path: ['meta', 'display_price', 'with_tax', 'currency'], rule: 'currency_missing' });
  return currency;
}

function* currenciesOf(order: OrderToPrice): Generator<[path: readonly (string | number)[], code: string]> {
  for (const [index, item] of order.items.entries()) {
    yield [['items', index, 'unit_price'], item.unitPrice.currency];
    if (item.value !== undefined) yield [['items', index, 'value'], item.value.currency];
    for (const name of ITEM_PRICES) {
      for (const part of PARTS) {
        const price = item.displayPrice?.[name]?.[part];
        if (price !== undefined) yield [['items', index, 'meta', 'display_price', name, part], price.currency];
      }
    }
  }
  for (const name of [...ORDER_TOTALS, ...ORDER_EXTRAS]) {
    const price = order.displayPrice?.[name];
    if (price !== undefined) yield [['meta', 'display_price', name], price.currency];
  }
}

function itemAmounts(item: ItemToPrice, index: number, faults: PriceFault[]): ItemAmounts {
  const quantity = BigInt(item.quantity);
  const unitAmount = BigInt(item.unitPrice.amount);
  const given = item.displayPrice ?? {};
  const settle = (name: ItemPriceName, part: Part, computed: Amount): Amount =>
    givenAmount(given[name]?.[part]) ??
    bounded(computed, ['items', index, 'meta', 'display_price', name, part, 'amount'], faults);
  const settleWithHalf = (name: 'tax' | 'discount') => {
    const value = settle(name, 'value', (givenAmount(given[name]?.unit) ?? 0n) * quantity);
    return { unit: settle(name, 'unit', share(value, quantity)), value };
  };

  const value = givenAmount(item.value) ?? bounded(unitAmount * quantity, ['items', index, 'value', 'amount'], faults);
  const includesTax = (item.value ?? item.unitPrice).includesTax;
  const tax = settleWithHalf('tax');
  const discount = settleWithHalf('discount');
  const taxedUnit = item.unitPrice.includesTax ? unitAmount : plus(unitAmount, tax.unit);
  const taxedValue = includesTax ? value : plus(value, tax.value);
  const withTax = { unit: settle('with_tax', 'unit', taxedUnit), value: settle('with_tax', 'value', taxedValue) };
  return {
    value,
    includesTax,
    taxedValue: withTax.value === null ? null : taxedValue,
    prices: {
      with_tax: withTax,
      without_tax: {
        unit: settle('without_tax', 'unit', minus(withTax.unit, tax.unit)),
        value: settle('without_tax', 'value', minus(withTax.value, tax.value)),
      },
      tax,
      discount,
      without_discount: {
        unit: settle('without_discount', 'unit', plus(withTax.unit, discount.unit)),
        value: settle('without_discount', 'value', plus(withTax.value, discount.value)),
      },
    },
  };
}

function orderAmounts(given: GivenOrderPrices, items: readonly ItemAmounts[], faults: PriceFault[]): OrderAmounts {
  const settle = (name: OrderTotalName, computed: Amount): Amount =>
    givenAmount(given[name]) ?? bounded(computed, ['meta', 'display_price', name, 'amount'], faults);

  const withTax = settle('with_tax', items.map((item) => item.taxedValue).reduce(plus, 0n));
  const tax = settle('tax', items.map((item) => item.prices.tax.value).reduce(plus, 0n));
  const discount = settle('discount', 0n);
  const paid = settle('paid', 0n);
  const authorized = settle('authorized', 0n);
  const owing = minus(minus(withTax, paid), authorized);
  return {
    with_tax: withTax,
    without_tax: settle('without_tax', minus(withTax, tax)),
    tax,
    discount,
    balance_owing: settle('balance_owing', owing !== null && owing < 0n ? 0n : owing),
    paid,
    authorized,
    without_discount: settle('without_discount', plus(withTax, discount)),
  };
}

function splitOrderPrices(totals: OrderAmounts, given: GivenOrderPrices, currency: string) {
  const kept: Mutable<GivenOrderPrices> = {};
  const computed: Mutable<ComputedOrderPrices> = {};
  for (const name of [...ORDER_TOTALS, ...ORDER_EXTRAS]) {
    const price = given[name];
    if (price !== undefined) kept[name] = copyPrice(price);
    if (price !== undefined && price.formatted === undefined) computed[name] = toMoney(price.amount, currency);
  }
  for (const name of ORDER_TOTALS) {
    if (given[name] === undefined) computed[name] = toMoney(toNumber(totals[name]), currency);
  }
  return { given: kept, computed };
}

function toPricedItem(amounts: ItemAmounts, given: GivenItemPrices, currency: string): PricedItem {
  const kept: Mutable<GivenItemPrices> = {};
  const computed: Mutable<ComputedItemPrices> = {};
  for (const name of ITEM_PRICES) {
    for (const part of PARTS) {
      const price = given[name]?.[part];
      if (price !== undefined) kept[name] = { ...kept[name], [part]: copyPrice(price) };
      if (price?.formatted === undefined) {
        computed[name] = { ...computed[name], [part]: toMoney(toNumber(amounts.prices[name][part]), currency) };
      }
    }
  }
  const value = { amount: toNumber(amounts.value), currency, includesTax: amounts.includesTax };
  return { value, given: kept, computed };
}

/** Only the members that a price has: what is stored and answered later holds nothing else that came along. */
function copyPrice({ amount, currency, formatted }: GivenPrice): GivenPrice {
  return formatted === undefined ? { amount, currency } : { amount, currency, formatted };
}

function givenAmount(price: { readonly amount: number } | undefined): Amount | undefined {
  return price === undefined ? undefined : BigInt(price.amount);
}

function bounded(amount: Amount, path: PriceFault['path'], faults: PriceFault[]): Amount {
  if (amount === null || (amount <= LARGEST && amount >= -LARGEST)) return amount;
  faults.push({ path, rule: 'amount_too_large' });
  return null;
}

function plus(left: Amount, right: Amount): Amount {
  return left === null || right === null ? null : left + right;
}

function minus(left: Amount, right: Amount): Amount {
  return left === null || right === null ? null : left - right;
}

/** The part of one piece in a value, to the nearest minor unit, halves away from zero. Of no piece it is 0. */
function share(value: Amount, quantity: bigint): Amount {
  if (value === null) return null;
  if (quantity === 0n) return 0n;
  const [size, pieces] = [value < 0n ? -value : value, quantity < 0n ? -quantity : quantity];
  const rounded = (2n * size + pieces) / (2n * pieces);
  return value < 0n === quantity < 0n ? rounded : -rounded;
}

function toNumber(amount: Amount): number {
  if (amount === null) throw new Error('an amount is missing without a fault that says why');
  return Number(amount);
}
