import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import { Database, type Transaction } from '../database/database.js';
import { violatedConstraint } from '../database/database-errors.js';
import { AppError } from '../errors/app-error.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { OrderItemModel, OrderModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import { type Fault, validationError } from '../jsonapi/faults.js';
import type { Page } from '../jsonapi/page.js';
import { inStore, ownedBy, type RequestScope } from '../scope/request-scope.js';
import { toBillingAddress, toShippingAddress } from './order-addresses.contract.js';
import type { CreateOrderItem } from './order-items.contract.js';
import { insertOrderItems } from './order-item-rows.js';
import { type PricedItem, type PricedOrder, priceOrder } from './order-prices.js';
import type { CreateOrder, CustomerLink, OrderWithItems } from './orders.contract.js';
import { toBodyFaults } from './price-faults.js';

/** Items that one answer to a list may include. One order has at most a thousand, so five orders always fit. */
const ITEMS_PER_PAGE_MAX = 5_000;

/** A row of a list: the items are there where they were asked for, their ids always. */
export interface ListedOrder extends OrderWithItems {
  readonly itemIds: readonly { readonly id: string }[];
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
    const items = input.items.map((item, position) => toItem(item, pricing.prices.items[position], position, order));
    try {
      return await this.database.transaction(async (tx) => {
        const stored = await tx.order.create({ data: order });
        await insertOrderItems(tx, items);
        return { order: stored, items };
      });
    } catch (cause) {
      // The customer went after the look above: the database holds the link or refuses it, so no order points to nobody.
      if (link === null || violatedConstraint(cause) !== 'orders_customer_fkey') throw cause;
      throw validationError('failed_validation', [unknownCustomer(link)]);
    }
  }

  /** The one that was written last comes first. @throws AppError `page_invalid` when the page holds too many items */
  list(scope: RequestScope, page: Page, withItems: boolean): Promise<Listing<ListedOrder>> {
    const where = ownedBy(scope);
    return this.snapshot(async (tx) => {
      const orders = await tx.order.findMany({
        where,
        orderBy: [{ updatedAt: 'desc' }, { id: 'desc' }],
        skip: page.offset,
        take: page.limit,
      });
      const ofPage = { ...inStore(scope), orderId: { in: orders.map(({ id }) => id) } };
      const inOrder = { position: 'asc' } as const;
      if (withItems) await refuseTooManyItems(tx, ofPage);
      const items = withItems ? await tx.orderItem.findMany({ where: ofPage, orderBy: inOrder }) : [];
      const itemIds = withItems
        ? items
        : await tx.orderItem.findMany({ where: ofPage, orderBy: inOrder, select: { id: true, orderId: true } });
      const itemsOf = groupByOrder(items);
      const itemIdsOf = groupByOrder(itemIds);
      const total = await tx.order.count({ where });
      const rows = orders.map((order) => ({ order, items: itemsOf(order), itemIds: itemIdsOf(order) }));
      return { rows, total };
    });
  }

  /** @throws AppError `order_not_found`, also for the order of somebody else and for text that is no id */
  get(scope: RequestScope, text: string): Promise<OrderWithItems> {
    const id = orderInPath(text);
    return this.snapshot(async (tx) => {
      const order = await tx.order.findFirst({ where: { ...ownedBy(scope), id } });
      if (order === null) throw new AppError('order_not_found');
      const where = { ...inStore(scope), orderId: id };
      return { order, items: await tx.orderItem.findMany({ where, orderBy: { position: 'asc' } }) };
    });
  }

  /** Removes the order and its items. @throws AppError `order_not_found` */
  async remove(scope: RequestScope, text: string): Promise<void> {
    const id = orderInPath(text);
    const { count } = await this.database.prisma.order.deleteMany({ where: { ...ownedBy(scope), id } });
    if (count === 0) throw new AppError('order_not_found');
  }

  /** An order and its items come from one moment: read one after the other, an order that is being deleted shows no items. */
  private snapshot<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.database.prisma.$transaction(work, { isolationLevel: 'RepeatableRead' });
  }

  private findCustomer(scope: RequestScope, { id }: CustomerLink): Promise<LinkedCustomer | null> {
    return this.database.prisma.customer.findUnique({
      where: { storeId_id: { ...inStore(scope), id } },
      select: { id: true, name: true, email: true },
    });
  }
}

