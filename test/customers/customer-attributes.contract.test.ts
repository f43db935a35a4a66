import { describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop } from '../harness/shop.js';

describe('GET /v2/customers/attributes', () => {
  it('answers the members that a writer of customers gives, and which a customer cannot do without', async () => {
    const shop = await givenShop(await sharedApp());

    const answer = await shop.app.http.get('/v2/customers/attributes').set(await shop.service());

    const description: unknown = expect.stringMatching(/^[A-Z].+\.$/);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: [
        { type: 'string', required: true, value: 'name', label: 'Name', description },
        { type: 'string', required: true, value: 'email', label: 'Email', description },
        { type: 'string', required: false, value: 'password', label: 'Password', description },
        { type: 'string', required: false, value: 'external_ref', label: 'External reference', description },
        { type: 'boolean', required: false, value: 'email_verified', label: 'Email verified', description },
      ],
      meta: { entity: 'customer', version: '2.0.0' },
    });
  });

  it('is for those who may read customers, a customer among them, and not for a bare implicit token', async () => {
    const shop = await givenShop(await sharedApp());
    const ask = (headers: Record<string, string>) => shop.app.http.get('/v2/customers/attributes').set(headers);

    expect((await ask(await shop.as(await shop.customer()))).status).toBe(200);
    expectError(await ask(await shop.implicit()), 'forbidden');
  });
});
