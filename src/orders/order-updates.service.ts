import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { AppError } from '../errors/app-error.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { OrderItemModel, OrderModel } from '../generated/prisma/models.js';
import { type Fault, validationError } from '../jsonapi/faults.js';
import { inStore, ownedBy, type RequestScope } from '../scope/request-scope.js';
import type { GivenItemPrices, GivenOrderPrices } from './display-prices.js';
import {
  type BillingAddressResource,
  changedAddress,
  type ShippingAddressResource,
  toBillingAddress,
  toShippingAddress,
} from './order-addresses.contract.js';
import type { UpdateOrder } from './order-bodies.contract.js';
import { insertOrderItems } from './order-item-rows.js';
import { type ItemToPrice, type OrderToPrice, type PricedOrder, priceOrder } from './order-prices.js';
import { billingColumns, itemRow, priceColumns, referenceColumns, shippingColumns, toPricing } from './order-rows.js';
import { meansVersion } from './order-version.js';
import { orderInPath, type OrderWithItems } from './orders.contract.js';
import { toBodyFaults } from './price-faults.js';

/** A write of one order that exists, as it was asked for. */
interface OrderWrite {
  /** As the path has it. */
  readonly id: string;
  /** The header of this name. */
  readonly ifMatch: string | undefined;
}

@Injectable()
export class OrderUpdatesService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Changes what the body names and leaves the rest.
   *
   * @throws AppError `order_not_found`, `precondition_failed`, `validation_failed`, `id_taken` of an item
   */
  update(scope: RequestScope, write: OrderWrite, input: UpdateOrder): Promise<OrderWithItems> {
    return this.database.write(scope, async (tx) => {
      const stored = await this.lock(tx, scope, write);
      const faults = linkFaults(stored, input);
      const where = { ...inStore(scope), orderId: stored.id };
      const items = await tx.orderItem.findMany({ where, orderBy: { position: 'asc' } });
      const prices = changedPrices(stored, items, input, faults);
      if (faults.length > 0) throw validationError('failed_validation', faults);

      const now = this.clock.now();
      const order = await tx.order.update({
        where: { storeId_id: { ...inStore(scope), id: stored.id } },
        data: {
          ...changedColumns(stored, input),
          ...(prices === null ? {} : priceColumns(prices)),
          version: { increment: 1 },
          updatedAt: now,
        },
      });
      tx.record({ type: 'order_changed', subjectId: order.id, data: { customer_id: order.customerId } });
      if (input.items === undefined || prices === null) return { order, items };
      const replaced = replacedItems(order, items, input.items, prices, now);
      await tx.orderItem.deleteMany({ where });
      await insertOrderItems(tx, replaced);
      return { order, items: replaced };
    });
  }

  /** Removes the order and its items. @throws AppError `order_not_found`, `precondition_failed` */
  remove(scope: RequestScope, write: OrderWrite): Promise<void> {
    return this.database.write(scope, async (tx) => {
      const { id, customerId } = await this.lock(tx, scope, write);
      await tx.order.delete({ where: { storeId_id: { ...inStore(scope), id } } });
      tx.record({ type: 'order_deleted', subjectId: id, data: { customer_id: customerId } });
    });
  }

  /** The order as it is now, held until the transaction ends: of two writers the second sees what the first has written. */
  private async lock(tx: WriteTransaction, scope: RequestScope, write: OrderWrite): Promise<OrderModel> {
    const id = orderInPath(write.id);
    await tx.lock('orders', { ...inStore(scope), id }, 'update');
    const order = await tx.order.findFirst({ where: { ...ownedBy(scope), id } });
    if (order === null) throw new AppError('order_not_found');
    if (!meansVersion(write.ifMatch, order.version)) throw new AppError('precondition_failed');
    return order;
  }
}

/**
 * Of an anonymized order the members about a person are overlooked: a message that comes late must neither bring them back nor
 * fail for ever.
 */
function linkFaults(stored: OrderModel, { customerLink: link }: UpdateOrder): Fault[] {
  if (link === null || link.id === stored.customerId || stored.anonymized) return [];
  return [{ path: link.path, rule: 'text', text: 'may not be changed.' }];
}

function changedColumns(stored: OrderModel, { data }: UpdateOrder): Prisma.OrderUncheckedUpdateInput {
  return {
    ...(data.order_number === undefined ? {} : { orderNumber: data.order_number }),
    ...(data.external_ref === undefined ? {} : referenceColumns(data.external_ref)),
    ...(data.status === undefined ? {} : { status: data.status }),
    ...(data.payment === undefined ? {} : { payment: data.payment }),
    ...(data.shipping === undefined ? {} : { shipping: data.shipping }),
    ...(stored.anonymized ? {} : addressColumns(stored, data)),
  };
}

/** Both addresses were written by this service, in this form. */
function addressColumns(stored: OrderModel, data: UpdateOrder['data']) {
  const shipping = stored.shippingAddress as Partial<ShippingAddressResource>;
  const billing = stored.billingAddress as Partial<BillingAddressResource>;
  const { shipping_address: toShip, billing_address: toBill } = data;
  return {
    ...(toShip === undefined ? {} : shippingColumns(toShippingAddress(changedAddress(shipping, toShip)))),
    ...(toBill === undefined ? {} : billingColumns(toBillingAddress(changedAddress(billing, toBill)))),
  };
}

/** The prices as they are after the change; null where nothing that they are made of changes. */
function changedPrices(
  stored: OrderModel,
  storedItems: readonly OrderItemModel[],
  { data, items, itemsPath }: UpdateOrder,
  faults: Fault[],
): PricedOrder | null {
  const given = data.meta?.display_price;
  if (given === undefined && items === undefined) return null;
  const order: OrderToPrice = {
    items: items?.map(toPricing) ?? storedItems.map((item) => storedPricing(item, stored.currency)),
    displayPrice: { ...(stored.givenPrices as GivenOrderPrices), ...withoutGaps(given ?? {}) },
    currency: stored.currency,
  };
  const pricing = priceOrder(order);
  if (pricing.ok) return pricing.prices;
  faults.push(...toBodyFaults(pricing.faults, itemsPath));
  return null;
}

/** A price that the change leaves out must not hide the one that was given before. */
function withoutGaps(given: GivenOrderPrices): GivenOrderPrices {
  return Object.fromEntries(Object.entries(given).filter(([, price]) => price !== undefined));
}

/** Whether its value was given or computed makes no difference: unit price and quantity stay. */
function storedPricing(item: OrderItemModel, currency: string): ItemToPrice {
  return {
    quantity: item.quantity,
    unitPrice: { amount: Number(item.unitPriceAmount), currency, includesTax: item.unitPriceIncludesTax },
    value: { amount: Number(item.valueAmount), currency, includesTax: item.valueIncludesTax },
    displayPrice: item.givenPrices as GivenItemPrices,
  };
}

/** An item whose id the order had before is as old as it was. */
function replacedItems(
  order: OrderModel,
  before: readonly OrderItemModel[],
  items: NonNullable<UpdateOrder['items']>,
  prices: PricedOrder,
  now: Date,
): OrderItemModel[] {
  const madeAt = new Map(before.map(({ id, createdAt }) => [id, createdAt]));
  return items.map((item, position) => {
    const createdAt = item.id === undefined ? now : (madeAt.get(item.id) ?? now);
    const row = itemRow(item, prices.items[position], position, order, { createdAt, updatedAt: now });
    // They may name a person.
    return order.anonymized ? { ...row, relationships: null } : row;
  });
}
