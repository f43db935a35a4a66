import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { AppError, type ErrorEntry } from '../errors/app-error.js';
import { errorCatalog } from '../errors/error-catalog.js';
import { Prisma } from '../generated/prisma/client.js';
import type { OrderModel } from '../generated/prisma/models.js';
import { inStore, ownedBy, type RequestScope } from '../scope/request-scope.js';
import { toBillingAddress, toShippingAddress } from './order-addresses.contract.js';
import { billingColumns, contactEmailColumns, customerEmailColumns, shippingColumns } from './order-rows.js';
import type { ListedOrder } from './orders.contract.js';

/** Stands where something about a person stood. */
const REMOVED = '**';

const removedAddress = Object.fromEntries(Object.keys(toShippingAddress()).map((member) => [member, REMOVED]));

/** What is known of a person, in the columns that every order has. Number and reference name the order, not a person. */
const removed = {
  anonymized: true,
  customerId: null,
  customerName: REMOVED,
  ...customerEmailColumns(REMOVED),
  accountMemberId: null,
  ...shippingColumns(toShippingAddress(removedAddress)),
  ...billingColumns(toBillingAddress(removedAddress)),
  shippingName: REMOVED,
  billingName: REMOVED,
};

@Injectable()
export class OrderAnonymizationService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Overwrites what the orders tell of people and unlinks them from their customers: all of them, or none if one may not be.
   *
   * @param ids without doubles
   * @returns the orders in the order of the ids
   * @throws AppError `anonymization_refused`, with an entry for each order that may not be or does not exist
   */
  anonymize(scope: RequestScope, ids: readonly string[]): Promise<ListedOrder[]> {
    return this.database.write(scope, async (tx) => {
      await tx.lock('orders', { ...inStore(scope), id: ids }, 'update');
      const where = { ...ownedBy(scope), id: { in: [...ids] } };
      refuseUnlessAllowed(ids, await tx.order.findMany({ where }));

      const change = { ...removed, version: { increment: 1 }, updatedAt: this.clock.now() };
      await tx.order.updateMany({ where, data: change });
      await tx.order.updateMany({
        where: { ...where, OR: [{ contactName: { not: null } }, { contactEmail: { not: null } }] },
        data: { contactName: REMOVED, ...contactEmailColumns(REMOVED) },
      });
      for (const id of ids) tx.record({ type: 'order_anonymized', subjectId: id });
      const ofOrders = { ...inStore(scope), orderId: { in: [...ids] } };
      // What an item is related to may be a person, whatever the writer calls it.
      await tx.orderItem.updateMany({ where: ofOrders, data: { relationships: Prisma.DbNull } });
      return this.read(tx, scope, ids);
    });
  }

  private async read(tx: WriteTransaction, scope: RequestScope, ids: readonly string[]): Promise<ListedOrder[]> {
    const orders = await tx.order.findMany({ where: { ...inStore(scope), id: { in: [...ids] } } });
    const items = await tx.orderItem.findMany({
      where: { ...inStore(scope), orderId: { in: [...ids] } },
      select: { id: true, orderId: true },
      orderBy: { position: 'asc' },
    });
    const itemIds = new Map(ids.map((id): [string, { id: string }[]] => [id, []]));
    for (const { id, orderId } of items) itemIds.get(orderId)?.push({ id });
    const byId = new Map(orders.map((order) => [order.id, { order, items: [], itemIds: itemIds.get(order.id) ?? [] }]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }
}

function refuseUnlessAllowed(ids: readonly string[], orders: readonly OrderModel[]): void {
  const byId = new Map(orders.map((order) => [order.id, order]));
  const entries = ids.flatMap((id): ErrorEntry[] => {
    const order = byId.get(id);
    const meta = { order_id: id };
    if (order === undefined) return [{ detail: errorCatalog.order_not_found.detail, meta }];
    return isDone(order) ? [] : [{ detail: `Order has status: ${statesOf(order)}; ${ALLOWED}`, meta }];
  });
  if (entries.length > 0) throw new AppError('anonymization_refused', { entries });
}

const ALLOWED = 'only fulfilled or refunded or cancelled orders may be anonymized';

/** Nobody needs to know any more where it goes and who pays. */
function isDone({ status, payment, shipping }: OrderModel): boolean {
  return shipping === 'fulfilled' || payment === 'refunded' || status === 'cancelled';
}

function statesOf({ status, payment, shipping }: OrderModel): string {
  return `order:${status}, payment:${payment}, shipping:${shipping}`;
}
