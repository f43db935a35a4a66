import { describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop } from '../harness/shop.js';

describe('GET /v2/orders/attributes', () => {
  it('answers the members that a writer of orders gives, with the values that each state may have', async () => {
    const shop = await givenShop(await sharedApp());

    const answer = await shop.app.http.get('/v2/orders/attributes').set(await shop.service());

    const description: unknown = expect.stringMatching(/^[A-Z].+\.$/);
    const text = { type: 'string', required: false, description };
    const group = { type: 'object', required: false, description };
    const choice = { type: 'enum', required: false, description };
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: [
        { ...text, value: 'order_number', label: 'Order number' },
        { ...text, value: 'external_ref', label: 'External reference' },
        {
          ...choice,
          value: 'status',
          label: 'Status',
          options: ['incomplete', 'processing', 'complete', 'cancelled'],
        },
        {
          ...choice,
          value: 'payment',
          label: 'Payment',
          options: ['unpaid', 'authorized', 'partially_authorized', 'partially_paid', 'paid', 'refunded'],
        },
        { ...choice, value: 'shipping', label: 'Shipping', options: ['unfulfilled', 'fulfilled'] },
        { ...group, value: 'customer', label: 'Customer' },
        { ...group, value: 'contact', label: 'Contact' },
        { ...group, value: 'shipping_address', label: 'Shipping address' },
        { ...group, value: 'billing_address', label: 'Billing address' },
      ],
      meta: { entity: 'order', version: '2.0.0' },
    });
  });

  it('is for those who may read orders, a customer among them, and not for a bare implicit token', async () => {
    const shop = await givenShop(await sharedApp());
    const ask = (headers: Record<string, string>) => shop.app.http.get('/v2/orders/attributes').set(headers);

    expect((await ask(await shop.as(await shop.customer()))).status).toBe(200);
    expectError(await ask(await shop.implicit()), 'forbidden');
  });
});
