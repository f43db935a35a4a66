import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { violatedConstraint } from '../database/database-errors.js';
import type { Reader } from '../database/reader.js';
import { AppError } from '../errors/app-error.js';
import { errorCatalog } from '../errors/error-catalog.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { CustomerModel, OrderModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import { type Fault, validationError } from '../jsonapi/faults.js';
import { inOrder, type ListQuery, selectPage } from '../jsonapi/list-query.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import { inStore, ownedBy, type RequestScope } from '../scope/request-scope.js';
import type { CreateOrder, CustomerLink } from './order-bodies.contract.js';
import { insertOrderItems } from './order-item-rows.js';
import { priceOrder } from './order-prices.js';
import { itemRow, type LinkedCustomer, orderColumns, toPricing } from './order-rows.js';
import { type ListedOrder, orderInPath, type OrderWithItems } from './orders.contract.js';
import { ordersIn } from './orders.query.js';
import { toBodyFaults } from './price-faults.js';

/** Items that one answer to a list may include. One order has at most a thousand, so five orders always fit. */
const ITEMS_PER_PAGE_MAX = 5_000;
/** As ids alone, which every order of a list shows. */
const ITEM_IDS_PER_PAGE_MAX = 25_000;

/** What an answer shows beside the orders. */
export interface OrderIncludes {
  readonly items: boolean;
  readonly customer: boolean;
}

/** The customers that the orders are linked to, each once, in the order of the orders; none where they were not asked for. */
interface WithCustomers {
  readonly customers: readonly CustomerModel[];
}

@Injectable()
export class OrdersService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `validation_failed`, `id_taken` */
  async create(scope: RequestScope, input: CreateOrder): Promise<OrderWithItems> {
    const pricing = priceOrder({ items: input.items.map(toPricing), displayPrice: input.data.meta?.display_price });
    const faults = pricing.ok ? [] : toBodyFaults(pricing.faults, input.itemsPath);
    const link = input.customerLink;
    const customer = link === null ? null : await this.findCustomer(scope, link);
    if (link !== null && customer === null) faults.push(unknownCustomer(link));
    if (!pricing.ok || faults.length > 0) throw validationError('failed_validation', faults);

    const order = { ...inStore(scope), ...orderColumns(input.data, customer, pricing.prices, this.clock.now()) };
    const items = input.items.map((item, index) => itemRow(item, pricing.prices.items[index], index, order, order));
    try {
      return await this.database.write(scope, async (tx) => {
        const stored = await tx.order.create({ data: order });
        await insertOrderItems(tx, items);
        tx.record({ type: 'order_created', subjectId: stored.id, data: { customer_id: stored.customerId } });
        return { order: stored, items };
      });
    } catch (cause) {
      const constraint = violatedConstraint(cause);
      if (constraint === 'orders_pkey') throw await this.idTaken(scope, order.id, cause);
      // The customer went after the look above: the database holds the link or refuses it, so no order points to nobody.
      if (link === null || constraint !== 'orders_customer_fkey') throw cause;
      throw validationError('failed_validation', [unknownCustomer(link)]);
    }
  }

  /** Tells when the order that has the id was written last, so that a writer knows whether its message says anything new. */
  private async idTaken(scope: RequestScope, id: string, cause: unknown): Promise<AppError> {
    const where = { ...inStore(scope), id };
    const stored = await this.database.read.order.findFirst({ where, select: { updatedAt: true } });
    const { detail } = errorCatalog.id_taken;
    // It may be gone by now.
    const meta = stored === null ? {} : { meta: { updated_at: toSeconds(stored.updatedAt) } };
    return new AppError('id_taken', { entries: [{ detail, ...meta }], cause });
  }

  /** @throws AppError `page_invalid` when the page holds too many items */
  async list(
    scope: RequestScope,
    query: ListQuery,
    includes: OrderIncludes,
  ): Promise<Listing<ListedOrder> & WithCustomers> {
    const { items: withItems } = includes;
    const { ids, total } = await selectPage(this.database, ordersIn(scope), query);
    return this.database.snapshot(async (tx) => {
      const found = await tx.order.findMany({ where: { ...ownedBy(scope), id: { in: [...ids] } } });
      const orders = inOrder(ids, found, ({ id }) => id);
      const ofPage = { ...inStore(scope), orderId: { in: orders.map(({ id }) => id) } };
      const byPosition = { position: 'asc' } as const;
      if (withItems && (await tx.orderItem.count({ where: ofPage })) > ITEMS_PER_PAGE_MAX) {
        throw tooManyItems(ITEMS_PER_PAGE_MAX);
      }
      const items = withItems ? await tx.orderItem.findMany({ where: ofPage, orderBy: byPosition }) : [];
      const itemIds = withItems ? items : await itemIdsOfPage(tx, ofPage);
      const itemsOf = groupByOrder(items);
      const itemIdsOf = groupByOrder(itemIds);
      const rows = orders.map((order) => ({ order, items: itemsOf(order), itemIds: itemIdsOf(order) }));
      return { rows, total, customers: includes.customer ? await customersOf(tx, scope, orders) : [] };
    });
  }

  /** @throws AppError `order_not_found`, also for the order of somebody else and for text that is no id */
  get(scope: RequestScope, text: string, includes?: OrderIncludes): Promise<OrderWithItems & WithCustomers> {
    const id = orderInPath(text);
    // Read one after the other, an order that is being deleted would show no items.
    return this.database.snapshot(async (tx) => {
      const order = await tx.order.findFirst({
        where: {
          // check: scope of an order by its id
          ...ownedBy(scope),
          id,
        },
      });
      if (order === null) throw new AppError('order_not_found');
      const where = { ...inStore(scope), orderId: id };
      const items = await tx.orderItem.findMany({ where, orderBy: { position: 'asc' } });
      return { order, items, customers: includes?.customer === true ? await customersOf(tx, scope, [order]) : [] };
    });
  }

  private findCustomer(scope: RequestScope, { id }: CustomerLink): Promise<LinkedCustomer | null> {
    return this.database.read.customer.findFirst({
      where: { ...inStore(scope), id },
      select: { id: true, name: true, email: true },
    });
  }
}

async function itemIdsOfPage(tx: Reader, where: Prisma.OrderItemWhereInput) {
  const ids = await tx.orderItem.findMany({
    where,
    orderBy: { position: 'asc' },
    select: { id: true, orderId: true },
    take: ITEM_IDS_PER_PAGE_MAX + 1,
  });
  if (ids.length > ITEM_IDS_PER_PAGE_MAX) throw tooManyItems(ITEM_IDS_PER_PAGE_MAX);
  return ids;
}

/** An answer about very many large orders would stop everybody else for a while. */
function tooManyItems(max: number): AppError {
  const detail = `The orders of this page have more than ${max} items: ask for fewer with page[limit].`;
  return new AppError('page_invalid', { detail });
}

async function customersOf(tx: Reader, scope: RequestScope, orders: OrderModel[]): Promise<CustomerModel[]> {
  const ids = [...new Set(orders.flatMap(({ customerId }) => customerId ?? []))];
  const customers = await tx.customer.findMany({ where: { ...inStore(scope), id: { in: ids } } });
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function unknownCustomer({ path }: CustomerLink): Fault {
  return { path, rule: 'in' };
}

function groupByOrder<Item extends { readonly orderId: string }>(items: readonly Item[]) {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.orderId);
    if (group === undefined) groups.set(item.orderId, [item]);
    else group.push(item);
  }
  return ({ id }: OrderModel): readonly Item[] => groups.get(id) ?? [];
}
