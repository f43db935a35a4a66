import { z } from 'zod';
import { named } from '../jsonapi/named.js';
import { Money } from './money.js';

export const ITEM_PRICES = ['with_tax', 'without_tax', 'tax', 'discount', 'without_discount'] as const;
export const ORDER_TOTALS = [
  'with_tax',
  'without_tax',
  'tax',
  'discount',
  'balance_owing',
  'paid',
  'authorized',
  'without_discount',
] as const;
/** Answered where the writer gave them; nothing computes them and no total counts them. */
export const ORDER_EXTRAS = ['shipping', 'shipping_discount'] as const;
export const PARTS = ['unit', 'value'] as const;

export type ItemPriceName = (typeof ITEM_PRICES)[number];
export type OrderTotalName = (typeof ORDER_TOTALS)[number];
export type OrderExtraName = (typeof ORDER_EXTRAS)[number];
/** Of an item's price: for one piece, and for all of the quantity. */
export type Part = (typeof PARTS)[number];

/** A price of `meta.display_price` as its writer sent it. The amount is a safe integer. */
export interface GivenPrice {
  readonly amount: number;
  readonly currency: string;
  readonly formatted?: string | undefined;
}
export type GivenItemPrices = {
  readonly [N in ItemPriceName]?: { readonly [P in Part]?: GivenPrice | undefined } | undefined;
};
export type GivenOrderPrices = { readonly [N in OrderTotalName | OrderExtraName]?: GivenPrice | undefined };

/** What the given prices lack: whole prices, and prices given without `formatted` once more, with it. */
export type ComputedItemPrices = { readonly [N in ItemPriceName]?: { readonly [P in Part]?: Money } };
export type ComputedOrderPrices = { readonly [N in OrderTotalName | OrderExtraName]?: Money };

const unitAndValue = z.strictObject({ unit: Money, value: Money });

export const ItemPrices = named(
  'OrderItemPrices',
  'What an item costs: one piece of it, and all of its quantity.',
  z.strictObject({
    with_tax: unitAndValue,
    without_tax: unitAndValue,
    tax: unitAndValue,
    discount: unitAndValue,
    without_discount: unitAndValue,
  }),
);
export type ItemPrices = z.output<typeof ItemPrices>;

export const OrderPrices = named(
  'OrderPrices',
  'What an order costs. What its writer gave is answered as it was given.',
  z.strictObject({
    with_tax: Money,
    without_tax: Money,
    tax: Money,
    discount: Money,
    balance_owing: Money,
    paid: Money,
    authorized: Money,
    without_discount: Money,
    shipping: Money.exactOptional(),
    shipping_discount: Money.exactOptional(),
  }),
);
export type OrderPrices = z.output<typeof OrderPrices>;

/** The price object of an answer, from the two halves that were stored. */
export function mergeOrderPrices(given: GivenOrderPrices, computed: ComputedOrderPrices): OrderPrices {
  const total = (name: OrderTotalName) => mergePrice(given[name], computed[name], name);
  const extra = (name: OrderExtraName) =>
    given[name] === undefined ? {} : { [name]: mergePrice(given[name], computed[name], name) };
  return {
    with_tax: total('with_tax'),
    without_tax: total('without_tax'),
    tax: total('tax'),
    discount: total('discount'),
    balance_owing: total('balance_owing'),
    paid: total('paid'),
    authorized: total('authorized'),
    without_discount: total('without_discount'),
    ...extra('shipping'),
    ...extra('shipping_discount'),
  };
}

/** The price object of an item in an answer, from the two halves that were stored. */
export function mergeItemPrices(given: GivenItemPrices, computed: ComputedItemPrices): ItemPrices {
  const pair = (name: ItemPriceName) => ({
    unit: mergePrice(given[name]?.unit, computed[name]?.unit, `${name}.unit`),
    value: mergePrice(given[name]?.value, computed[name]?.value, `${name}.value`),
  });
  return {
    with_tax: pair('with_tax'),
    without_tax: pair('without_tax'),
    tax: pair('tax'),
    discount: pair('discount'),
    without_discount: pair('without_discount'),
  };
}

function mergePrice(given: GivenPrice | undefined, computed: Money | undefined, name: string): Money {
  const price = given ?? computed;
  const formatted = given?.formatted ?? computed?.formatted;
  if (price === undefined || formatted === undefined) throw new Error(`the stored prices lack ${name}`);
  return { amount: price.amount, currency: price.currency, formatted };
}
