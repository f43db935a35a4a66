import { z } from 'zod';
import { parseUuid } from '../crypto/identifiers.js';
import { OrderPayment, OrderShipping, OrderStatus } from '../database/enumerations.js';
import { faultStyles } from '../jsonapi/faults.js';
import { named } from '../jsonapi/named.js';
import { broken, broughtId, requestBody, typeMember } from '../jsonapi/request-body.js';
import { OrderDisplayPrice } from './given-prices.contract.js';
import {
  BillingAddress,
  BillingAddressChange,
  ShippingAddress,
  ShippingAddressChange,
} from './order-addresses.contract.js';
import { type CreateOrderItem, IncludedItems } from './order-items.contract.js';
import { moment, oneOf, optional, removableText, text } from './order-members.js';

const TEXT_LENGTH_MAX = 255;
const EMAIL_LENGTH_MAX = 254;
const EXTERNAL_REF_LENGTH_MAX = 2_048;
const ANONYMIZED_AT_ONCE_MAX = 100;

/** As the other system has it: an anonymized order holds no address that mail could be sent to. */
const person = { name: text(TEXT_LENGTH_MAX), email: text(EMAIL_LENGTH_MAX) };
const reference = optional(z.object({ data: optional(z.object({ id: broughtId })) }));
const states = { status: oneOf(OrderStatus), payment: oneOf(OrderPayment), shipping: oneOf(OrderShipping) };

const OrderAttributes = z.object({
  id: broughtId,
  type: typeMember('order'),
  order_number: text(TEXT_LENGTH_MAX),
  external_ref: text(EXTERNAL_REF_LENGTH_MAX),
  ...states,
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

export const CreateOrder = z
  .object({ data: OrderAttributes, included: IncludedItems })
  .transform(({ data: { included, ...data }, included: beside }, context) => {
    const { items = [], itemsPath } = placedItems(included, beside, context);
    return { data, items, itemsPath, customerLink: customerLink(data, context) };
  });
CreateOrder.register(faultStyles, { style: 'failed_validation' });
named(
  'CreateOrder',
  'An order as the system that owns it has it, with an item or a display price, by which its currency is known. What else is left out is computed or empty.',
  CreateOrder,
);
export type CreateOrder = z.output<typeof CreateOrder>;

const OrderChanges = z.object({
  type: typeMember('order'),
  order_number: removableText(TEXT_LENGTH_MAX),
  external_ref: removableText(EXTERNAL_REF_LENGTH_MAX),
  ...states,
  customer: optional(z.object({ id: broughtId })),
  shipping_address: ShippingAddressChange,
  billing_address: BillingAddressChange,
  meta: optional(z.object({ display_price: optional(OrderDisplayPrice) })),
  relationships: optional(z.object({ customer: reference })),
  included: IncludedItems,
});

/**
 * What is left out stays as it is, in the addresses and among the prices too. Items are given all or not at all: `items` is
 * undefined where they stay.
 */
export const UpdateOrder = z
  .object({ data: OrderChanges, included: IncludedItems })
  .transform(({ data: { included, ...data }, included: beside }, context) => ({
    data,
    ...placedItems(included, beside, context),
    customerLink: customerLink(data, context),
  }));
UpdateOrder.register(faultStyles, { style: 'failed_validation' });
named('UpdateOrder', 'What is left out stays. Items are given all or not at all.', UpdateOrder);
export type UpdateOrder = z.output<typeof UpdateOrder>;

const orderId = z
  .string()
  .meta({ format: 'uuid' })
  .transform((text, context) => {
    const id = parseUuid(text);
    if (id !== null) return id;
    context.addIssue({ code: 'invalid_format', format: 'uuid', input: text });
    return z.NEVER;
  });

/** An id that is named twice counts once. */
export const AnonymizeOrders = named(
  'AnonymizeOrders',
  'The orders to anonymize, all of them or none.',
  requestBody(
    'failed_validation',
    z.object({
      order_ids: z
        .array(orderId)
        .min(1)
        .max(ANONYMIZED_AT_ONCE_MAX)
        .transform((ids) => [...new Set(ids)]),
    }),
  ),
);
export type AnonymizeOrders = z.output<typeof AnonymizeOrders>;

type Included = z.output<typeof IncludedItems>;

/**
 * The items lie in `data.included.items` or beside `data` in `included.items`: of the clients that write orders, some put every
 * member into `data`, others send what the answers look like. Items in both places are refused: taking one half would drop
 * part of the order unseen.
 */
function placedItems(
  inside: Included,
  beside: Included,
  context: z.RefinementCtx,
): { items: readonly CreateOrderItem[] | undefined; itemsPath: readonly string[] } {
  const lieBeside = (inside?.items ?? []).length === 0 && beside?.items !== undefined;
  const itemsPath = lieBeside ? ['included', 'items'] : ['data', 'included', 'items'];
  const items = lieBeside ? beside.items : inside?.items;
  if (!lieBeside && (beside?.items ?? []).length > 0) {
    const text = 'may not be given in data and beside it.';
    context.addIssue(broken({ rule: 'text', text }, ['included', 'items']));
  }
  for (const index of repeatedIds(items ?? [])) {
    context.addIssue(broken({ rule: 'text', text: 'is the id of another item too.' }, [...itemsPath, index, 'id']));
  }
  return { items, itemsPath };
}

/** The link is made by id only: whoever registers an email must not come to see the orders of guests who used it. */
function customerLink(
  {
    customer,
    relationships,
  }: { customer?: { id?: string | undefined } | undefined } & Pick<OrderAttributes, 'relationships'>,
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
