import { expect } from 'vitest';
import type { OrderResource } from '../../src/orders/orders.contract.js';
import { forServices, refused, type ScopingEntry, wrote } from './scoping-answers.js';

const text: unknown = expect.any(String);

/** The answers to writes of an order show when it was written. */
function writtenAnew(order: OrderResource): object {
  const { created_at } = order.meta.timestamps;
  return { ...order, meta: { ...order.meta, timestamps: { created_at, updated_at: text } } };
}

function withoutPerson(order: OrderResource): object {
  const { customer: _, ...relationships } = order.relationships;
  const emptied = (address: object) => Object.fromEntries(Object.keys(address).map((member) => [member, '**']));
  return {
    ...writtenAnew(order),
    anonymized: true,
    customer: { name: '**', email: '**' },
    shipping_address: emptied(order.shipping_address),
    billing_address: emptied(order.billing_address),
    relationships,
  };
}

/** What is done with orders beside making, reading and deleting them. */
export const orderEntries: Readonly<Record<string, ScopingEntry>> = {
  'PUT /v2/orders/:orderId': {
    path: ({ order }) => `/v2/orders/${order.id}`,
    body: () => ({ data: { payment: 'paid' } }),
    answers: forServices(
      wrote(200, ['orders'], ({ ann }) => ({
        data: { ...writtenAnew(ann.order), payment: 'paid' },
        included: { items: ann.items },
      })),
      refused('order_not_found'),
    ),
  },
  'POST /v2/orders/anonymize': {
    path: () => '/v2/orders/anonymize',
    body: ({ order }) => ({ data: { order_ids: [order.id] } }),
    answers: forServices(
      wrote(200, ['orders'], ({ ann }) => ({ data: [withoutPerson(ann.order)] })),
      {
        status: 422,
        body: ({ ann }) => ({
          errors: [
            {
              status: 422,
              title: 'Could not anonymize orders',
              detail: 'Order not found',
              code: 'anonymization_refused',
              request_id: text,
              meta: { order_id: ann.order.id },
            },
          ],
        }),
      },
    ),
  },
};
