import type { WriteTransaction } from '../database/write-transaction.js';
import type { OrderItemModel } from '../generated/prisma/models.js';

/**
 * Stores the items of an order in one statement whose text is the same for any number of items. Prisma's `createMany` builds a
 * statement for each number: of a thousand items it takes most of a second, in which no other request is served, and the
 * database connection keeps each of those texts prepared.
 *
 * @param items of one store
 */
export async function insertOrderItems(tx: WriteTransaction, items: readonly OrderItemModel[]): Promise<void> {
  const [first] = items;
  if (first === undefined) return;
  const rows = JSON.stringify(items.map(toRow));
  await tx.$executeRaw`
    INSERT INTO public.order_items (store_id, id, order_id, position, product_id, sku, name, location, quantity, unit_price_amount,
      unit_price_includes_tax, value_amount, value_includes_tax, given_prices, computed_prices, relationships, created_at, updated_at)
    SELECT ${first.storeId}::uuid, id, order_id, position, product_id, sku, name, location, quantity, unit_price_amount,
      unit_price_includes_tax, value_amount, value_includes_tax, given_prices, computed_prices, relationships, created_at, updated_at
    FROM jsonb_populate_recordset(NULL::public.order_items, ${rows}::jsonb)`;
}

/** By the names of the columns. The amounts are safe integers: the pricing of the order has seen to it. */
function toRow(item: OrderItemModel) {
  return {
    id: item.id,
    order_id: item.orderId,
    position: item.position,
    product_id: item.productId,
    sku: item.sku,
    name: item.name,
    location: item.location,
    quantity: item.quantity,
    unit_price_amount: Number(item.unitPriceAmount),
    unit_price_includes_tax: item.unitPriceIncludesTax,
    value_amount: Number(item.valueAmount),
    value_includes_tax: item.valueIncludesTax,
    given_prices: item.givenPrices,
    computed_prices: item.computedPrices,
    relationships: item.relationships,
    created_at: item.createdAt,
    updated_at: item.updatedAt,
  };
}
