import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { givenCustomerOfSingleSignOn, storedCustomer } from '../harness/stored-rows.js';

let app: TestApp;
let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  service = await shop.service();
});

async function put({ id }: { id: string }, data: object, headers = service) {
  return app.http.put(`/v2/customers/${id}`).set(headers).send({ data });
}

async function login(customer: Pick<TestCustomer, 'email' | 'password'>) {
  return app.http
    .post('/v2/customers/tokens')
    .set(await shop.implicit())
    .send({ data: { email: customer.email, password: customer.password } });
}

/** Moves the customer's times into the past, so that a write shows. */
async function age({ id }: { id: string }): Promise<Date> {
  const past = new Date('2026-01-02T03:04:05.678Z');
  const where = { storeId_id: { storeId: shop.storeId, id } };
  await app.database.prisma.customer.update({ where, data: { createdAt: past, updatedAt: past } });
  return past;
}

describe('GET /v2/customers/:id', () => {
  it('answers the whole customer to their own token and to client credentials alike', async () => {
    const ann = await shop.customer({ external_ref: 'CRM-1', email_verified: true });
    await age(ann);

    for (const headers of [service, await shop.as(ann), { ...service, ...(await shop.as(ann)) }]) {
      const answer = await app.http.get(`/v2/customers/${ann.id}`).set(headers);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body).toEqual({
        data: {
          id: ann.id,
          type: 'customer',
          name: 'Ann Example',
          email: ann.email,
          password: true,
          external_ref: 'CRM-1',
          authentication_mechanism: 'password',
          email_verified: true,
          meta: { timestamps: { created_at: '2026-01-02T03:04:05Z', updated_at: '2026-01-02T03:04:05Z' } },
        },
      });
    }
  });
});

