import { newId } from '../crypto/identifiers.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { OrderItemModel, OrderModel } from '../generated/prisma/models.js';
import {
  type BillingAddressResource,
  type ShippingAddressResource,
  toBillingAddress,
  toShippingAddress,
} from './order-addresses.contract.js';
import type { CreateOrder } from './order-bodies.contract.js';
import type { CreateOrderItem } from './order-items.contract.js';
import type { ItemToPrice, PricedItem, PricedOrder } from './order-prices.js';
import { firstVersion } from './order-version.js';

/** What an order copies from the customer that it is linked to. */
export interface LinkedCustomer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/**
 * An anonymized order belongs to nobody and names nobody but whom its writer named, so nothing is copied from the customer.
 * Otherwise the customer's name and email stand in for those that the writer left out.
 */
export function orderColumns(
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
    ...customerEmailColumns(input.customer?.email ?? customer?.email ?? ''),
    accountId: input.account?.id ?? null,
    accountMemberId: input.account?.member_id ?? null,
    contactName: input.contact?.name ?? null,
    ...contactEmailColumns(input.contact?.email ?? null),
    orderNumber: input.order_number ?? null,
    ...referenceColumns(input.external_ref ?? null),
    status: input.status ?? 'incomplete',
    payment: input.payment ?? 'unpaid',
    shipping: input.shipping ?? 'unfulfilled',
    anonymized,
    ...priceColumns(prices),
    ...shippingColumns(toShippingAddress(input.shipping_address)),
    ...billingColumns(toBillingAddress(input.billing_address)),
    version: firstVersion(now),
    createdAt: input.meta?.timestamps?.created_at ?? now,
    updatedAt: now,
  };
}

export function customerEmailColumns(email: string) {
  return { customerEmail: email, customerDomain: domainIn(email) };
}

export function contactEmailColumns(email: string | null) {
  return { contactEmail: email, contactDomain: domainIn(email ?? '') };
}

/** As it is written: what orders have for an email may be any text. Empty where no `@` is. */
function domainIn(email: string): string {
  const at = email.lastIndexOf('@');
  return at === -1 ? '' : email.slice(at + 1);
}

/** The characters of a reference that an index holds. */
const REFERENCE_START_LENGTH = 255;

export function referenceColumns(reference: string | null) {
  return { externalRef: reference, externalRefStart: reference === null ? null : referenceStart(reference) };
}

/** In characters as the database counts them: code points. */
export function referenceStart(reference: string): string {
  return Array.from(reference).slice(0, REFERENCE_START_LENGTH).join('');
}

export function priceColumns(prices: PricedOrder) {
  return {
    currency: prices.currency,
    withTax: prices.withTax,
    withoutTax: prices.withoutTax,
    givenPrices: asJson(prices.given),
    computedPrices: asJson(prices.computed),
  };
}

export function shippingColumns(address: ShippingAddressResource) {
  return {
    shippingAddress: asJson(address),
    shippingPostcode: address.postcode,
    shippingName: fullName(address),
  };
}

export function billingColumns(address: BillingAddressResource) {
  return { billingAddress: asJson(address), billingPostcode: address.postcode, billingName: fullName(address) };
}

/** First and last name with a blank between them, as the address is searched by. */
function fullName({ first_name: first, last_name: last }: BillingAddressResource): string {
  return [first, last].filter((name) => name !== '').join(' ');
}

/**
 * @param position among the items of the order, from 0
 * @param times of the item, where its writer names none
 */
export function itemRow(
  item: CreateOrderItem,
  priced: PricedItem | undefined,
  position: number,
  order: Pick<OrderModel, 'storeId' | 'id'>,
  times: Pick<OrderItemModel, 'createdAt' | 'updatedAt'>,
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
    relationships: item.relationships === undefined ? null : asJson(item.relationships),
    createdAt: item.meta?.timestamps?.created_at ?? times.createdAt,
    updatedAt: item.meta?.timestamps?.updated_at ?? times.updatedAt,
  };
}

export function toPricing({ quantity, unitPrice, value, meta }: CreateOrderItem): ItemToPrice {
  return { quantity, unitPrice, value, displayPrice: meta?.display_price };
}

/** Objects of our own making that hold texts and safe integers only; Prisma's type wants to see an index signature. */
function asJson(value: object): Prisma.JsonObject {
  return value;
}
