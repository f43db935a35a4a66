import { z } from 'zod';
import { OrderPayment, OrderShipping, OrderStatus } from '../generated/prisma/enums.js';
import type { OrderItemModel, OrderModel } from '../generated/prisma/models.js';
import { faultStyles } from '../jsonapi/faults.js';
import { broken, broughtId, typeMember } from '../jsonapi/request-body.js';
import { toSeconds } from '../jsonapi/timestamps.js';
import {
  type ComputedOrderPrices,
  type GivenOrderPrices,
  mergeOrderPrices,
  type OrderPrices,
} from './display-prices.js';
import { OrderDisplayPrice } from './given-prices.contract.js';
import {
  BillingAddress,
  type BillingAddressResource,
  ShippingAddress,
  type ShippingAddressResource,
  toBillingAddress,
  toShippingAddress,
} from './order-addresses.contract.js';
import {
  type CreateOrderItem,
  IncludedItems,
  type OrderItemResource,
  toOrderItemResource,
} from './order-items.contract.js';
import { moment, oneOf, optional, text } from './order-members.js';

const TEXT_LENGTH_MAX = 255;
const EMAIL_LENGTH_MAX = 254;
const EXTERNAL_REF_LENGTH_MAX = 2_048;

/** As the other system has it: an anonymized order holds no address that mail could be sent to. */
const person = { name: text(TEXT_LENGTH_MAX), email: text(EMAIL_LENGTH_MAX) };
const reference = optional(z.object({ data: optional(z.object({ id: broughtId })) }));

const OrderAttributes = z.object({
  id: broughtId,
  type: typeMember('order'),
  order_number: text(TEXT_LENGTH_MAX),
  external_ref: text(EXTERNAL_REF_LENGTH_MAX),
  status: oneOf(OrderStatus),
  payment: oneOf(OrderPayment),
  shipping: oneOf(OrderShipping),
  anonymized: optional(z.boolean()),
  customer: optional(z.object({ id: broughtId, ...person })),
  account: optional(z.object({ id: text(TEXT_LENGTH_MAX), member_id: text(TEXT_LENGTH_MAX) })),
  contact: optional(z.object(person)),
  shipping_address: ShippingAddress,
  billing_address: BillingAddress,
  meta: optional(
    z.object({
      display_price: optional(OrderDisplayPrice),
      timestamps: optional(z.object({ created_at: moment })),
    }),
  ),
  relationships: optional(z.object({ customer: reference })),
  included: IncludedItems,
});
type OrderAttributes = z.output<typeof OrderAttributes>;

/** The customer that an order is linked to, and the member of the body that says so. */
export interface CustomerLink {
  readonly id: string;
  readonly path: readonly string[];
}

/**
 * The items lie in `data.included.items` or beside `data` in `included.items`: of the clients that write orders, some put every
 * member into `data`, others send what the answers look like. Items in both places are refused: taking one half would drop
 * part of the order unseen.
 */
export const CreateOrder = z
  .object({ data: OrderAttributes, included: IncludedItems })
  .transform(({ data: { included, ...data }, included: beside }, context) => {
    const inside = included?.items ?? [];
    const outside = beside?.items ?? [];
    const itemsPath = inside.length > 0 ? ['data', 'included', 'items'] : ['included', 'items'];
    const items = inside.length > 0 ? inside : outside;
    if (inside.length > 0 && outside.length > 0) {
      const text = 'may not be given in data and beside it.';
      context.addIssue(broken({ rule: 'text', text }, ['included', 'items']));
    }
    for (const index of repeatedIds(items)) {
      context.addIssue(broken({ rule: 'text', text: 'is the id of another item too.' }, [...itemsPath, index, 'id']));
    }
    return { data, items, itemsPath, customerLink: customerLink(data, context) };
  });
CreateOrder.register(faultStyles, { style: 'failed_validation' });
export type CreateOrder = z.output<typeof CreateOrder>;

/** The link is made by id only: whoever registers an email must not come to see the orders of guests who used it. */
function customerLink(
  { customer, relationships }: Pick<OrderAttributes, 'customer' | 'relationships'>,
  context: z.RefinementCtx,
): CustomerLink | null {
  const member = customer?.id;
  const related = relationships?.customer?.data?.id;
  if (member !== undefined && related !== undefined && member !== related) {
    const text = 'and data.relationships.customer.data.id must not differ.';
    context.addIssue(broken({ rule: 'text', text }, ['data', 'customer', 'id']));
  }
  if (member !== undefined) return { id: member, path: ['data', 'customer', 'id'] };
  if (related !== undefined) return { id: related, path: ['data', 'relationships', 'customer', 'data', 'id'] };
  return null;
}

/** The places of the items whose id an earlier item has. */
function repeatedIds(items: readonly CreateOrderItem[]): number[] {
  const seen = new Set<string>();
  return items.flatMap(({ id }, index) => {
    if (id === undefined) return [];
    if (seen.has(id)) return [index];
    seen.add(id);
    return [];
  });
}

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

export interface OrderWithItems {
  readonly order: OrderModel;
  /** In the order in which the writer sent the items. */
  readonly items: readonly OrderItemModel[];
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