describe('PUT /v2/customers/:id', () => {
  it('changes the one member that is sent and leaves the rest, for each member', async () => {
    const email = uniqueEmail();
    const changes: [sent: object, columns: object, shown: object][] = [
      [{ name: 'New Ñame' }, { name: 'New Ñame', name_folded: 'new ñame' }, { name: 'New Ñame' }],
      [{ external_ref: 'CRM-2' }, { external_ref: 'CRM-2' }, { external_ref: 'CRM-2' }],
      [{ external_ref: null }, { external_ref: null }, { external_ref: null }],
      [{ email_verified: true }, { email_verified: true }, { email_verified: true }],
      [
        { email },
        { email, email_canonical: email, login_email: email, email_verified: false },
        { email, email_verified: false },
      ],
    ];
    const ann = await shop.customer({ external_ref: 'CRM-1' });
    for (const [sent, columns, shown] of changes) {
      const past = await age(ann);
      const before = await storedCustomer(shop, ann.id);
      const read = await app.http.get(`/v2/customers/${ann.id}`).set(service);

      const answer = await put(ann, sent);

      const after = await storedCustomer(shop, ann.id);
      expect(after).toEqual({ ...before, ...columns, updated_at: after.updated_at });
      expect(after.updated_at.getTime()).toBeGreaterThan(past.getTime());
      expect(answer.status).toBe(200);
      const timestamps = {
        created_at: '2026-01-02T03:04:05Z',
        updated_at: `${after.updated_at.toISOString().slice(0, 19)}Z`,
      };
      expect(answer.body).toEqual({
        data: { ...(read.body as { data: object }).data, ...shown, meta: { timestamps } },
      });
    }
  });

  it('leaves everything as it is but for the time of the update, when no member is sent', async () => {
    const ann = await shop.customer({ external_ref: 'CRM-1', vip: true });
    const before = await storedCustomer(shop, ann.id);

    for (const body of [{ data: {} }, { data: { type: 'customer' } }, { data: { type: '' } }]) {
      const answer = await app.http.put(`/v2/customers/${ann.id}`).set(service).send(body);
      expect(answer.status).toBe(200);
    }

    const after = await storedCustomer(shop, ann.id);
    expect(after).toEqual({ ...before, updated_at: after.updated_at });
  });

  it('moves the login with the email: the old one is unknown from then on and free for others', async () => {
    const ann = await shop.customer();
    const email = uniqueEmail();

    expect((await put(ann, { email })).status).toBe(200);

    expectError(await login(ann), 'credentials_invalid');
    expect((await login({ email, password: ann.password })).body).toMatchObject({ data: { customer_id: ann.id } });
    const next = await shop.customer({ email: ann.email });
    expect(next.id).not.toBe(ann.id);
  });

  it('makes an email unproven and logs the event, when it changes, unless client credentials vouch for the new one', async () => {
    const ann = await shop.customer({ email_verified: true });

    const own = await put(ann, { email: uniqueEmail(), email_verified: true }, await shop.as(ann));
    expect(own.body).toMatchObject({ data: { email_verified: false } });
    const vouched = await put(ann, { email: uniqueEmail(), email_verified: true });
    expect(vouched.body).toMatchObject({ data: { email_verified: true } });
    const changed = await put(ann, { email: uniqueEmail() });
    expect(changed.body).toMatchObject({ data: { email_verified: false } });

    for (const answer of [own, vouched, changed]) {
      const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
      expect(line).toMatchObject({ customer_id: ann.id, events: ['customer_email_changed'] });
    }
    expect((await storedCustomer(shop, ann.id)).email_verified).toBe(false);
  });

  it('leaves a proven email proven, when the customer sends it back unchanged or unproves it without the right to', async () => {
    const ann = await shop.customer({ email_verified: true });

    const answer = await put(ann, { email: ann.email, name: 'Ann', email_verified: false }, await shop.as(ann));

    expect(answer.body).toMatchObject({ data: { email: ann.email, email_verified: true } });
    expect((await storedCustomer(shop, ann.id)).email_verified).toBe(true);
  });

  it('answers 409 and changes nothing, when the email belongs to another customer', async () => {
    const [ann, bob] = [await shop.customer(), await shop.customer()];
    const rows = [await storedCustomer(shop, ann.id), await storedCustomer(shop, bob.id)];

    for (const headers of [service, await shop.as(ann)]) {
      const answer = await put(ann, { name: 'Eve', password: 'another one', email: bob.email.toUpperCase() }, headers);
      expectError(answer, 'email_taken');
    }

    expect([await storedCustomer(shop, ann.id), await storedCustomer(shop, bob.id)]).toEqual(rows);
    expect((await login(ann)).status).toBe(200);
  });

  it('gives a customer of single sign-on the login email with their first password, and 409 where another owns it', async () => {
    const email = uniqueEmail();
    const [first, second] = [newId(), newId()];
    for (const id of [first, second]) await givenCustomerOfSingleSignOn(shop, { id, email });
    expect((await put({ id: first }, { name: 'Sam Renamed' })).body).toMatchObject({ data: { password: false } });
    expect((await storedCustomer(shop, first)).login_email).toBeNull();

    const taken = await put({ id: first }, { password: 'correct horse' });
    const late = await put({ id: second }, { password: 'correct horse' });

    expect(taken.body).toMatchObject({
      data: { password: true, authentication_mechanism: 'oidc', email_verified: true },
    });
    expect(await storedCustomer(shop, first)).toMatchObject({ login_email: email, email_verified: true });
    expectError(late, 'email_taken');
    expect(await storedCustomer(shop, second)).toMatchObject({ login_email: null, password_hash: null });
    expect((await login({ email, password: 'correct horse' })).body).toMatchObject({ data: { customer_id: first } });
  });

  it('keeps a customer of single sign-on without a login email, when only their email changes', async () => {
    const id = newId();
    const owner = await shop.customer();
    await givenCustomerOfSingleSignOn(shop, { id, email: uniqueEmail() });
    const email = uniqueEmail();

    expect((await put({ id }, { email })).status).toBe(200);
    expect(await storedCustomer(shop, id)).toMatchObject({ email, login_email: null, email_verified: false });
    expectError(await put({ id }, { email: owner.email }), 'email_taken');
  });

  it('answers 403 without a customer token to a storefront, and changes nothing', async () => {
    const ann = await shop.customer();
    const row = await storedCustomer(shop, ann.id);
    const implicit = await shop.implicit();

    for (const headers of [implicit, { ...implicit, 'x-moltin-customer-token': '' }]) {
      expectError(await app.http.get(`/v2/customers/${ann.id}`).set(headers), 'forbidden');
      expectError(await put(ann, { name: 'Eve' }, headers), 'forbidden');
      expectError(await app.http.delete(`/v2/customers/${ann.id}`).set(headers), 'forbidden');
    }

    expect(await storedCustomer(shop, ann.id)).toEqual(row);
  });
});

describe('a customer that is sent back as it was read', () => {
  it('is taken, also where the password shows as a boolean, and keeps the password', async () => {
    const ann = await shop.customer({ external_ref: 'CRM-2', email_verified: true });
    const before = await storedCustomer(shop, ann.id);
    for (const headers of [service, await shop.as(ann)]) {
      const { data } = (await app.http.get(`/v2/customers/${ann.id}`).set(headers)).body as { data: object };
      const answer = await put(ann, data, headers);

      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toMatchObject({ data: { ...data, meta: expect.any(Object) as object } });
    }
    expect(await storedCustomer(shop, ann.id)).toEqual({ ...before, updated_at: expect.anything() as unknown });
    expect((await login(ann)).status).toBe(200);
  });
});
