import type { OrderItemResource } from '../../src/orders/order-items.contract.js';
import type { OrderResource } from '../../src/orders/orders.contract.js';
import type { Shop } from '../harness/shop.js';

export type Members = Record<string, unknown>;

export interface OrderAnswer {
  data: OrderResource;
  included: { items: OrderItemResource[] };
}

export const NOBODYS_ID = '7d3f2f0e-58a4-4b3c-9a5e-1f6f6f0b7c11';

/** One piece for 10 dollars. */
export function itemMembers(members: Members = {}): Members {
  return {
    type: 'order_item',
    product_id: 'p-1',
    sku: 'GR-1',
    name: 'Gas Range',
    quantity: 1,
    unit_price: { amount: 1_000, currency: 'USD', includes_tax: true },
    ...members,
  };
}

/** The body of an order with one item. */
export function orderBody(members: Members = {}): { data: Members } {
  return { data: { type: 'order', included: { items: [itemMembers()] }, ...members } };
}

export function postOrder(shop: Shop, headers: Record<string, string>, body: object) {
  return shop.app.http.post('/v2/orders').set(headers).send(body);
}

export async function givenOrder(shop: Shop, members: Members = {}): Promise<OrderAnswer> {
  const answer = await postOrder(shop, await shop.service(), orderBody(members)).expect(201);
  return answer.body as OrderAnswer;
}

export function putOrder(shop: Shop, id: string, body: object, headers: Record<string, string>) {
  return shop.app.http.put(`/v2/orders/${id}`).set(headers).send(body);
}

/** The order with its items, and its entity tag, as a service reads them. */
export async function readOrder(shop: Shop, id: string): Promise<{ answer: OrderAnswer; etag: string }> {
  const headers = await shop.service();
  const { body, header } = await shop.app.http.get(`/v2/orders/${id}?include=items`).set(headers).expect(200);
  return { answer: body as OrderAnswer, etag: (header as Record<string, string>)['etag'] ?? '' };
}

/** The entity tag after so many more writes. */
export function laterTag(etag: string | undefined, writes = 1): string {
  return `"${BigInt(etag?.slice(1, -1) ?? '') + BigInt(writes)}"`;
}

/** The row as the database has it. */
export async function storedOrder({ app, storeId }: Shop, id: string): Promise<Record<string, unknown>> {
  const { rows } = await app.database.pool.query<Record<string, unknown>>(
    'SELECT * FROM orders WHERE store_id = $1 AND id = $2',
    [storeId, id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no order ${id} is stored`);
  return row;
}

/** As if the order had been written at this time. */
export async function setUpdatedAt({ app, storeId }: Shop, { data }: OrderAnswer, time: Date): Promise<void> {
  const where = { storeId_id: { storeId, id: data.id } };
  await app.database.prisma.order.update({ where, data: { updatedAt: time } });
  data.meta.timestamps.updated_at = `${time.toISOString().slice(0, 19)}Z`;
}

/** How much of orders the store holds. */
export async function storedOrders({ app, storeId }: Shop): Promise<{ orders: number; items: number }> {
  const where = { storeId };
  const [orders, items] = await Promise.all([
    app.database.prisma.order.count({ where }),
    app.database.prisma.orderItem.count({ where }),
  ]);
  return { orders, items };
}

/** A price in dollars, as answers have it. */
export function usd(amount: number) {
  const dollars = (Math.abs(amount) / 100).toLocaleString('en-US', { minimumFractionDigits: 2 });
  return { amount, currency: 'USD', formatted: `${amount < 0 ? '-' : ''}$${dollars}` };
}

export function unitAndValue(unit: number, value: number) {
  return { unit: usd(unit), value: usd(value) };
}

export const EMPTY_BILLING_ADDRESS = {
  first_name: '',
  last_name: '',
  company_name: '',
  line_1: '',
  line_2: '',
  city: '',
  county: '',
  region: '',
  postcode: '',
  country: '',
};
export const EMPTY_SHIPPING_ADDRESS = { ...EMPTY_BILLING_ADDRESS, phone_number: '', instructions: '' };

/** A refusal without what differs from request to request. */
export function withoutRequestId(body: unknown): unknown {
  const { errors } = body as { errors: Members[] };
  return { errors: errors.map((entry) => ({ ...entry, request_id: undefined })) };
}

/** The sentences of a refusal. */
export function details(body: unknown): string[] {
  return (body as { errors: { detail: string }[] }).errors.map(({ detail }) => detail);
}
