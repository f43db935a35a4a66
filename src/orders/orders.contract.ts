import { z } from 'zod';
import { parseUuid } from '../crypto/identifiers.js';
import { CustomerResource, toCustomerResource } from '../customers/customers.contract.js';
import { AppError } from '../errors/app-error.js';
import { OrderPayment, OrderShipping, OrderStatus } from '../database/enumerations.js';
import type { CustomerModel, OrderItemModel, OrderModel } from '../generated/prisma/models.js';
import { secondsMeta, uuid } from '../jsonapi/answer-members.js';
import { named } from '../jsonapi/named.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import { type ComputedOrderPrices, type GivenOrderPrices, mergeOrderPrices, OrderPrices } from './display-prices.js';
import {
  BillingAddressResource,
  ShippingAddressResource,
  toBillingAddress,
  toShippingAddress,
} from './order-addresses.contract.js';
import { OrderItemResource, toOrderItemResource } from './order-items.contract.js';

const person = { name: z.string(), email: z.string() };

function relationshipTo<Type extends string>(type: Type, id: z.ZodString) {
  return z.strictObject({ data: z.strictObject({ type: z.literal(type), id }) });
}

export const OrderResource = named(
  'Order',
  'An order that is kept elsewhere, as it was last written here.',
  z.strictObject({
    type: z.literal('order'),
    id: uuid,
    order_number: z.string().nullable(),
    external_ref: z.string().nullable(),
    status: z.enum(OrderStatus),
    payment: z.enum(OrderPayment),
    shipping: z.enum(OrderShipping),
    anonymized: z.boolean(),
    customer: z
      .strictObject({ id: uuid.exactOptional(), ...person })
      .describe('The id only where the order is linked to a customer.'),
    contact: z.strictObject(person).exactOptional().describe('Of an order that a business account placed.'),
    shipping_address: ShippingAddressResource,
    billing_address: BillingAddressResource,
    links: z.strictObject({}).describe('An object, as one client reads it as a map.'),
    meta: z.strictObject({
      display_price: OrderPrices,
      ...secondsMeta.shape,
      is_manual: z.literal(true).describe('The order was written through the interface and not made out of a cart.'),
    }),
    relationships: z.strictObject({
      items: z
        .strictObject({ data: z.array(z.strictObject({ type: z.literal('item'), id: uuid })) })
        .describe('The type is `item` here and `order_item` in `included`: clients know both so.'),
      customer: relationshipTo('customer', uuid).exactOptional(),
      account: relationshipTo('account', z.string()).exactOptional(),
      account_member: relationshipTo('account_member', z.string()).exactOptional(),
    }),
  }),
);
export type OrderResource = z.output<typeof OrderResource>;

/** What stands beside `data` where the items were asked for. */
export const IncludedOrderItems = z.strictObject({
  included: z.strictObject({ items: z.array(OrderItemResource) }),
});
export type IncludedOrderItems = z.output<typeof IncludedOrderItems>;

/** What stands beside `data` where anything was asked for, and in it what was. */
export const IncludedWithOrders = z.strictObject({
  included: z
    .strictObject({
      items: z.array(OrderItemResource).exactOptional(),
      customer: z
        .array(CustomerResource)
        .exactOptional()
        .describe('The customers that the orders are linked to, each once, in the order of the orders.'),
    })
    .exactOptional(),
});
export type IncludedWithOrders = z.output<typeof IncludedWithOrders>;

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
