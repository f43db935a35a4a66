import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';

const OTHER_ID = newId();

/** What only the service may set, under the names of the interface and of the database, each with a value that would hurt. */
const FORBIDDEN: Record<string, unknown> = {
  customer_id: OTHER_ID,
  store_id: OTHER_ID,
  account: { id: OTHER_ID },
  authentication_mechanism: 'oidc',
  password_hash: '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  login_email: 'owner@example.test',
  email_canonical: 'owner@example.test',
  email_domain: 'owner.example.test',
  name_folded: 'owner',
  custom_members: { vip: true },
  created_at: '1999-01-01T00:00:00Z',
  updated_at: '1999-01-01T00:00:00Z',
  meta: { timestamps: { created_at: '1999-01-01T00:00:00Z' } },
  links: { self: 'https://evil.example' },
  relationships: { orders: { data: [] } },
};

/** Names that mean something to the code and nothing to the interface. Under client credentials they are the store's own members. */
const MEANINGLESS: Record<string, unknown> = {
  storeId: OTHER_ID,
  passwordHash: 'x',
  loginEmail: 'owner@example.test',
  emailVerified: true,
  emailCanonical: 'owner@example.test',
  customMembers: { vip: true },
  createdAt: '1999-01-01T00:00:00Z',
  authenticationMechanism: 'oidc',
  tokens: { deleteMany: {} },
  addresses: { create: { id: OTHER_ID } },
  orders: { connect: { id: OTHER_ID } },
  store: { connect: { id: OTHER_ID } },
  sub: OTHER_ID,
  role: 'admin',
  roles: ['admin'],
  is_admin: true,
  permissions: ['settings:write'],
  revoked_at: null,
  $set: { password: 'x' },
};

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

describe('members that nobody may set', () => {
  it('are more than 25', () => {
    expect(Object.keys({ ...FORBIDDEN, ...MEANINGLESS }).length).toBeGreaterThanOrEqual(25);
  });

  it.each(Object.keys({ ...FORBIDDEN, ...MEANINGLESS }))(
    'leave the row as it was but for what was changed, when a customer updates themselves with %s',
    async (name) => {
      const ann = await shop.customer();
      const before = await storedCustomer(shop, ann.id);

      const answer = await app.http
        .put(`/v2/customers/${ann.id}`)
        .set(await shop.as(ann))
        .send({ data: { name: 'changed', [name]: { ...FORBIDDEN, ...MEANINGLESS }[name] } });

      expect(answer.status).toBe(200);
      const after = await storedCustomer(shop, ann.id);
      expect(after).toEqual({ ...before, name: 'changed', name_folded: 'changed', updated_at: after.updated_at });
      expect(after.updated_at.getTime()).toBeGreaterThanOrEqual(before.updated_at.getTime());
      expect(after.updated_at.getTime()).toBeLessThanOrEqual(Date.now());
    },
  );

  it.each([
    ['id', OTHER_ID],
    ['id', 'no id'],
    ['email_verified', true],
    ['email_verified', 'no boolean'],
    ['external_ref', 'CRM-1'],
    ['external_ref', null],
    ['external_ref', 5],
  ])('leave the row as it was, when a customer updates themselves with %s %s', async (name, value) => {
    const ann = await shop.customer({ external_ref: 'CRM-7' });
    const before = await storedCustomer(shop, ann.id);

    const answer = await app.http
      .put(`/v2/customers/${ann.id}`)
      .set(await shop.as(ann))
      .send({ data: { [name]: value } });

    expect(answer.status).toBe(200);
    const after = await storedCustomer(shop, ann.id);
    expect(after).toEqual({ ...before, updated_at: after.updated_at });
  });

  it('are ignored and never stored under client credentials too, all at once, on create and on update', async () => {
    const service = await shop.service();
    const email = uniqueEmail();
    const created = await app.http
      .post('/v2/customers')
      .set(service)
      .send({ data: { ...FORBIDDEN, name: 'Ann', email } });
    expect(created.status).toBe(201);
    const { id } = (created.body as { data: { id: string } }).data;
    const row = await storedCustomer(shop, id);
    expect(row).toMatchObject({
      store_id: shop.storeId,
      name_folded: 'ann',
      email_canonical: email,
      email_domain: 'example.test',
      login_email: email,
      authentication_mechanism: 'password',
      password_hash: null,
      custom_members: {},
    });
    expect(row.created_at.getFullYear()).toBeGreaterThan(2000);

    const updated = await app.http
      .put(`/v2/customers/${id}`)
      .set(service)
      .send({ data: { ...FORBIDDEN, id: OTHER_ID } });
    expect(updated.status).toBe(200);
    const after = await storedCustomer(shop, id);
    expect(after).toEqual({ ...row, updated_at: after.updated_at });
    expect(Object.keys((updated.body as { data: object }).data)).toEqual(
      Object.keys((created.body as { data: object }).data),
    );
  });

  it('touch no column under client credentials, when they only look like members of the code', async () => {
    const ann = await shop.customer();
    const before = await storedCustomer(shop, ann.id);
    const tokens = await countRows(shop, 'customer_tokens');

    const answer = await app.http
      .put(`/v2/customers/${ann.id}`)
      .set(await shop.service())
      .send({ data: MEANINGLESS });

    expect(answer.status).toBe(200);
    const { revoked_at: _, ...kept } = MEANINGLESS;
    const after = await storedCustomer(shop, ann.id);
    expect(after).toEqual({ ...before, custom_members: kept, updated_at: after.updated_at });
    expect(await countRows(shop, 'customer_tokens')).toBe(tokens);
  });

  it('take no effect beside data or in the query', async () => {
    const ann = await shop.customer();
    const before = await storedCustomer(shop, ann.id);

    const answer = await app.http
      .put(`/v2/customers/${ann.id}?name=Eve&data[name]=Eve&id=${OTHER_ID}`)
      .set(await shop.service())
      .send({ name: 'Eve', data: {}, included: { name: 'Eve' }, meta: { name: 'Eve' } });

    expect(answer.status).toBe(200);
    const after = await storedCustomer(shop, ann.id);
    expect(after).toEqual({ ...before, updated_at: after.updated_at });
  });
});
