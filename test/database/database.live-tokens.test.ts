import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { changeMeanwhile } from '../harness/held-row.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
}

/** A customer whose every kind of row can be written. */
interface Owner {
  readonly customer: TestCustomer;
  readonly addressId: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Write {
  readonly method: 'post' | 'put' | 'delete';
  readonly path: (owner: Owner) => string;
  readonly data?: object;
}

const NEW_ADDRESS = { ...addressMembers };

/** What may be written under a customer token, by method and path as the document of the interface names them. */
const WRITES: Readonly<Record<string, Write>> = {
  'put /v2/customers/{customerId}': {
    method: 'put',
    path: ({ customer }) => `/v2/customers/${customer.id}`,
    data: { name: 'Somebody Else' },
  },
  'delete /v2/customers/{customerId}': { method: 'delete', path: ({ customer }) => `/v2/customers/${customer.id}` },
  'post /v2/customers/{customerId}/addresses': {
    method: 'post',
    path: ({ customer }) => `/v2/customers/${customer.id}/addresses`,
    data: NEW_ADDRESS,
  },
  'put /v2/customers/{customerId}/addresses/{addressId}': {
    method: 'put',
    path: ({ customer, addressId }) => `/v2/customers/${customer.id}/addresses/${addressId}`,
    data: { line_1: 'Where Parcels Vanish' },
  },
  'delete /v2/customers/{customerId}/addresses/{addressId}': {
    method: 'delete',
    path: ({ customer, addressId }) => `/v2/customers/${customer.id}/addresses/${addressId}`,
  },
};

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

async function givenOwner(): Promise<Owner> {
  const customer = await shop.customer();
  const headers = await shop.as(customer);
  const { id: addressId } = await shop.address(customer);
  return { customer, addressId, headers };
}

/** The customer and the address book, as the database has them. */
async function stored({ customer }: Owner) {
  const where = { storeId: shop.storeId, customerId: customer.id };
  return {
    customer: await app.database.prisma.customer.findFirst({ where: { storeId: shop.storeId, id: customer.id } }),
    addresses: await app.database.prisma.address.findMany({ where, orderBy: { id: 'asc' } }),
    events: await app.database.prisma.event.count({ where: { storeId: shop.storeId, actorId: customer.id } }),
  };
}

function send(at: TestApp, owner: Owner, { method, path, data }: Write) {
  const request = at.http[method](path(owner)).set(owner.headers);
  return data === undefined ? request : request.send({ data });
}

describe('a write under a customer token', () => {
  it('is in the list below, for every operation that takes such a token and is no read', () => {
    const file = fileURLToPath(new URL('../../openapi.json', import.meta.url));
    const { paths } = JSON.parse(readFileSync(file, 'utf8')) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const writes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([method, { security = [] }]) => method !== 'get' && security.some((kind) => 'customerToken' in kind))
        .map(([method]) => `${method} ${path}`),
    );
    expect(Object.keys(WRITES).toSorted()).toEqual(writes.toSorted());
  });

  it.each(Object.keys(WRITES))(
    '%s is refused and changes nothing, when the token is ended by another process while it waits for the customer',
    async (name) => {
      const owner = await givenOwner();
      const before = await stored(owner);

      const answer = await changeMeanwhile(
        shop,
        owner.customer.id,
        async () => send(app, owner, WRITES[name] as Write),
        (client) =>
          client.query('UPDATE customer_tokens SET revoked_at = now() WHERE store_id = $1 AND customer_id = $2', [
            shop.storeId,
            owner.customer.id,
          ]),
      );

      expectError(answer, 'customer_token_invalid');
      expect(await stored(owner)).toEqual(before);
    },
  );

  it.each(Object.keys(WRITES))(
    '%s is refused and changes nothing, when its application key is deleted by another process while it waits',
    async (name) => {
      const key = await shop.otherKey({});
      const owner = await givenOwner();
      const headers = { ...owner.headers, ...(await shop.implicit(key)) };
      const before = await stored(owner);

      const answer = await changeMeanwhile(
        shop,
        owner.customer.id,
        async () => send(app, { ...owner, headers }, WRITES[name] as Write),
        (client) =>
          client.query('DELETE FROM application_keys WHERE store_id = $1 AND id = $2', [shop.storeId, key.keyId]),
      );

      expectError(answer, 'access_token_invalid');
      expect(await stored(owner)).toEqual(before);
    },
  );
});

describe('a write under client credentials, whose key another process has deleted within the last second', () => {
  let twin: TestApp;

  beforeAll(async () => {
    twin = await startApp({ databaseUrl: app.config.databaseUrl });
  });

  afterAll(() => twin.close());

  it.each<[string, (customer: TestCustomer) => { method: 'post' | 'put' | 'delete'; path: string; data?: object }]>([
    [
      'sets no password',
      ({ id }) => ({ method: 'put', path: `/v2/customers/${id}`, data: { password: 'taken over 1' } }),
    ],
    ['changes no settings', () => ({ method: 'put', path: '/v2/settings/store', data: { page_length: 7 } })],
    [
      'makes no customer',
      () => ({
        method: 'post',
        path: '/v2/customers',
        data: { type: 'customer', name: 'Eve', email: 'eve@shop.example' },
      }),
    ],
    [
      'makes no key',
      () => ({
        method: 'post',
        path: '/v2/application-keys',
        data: { name: 'Eve', preset: 'admin' },
      }),
    ],
  ])('%s', async (_what, writeOf) => {
    const customer = await shop.customer();
    const key = await shop.otherKey({});
    const headers = await shop.service(key);
    const { method, path, data } = writeOf(customer);
    const rows = async () => ({
      store: await app.database.prisma.store.findFirst({ where: { id: shop.storeId } }),
      customers: await app.database.prisma.customer.findMany({
        where: { storeId: shop.storeId },
        orderBy: { id: 'asc' },
      }),
      keys: await app.database.prisma.applicationKey.count({ where: { storeId: shop.storeId } }),
    });
    // This process knows the key from now on, and for most of a second.
    await twin.http.get(`/v2/customers/${customer.id}`).set(headers).expect(200);
    await app.database.prisma.applicationKey.delete({
      where: { storeId_id: { storeId: shop.storeId, id: key.keyId } },
    });
    const before = await rows();

    const request = twin.http[method](path).set(headers);
    const answer = await (data === undefined ? request : request.send({ data }));

    expect([401, 403]).toContain(answer.status);
    expect(await rows()).toEqual(before);
  });
});