/** An answer with all items of very many large orders would stop everybody else for seconds. */
async function refuseTooManyItems(tx: Transaction, where: Prisma.OrderItemWhereInput): Promise<void> {
  if ((await tx.orderItem.count({ where })) <= ITEMS_PER_PAGE_MAX) return;
  const detail = `The orders of this page have more than ${ITEMS_PER_PAGE_MAX} items: ask for fewer with page[limit].`;
  throw new AppError('page_invalid', { detail });
}

interface LinkedCustomer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** @throws AppError `order_not_found` for text that is no id: it never reaches a query */
function orderInPath(text: string): string {
  const id = parseUuid(text);
  if (id === null) throw new AppError('order_not_found');
  return id;
}

function unknownCustomer({ path }: CustomerLink): Fault {
  return { path, rule: 'in' };
}

function toPricing({ quantity, unitPrice, value, meta }: CreateOrderItem) {
  return { quantity, unitPrice, value, displayPrice: meta?.display_price };
}

/**
 * An anonymized order belongs to nobody and names nobody but whom its writer named, so nothing is copied from the customer.
 * Otherwise the customer's name and email stand in for those that the writer left out.
 */
function orderColumns(
  input: CreateOrder['data'],
  found: LinkedCustomer | null,
  prices: PricedOrder,
  now: Date,
): Omit<Prisma.OrderUncheckedCreateInput, 'storeId'> & { id: string; createdAt: Date; updatedAt: Date } {
  const anonymized = input.anonymized ?? false;
  const customer = anonymized ? null : found;
  return {
    id: input.id ?? newId(),
    customerId: customer?.id ?? null,
    customerName: input.customer?.name ?? customer?.name ?? '',
    customerEmail: input.customer?.email ?? customer?.email ?? '',
    accountId: input.account?.id ?? null,
    accountMemberId: input.account?.member_id ?? null,
    contactName: input.contact?.name ?? null,
    contactEmail: input.contact?.email ?? null,
    orderNumber: input.order_number ?? null,
    externalRef: input.external_ref ?? null,
    status: input.status ?? 'incomplete',
    payment: input.payment ?? 'unpaid',
    shipping: input.shipping ?? 'unfulfilled',
    anonymized,
    currency: prices.currency,
    withTax: prices.withTax,
    withoutTax: prices.withoutTax,
    givenPrices: asJson(prices.given),
    computedPrices: asJson(prices.computed),
    shippingAddress: asJson(toShippingAddress(input.shipping_address)),
    billingAddress: asJson(toBillingAddress(input.billing_address)),
    createdAt: input.meta?.timestamps?.created_at ?? now,
    updatedAt: now,
  };
}

function toItem(
  item: CreateOrderItem,
  priced: PricedItem | undefined,
  position: number,
  order: Pick<OrderModel, 'storeId' | 'id' | 'createdAt' | 'updatedAt'>,
): OrderItemModel {
  if (priced === undefined) throw new Error('an item was not priced');
  return {
    storeId: order.storeId,
    id: item.id ?? newId(),
    orderId: order.id,
    position,
    productId: item.product_id ?? '',
    sku: item.sku ?? '',
    name: item.name ?? '',
    location: item.location ?? null,
    quantity: item.quantity,
    unitPriceAmount: BigInt(item.unitPrice.amount),
    unitPriceIncludesTax: item.unitPrice.includesTax,
    valueAmount: BigInt(priced.value.amount),
    valueIncludesTax: priced.value.includesTax,
    givenPrices: asJson(priced.given),
    computedPrices: asJson(priced.computed),
    createdAt: item.meta?.timestamps?.created_at ?? order.createdAt,
    updatedAt: item.meta?.timestamps?.updated_at ?? order.updatedAt,
  };
}

/** Objects of our own making that hold texts and safe integers only; Prisma's type wants to see an index signature. */
function asJson(value: object): Prisma.JsonObject {
  return value;
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
