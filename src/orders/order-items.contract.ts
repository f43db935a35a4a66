import { z } from 'zod';
import type { OrderItemModel } from '../generated/prisma/models.js';
import { secondsMeta, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { broughtId, typeMember } from '../jsonapi/request-body.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import { type ComputedItemPrices, type GivenItemPrices, ItemPrices, mergeItemPrices } from './display-prices.js';
import { ItemDisplayPrice, TaxedPrice } from './given-prices.contract.js';
import { GivenItemRelationships, ItemRelationships } from './item-relationships.contract.js';
import { moment, optional, text } from './order-members.js';

const TEXT_LENGTH_MAX = 255;
/** The largest that the column holds. */
const QUANTITY_MAX = 2_147_483_647;
/** More than any basket has. It bounds the work that one request makes, and what a page of orders with their items can grow to. */
const ITEMS_MAX = 1_000;

const CreateOrderItem = z
  .object({
    id: broughtId,
    type: typeMember('order_item'),
    quantity: z.int().min(1).max(QUANTITY_MAX),
    product_id: text(TEXT_LENGTH_MAX),
    sku: text(TEXT_LENGTH_MAX),
    name: text(TEXT_LENGTH_MAX),
    location: text(TEXT_LENGTH_MAX),
    unit_price: TaxedPrice,
    value: optional(TaxedPrice),
    meta: optional(
      z.object({
        display_price: optional(ItemDisplayPrice),
        timestamps: optional(z.object({ created_at: moment, updated_at: moment })),
      }),
    ),
    relationships: GivenItemRelationships,
  })
  .transform(({ unit_price: unitPrice, value, ...item }) => {
    const includesTax = unitPrice.includesTax ?? false;
    return {
      ...item,
      unitPrice: { ...unitPrice, includesTax },
      // A value that does not say whether it includes tax is of the same kind as the price that it is a multiple of.
      value: value === undefined ? undefined : { ...value, includesTax: value.includesTax ?? includesTax },
    };
  });
named('CreateOrderItem', 'An item as the system that owns the order has it.', CreateOrderItem);
export type CreateOrderItem = z.output<typeof CreateOrderItem>;

export const IncludedItems = optional(z.object({ items: optional(z.array(CreateOrderItem).max(ITEMS_MAX)) }));

const TaxedPriceResource = named(
  'TaxedPrice',
  'A price as its writer gave it, in minor units.',
  z.strictObject({ amount: z.int(), currency: z.string(), includes_tax: z.boolean() }),
);

export const OrderItemResource = named(
  'OrderItem',
  'What was bought, and how much of it.',
  z.strictObject({
    type: z.literal('order_item'),
    id: uuid,
    product_id: z.string(),
    name: z.string(),
    sku: z.string(),
    quantity: z.int().min(1),
    location: z.string().exactOptional().describe('Only where the writer named one.'),
    unit_price: TaxedPriceResource,
    value: TaxedPriceResource,
    links: z.strictObject({}),
    meta: z.strictObject({ display_price: ItemPrices, ...secondsMeta.shape }),
    relationships: ItemRelationships,
  }),
);
export type OrderItemResource = z.output<typeof OrderItemResource>;

/** @param currency of the order that the item belongs to */
export function toOrderItemResource(item: OrderItemModel, currency: string): OrderItemResource {
  // Both halves were written by this service, in this form; so were the relationships.
  const displayPrice = mergeItemPrices(item.givenPrices as GivenItemPrices, item.computedPrices as ComputedItemPrices);
  return {
    type: 'order_item',
    id: item.id,
    product_id: item.productId,
    name: item.name,
    sku: item.sku,
    quantity: item.quantity,
    ...(item.location === null ? {} : { location: item.location }),
    unit_price: { amount: Number(item.unitPriceAmount), currency, includes_tax: item.unitPriceIncludesTax },
    value: { amount: Number(item.valueAmount), currency, includes_tax: item.valueIncludesTax },
    links: {},
    meta: {
      display_price: displayPrice,
      timestamps: { created_at: toSeconds(item.createdAt), updated_at: toSeconds(item.updatedAt) },
    },
    relationships: (item.relationships ?? {}) as ItemRelationships,
  };
}
