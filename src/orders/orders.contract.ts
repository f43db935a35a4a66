import { parseUuid } from '../crypto/identifiers.js';
import { type CustomerResource, toCustomerResource } from '../customers/customers.contract.js';
import { AppError } from '../errors/app-error.js';
import type { OrderPayment, OrderShipping, OrderStatus } from '../generated/prisma/enums.js';
import type { CustomerModel, OrderItemModel, OrderModel } from '../generated/prisma/models.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import {
  type ComputedOrderPrices,
  type GivenOrderPrices,
  mergeOrderPrices,
  type OrderPrices,
} from './display-prices.js';
import {
  type BillingAddressResource,
  type ShippingAddressResource,
  toBillingAddress,
  toShippingAddress,
} from './order-addresses.contract.js';
import { type OrderItemResource, toOrderItemResource } from './order-items.contract.js';

interface Person {
  name: string;
  email: string;
}
interface Relationship<Type extends string> {
  data: { type: Type; id: string };
}

/** An order as clients see it. */
export interface OrderResource {
  type: 'order';
  id: string;
  order_number: string | null;
  external_ref: string | null;
  status: OrderStatus;
  payment: OrderPayment;
  shipping: OrderShipping;
  anonymized: boolean;
  /** The id only where the order is linked to a customer. */
  customer: { id?: string } & Person;
  /** Of an order that a business account placed. */
  contact?: Person;
  shipping_address: ShippingAddressResource;
  billing_address: BillingAddressResource;
  /** An object, as one client reads it as a map. */
  links: Record<string, never>;
  meta: {
    display_price: OrderPrices;
    /** RFC 3339, whole seconds. */
    timestamps: { created_at: string; updated_at: string };
    /** The order was written through the interface and not made out of a cart. */
    is_manual: true;
  };
  relationships: {
    /** The type is `item` here and `order_item` in `included`: clients know both so. */
    items: { data: { type: 'item'; id: string }[] };
    customer?: Relationship<'customer'>;
    account?: Relationship<'account'>;
    account_member?: Relationship<'account_member'>;
  };
}

/** What stands beside `data` where the items were asked for. */
export interface IncludedOrderItems {
  included: { items: OrderItemResource[] };
}

/** What stands beside `data` where anything was asked for, and in it what was. */
export interface IncludedWithOrders {
  included?: {
    items?: OrderItemResource[];
    /** The customers that the orders are linked to, each once, in the order of the orders. */
    customer?: CustomerResource[];
  };
}

export interface OrderWithItems {
  readonly order: OrderModel;
  /** In the order in which the writer sent the items. */
  readonly items: readonly OrderItemModel[];
}

/** A row of a list: the items are there where they were asked for, their ids always. */
export interface ListedOrder extends OrderWithItems {
  readonly itemIds: readonly { readonly id: string }[];
}

/** @throws AppError `order_not_found` for text that is no id: it never reaches a query */
export function orderInPath(text: string): string {
  const id = parseUuid(text);
  if (id === null) throw new AppError('order_not_found');
  return id;
}

/** @param items in the order in which the writer sent them */
export function toOrderResource(order: OrderModel, items: readonly { readonly id: string }[]): OrderResource {
  // Both halves were written by this service, in this form; so were the addresses.
  const given = order.givenPrices as GivenOrderPrices;
  const computed = order.computedPrices as ComputedOrderPrices;
  const { contactName, contactEmail } = order;
  const hasContact = contactName !== null || contactEmail !== null;
  return {
    type: 'order',
    id: order.id,
    order_number: order.orderNumber,
    external_ref: order.externalRef,
    status: order.status,
    payment: order.payment,
    shipping: order.shipping,
    anonymized: order.anonymized,
    customer: {
      ...(order.customerId === null ? {} : { id: order.customerId }),
      name: order.customerName,
      email: order.customerEmail,
    },
    ...(hasContact ? { contact: { name: contactName ?? '', email: contactEmail ?? '' } } : {}),
    shipping_address: toShippingAddress(order.shippingAddress as Partial<ShippingAddressResource>),
    billing_address: toBillingAddress(order.billingAddress as Partial<BillingAddressResource>),
    links: {},
    meta: {
      display_price: mergeOrderPrices(given, computed),
      timestamps: { created_at: toSeconds(order.createdAt), updated_at: toSeconds(order.updatedAt) },
      is_manual: true,
    },
    relationships: {
      items: { data: items.map(({ id }) => ({ type: 'item', id })) },
      ...relationship('customer', order.customerId),
      ...relationship('account', order.accountId),
      ...relationship('account_member', order.accountMemberId),
    },
  };
}

/** Both lists only where they were asked for; no `included` where nothing was. */
export function toIncluded(
  includes: { readonly items: boolean; readonly customer: boolean },
  orders: readonly OrderWithItems[],
  customers: readonly CustomerModel[],
): IncludedWithOrders {
  if (!includes.items && !includes.customer) return {};
  return {
    included: {
      ...(includes.items ? toIncludedItems(orders).included : {}),
      ...(includes.customer ? { customer: customers.map(toCustomerResource) } : {}),
    },
  };
}

export function toIncludedItems(orders: readonly OrderWithItems[]): IncludedOrderItems {
  return {
    included: {
      items: orders.flatMap(({ order, items }) => items.map((item) => toOrderItemResource(item, order.currency))),
    },
  };
}

function relationship<Type extends string>(type: Type, id: string | null) {
  return id === null ? {} : { [type]: { data: { type, id } } };
}
