import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Permission, permissions } from '../../src/access/permissions.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm, profilesPath, usersPath } from '../harness/given-realm.js';
import { addressMembers, givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';

interface Operation {
  method: 'get' | 'post' | 'put' | 'delete';
  path: (customer: TestCustomer, realmId: string) => string;
  body?: (customer: TestCustomer) => object;
  /** Under client credentials. */
  success: number;
}

const newCustomer = () => ({ data: { type: 'customer', name: 'Bob', email: uniqueEmail() } });
const login = ({ email, password }: TestCustomer) => ({ data: { type: 'token', email, password } });

/** One operation for each permission that an access token can exercise. */
const OPERATIONS: Record<Exclude<Permission, 'tokens:introspect'>, Operation> = {
  'customers:register': { method: 'post', path: () => '/v2/customers', body: newCustomer, success: 201 },
  'customers:read': { method: 'get', path: ({ id }) => `/v2/customers/${id}`, success: 200 },
  'customers:write': {
    method: 'put',
    path: ({ id }) => `/v2/customers/${id}`,
    body: () => ({ data: {} }),
    success: 200,
  },
  'customer-tokens:create': { method: 'post', path: () => '/v2/customers/tokens', body: login, success: 200 },
  'addresses:read': { method: 'get', path: ({ id }) => `/v2/customers/${id}/addresses`, success: 200 },
  'addresses:write': {
    method: 'post',
    path: ({ id }) => `/v2/customers/${id}/addresses`,
    body: () => ({ data: addressMembers }),
    success: 201,
  },
  'orders:read': { method: 'get', path: () => '/v2/orders', success: 200 },
  'orders:write': { method: 'delete', path: () => `/v2/orders/${randomUUID()}`, success: 404 },
  'settings:write': { method: 'get', path: () => '/v2/settings/store', success: 200 },
  'customer-authentication:read': { method: 'get', path: () => '/v2/settings/customer-authentication', success: 200 },
  'realms:read': { method: 'get', path: () => '/v2/authentication-realms', success: 200 },
  'realms:write': {
    method: 'put',
    path: (_, realmId) => `/v2/authentication-realms/${realmId}`,
    body: () => ({ data: {} }),
    success: 200,
  },
  'oidc-profiles:read': { method: 'get', path: (_, realmId) => profilesPath(realmId), success: 200 },
  'oidc-profiles:write': {
    method: 'delete',
    path: (_, realmId) => `${profilesPath(realmId)}/${randomUUID()}`,
    success: 404,
  },
  'user-authentication-info:read': { method: 'get', path: (_, realmId) => usersPath(realmId), success: 200 },
  'user-authentication-info:write': {
    method: 'delete',
    path: (_, realmId) => `${usersPath(realmId)}/${randomUUID()}`,
    success: 404,
  },
  'keys:write': { method: 'get', path: () => '/v2/application-keys', success: 200 },
};
const operations = Object.entries(OPERATIONS) as [Permission, Operation][];
/** What a bare implicit token may, and what a customer token closes (contract table of tokens and resources). */
const OPEN_TO_IMPLICIT = new Set<Permission>([
  'customers:register',
  'customer-tokens:create',
  'customer-authentication:read',
  'realms:read',
  'oidc-profiles:read',
]);
const LOOKING_AT_THE_TOKEN = [
  'orders:write',
  'user-authentication-info:read',
  'user-authentication-info:write',
  'keys:write',
] as const;
const CLOSED_TO_CUSTOMERS = new Set<Permission>([
  ...LOOKING_AT_THE_TOKEN,
  'settings:write',
  'realms:write',
  'oidc-profiles:write',
]);

describe('the permission guard', () => {
  let app: TestApp;
  let shop: Shop;
  let ann: TestCustomer;
  let realmId: string;
  let customerToken: { 'x-moltin-customer-token': string };

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    ann = await shop.customer();
    realmId = (await givenRealm(shop)).id;
    customerToken = { 'x-moltin-customer-token': (await shop.login(ann)).token };
  });

  async function ask({ method, path, body }: Operation, headers: Record<string, string>) {
    return app.http[method](path(ann, realmId)).set(headers).send(body?.(ann));
  }

  it('is tested with an operation for every permission that a route declares', () => {
    expect([...operations.map(([permission]) => permission), 'tokens:introspect'].sort()).toEqual(
      [...permissions].sort(),
    );
  });

  it.each(operations)(
    '%s: client credentials with this permission alone may, and with all others may not',
    async (permission, operation) => {
      const alone = await shop.otherKey({ permissions: [permission] });
      const others = await shop.otherKey({ permissions: permissions.filter((name) => name !== permission) });

      expect((await ask(operation, await shop.service(alone))).status).toBe(operation.success);
      const refused = await ask(operation, await shop.service(others));
      expectError(refused, 'forbidden');
      expect(await app.log.ofRequest(String(refused.headers['x-request-id']))).toMatchObject({
        status: 403,
        code: 'forbidden',
        reason: 'permission_missing',
        key_id: others.keyId,
      });
    },
  );

  it.each(operations)('%s: a bare implicit token may only what needs no customer', async (permission, operation) => {
    const answer = await ask(operation, await shop.implicit());
    if (OPEN_TO_IMPLICIT.has(permission)) expect(answer.status).toBe(operation.success);
    else expectError(answer, 'forbidden');
  });

  it.each(operations)(
    '%s: a customer token may what belongs to the customer, beside either grant',
    async (permission, operation) => {
      const closedBeside = {
        implicit: CLOSED_TO_CUSTOMERS.has(permission),
        // Settings, realms and profiles never look at the customer token, so there the grant alone counts.
        service: (LOOKING_AT_THE_TOKEN as readonly Permission[]).includes(permission),
      };
      for (const grant of ['implicit', 'service'] as const) {
        const answer = await ask(operation, { ...(await shop[grant]()), ...customerToken });
        if (closedBeside[grant]) expectError(answer, 'forbidden');
        else expect(answer.status).toBe(operation.success);
      }
    },
  );

  it.each(operations)(
    '%s: a customer token adds no permission to a key that lacks it',
    async (permission, operation) => {
      const others = await shop.otherKey({ permissions: permissions.filter((name) => name !== permission) });
      for (const grant of ['implicit', 'service'] as const) {
        expectError(await ask(operation, { ...(await shop[grant](others)), ...customerToken }), 'forbidden');
      }
    },
  );

  it('a key with no permission, or with a name that nobody declares, may nothing', async () => {
    for (const names of [[], ['*'], ['customers:*', 'customers', 'CUSTOMERS:READ', 'customers:read ']]) {
      const key = await shop.otherKey({ permissions: names });
      const headers = await shop.service(key);
      for (const [, operation] of operations) expectError(await ask(operation, headers), 'forbidden');
    }
  });

  it('refuses before the body, the page or the id is looked at', async () => {
    const key = await shop.otherKey({ permissions: [] });
    const headers = await shop.service(key);
    const answers = [
      await app.http
        .post('/v2/customers')
        .set(headers)
        .send({ data: { name: 5 } }),
      await app.http.get('/v2/customers?page[limit]=0&filter=x').set(headers),
      await app.http.get('/v2/customers/no-uuid').set(headers),
      await app.http.put('/v2/settings/store').set(headers).send({}),
    ];
    for (const answer of answers) expectError(answer, 'forbidden');
  });

  it('answers every refusal with the same bytes, but for the request id', async () => {
    const key = await shop.otherKey({ permissions: [] });
    const headers = await shop.service(key);
    const answers = await Promise.all(operations.map(([, operation]) => ask(operation, headers)));
    const texts = answers.map(({ text, headers: { 'x-request-id': id } }) => text.replaceAll(String(id), 'ID'));
    expect(new Set(texts)).toEqual(
      new Set([
        '{"errors":[{"status":403,"title":"Forbidden","detail":"This token does not allow the requested operation.",' +
          '"code":"forbidden","request_id":"ID"}]}',
      ]),
    );
  });

  it('takes the members for client credentials only out of every other body, whatever they hold', async () => {
    const id = randomUUID();
    const body = (members: object) => ({ data: { ...newCustomer().data, ...members } });
    const wild = [
      { id, email_verified: true },
      { id: 5, email_verified: 'yes' },
    ];
    for (const members of wild) {
      for (const headers of [await shop.implicit(), { ...(await shop.implicit()), ...customerToken }]) {
        const answer = await app.http.post('/v2/customers').set(headers).send(body(members)).expect(201);
        const { data } = answer.body as { data: { id: string; email_verified: boolean } };
        expect(data.id).not.toBe(id);
        expect(data.email_verified).toBe(false);
      }
      const own = { ...(await shop.service()), ...customerToken };
      const update = await app.http.put(`/v2/customers/${ann.id}`).set(own).send({ data: members }).expect(200);
      expect(update.body).toMatchObject({ data: { id: ann.id, email_verified: false } });
    }
    const trusted = await app.http
      .post('/v2/customers')
      .set(await shop.service())
      .send(body({ id, email_verified: true }))
      .expect(201);
    expect(trusted.body).toMatchObject({ data: { id, email_verified: true } });
  });
});
