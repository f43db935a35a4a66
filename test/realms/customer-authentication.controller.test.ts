import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm } from '../harness/given-realm.js';
import { givenShop } from '../harness/shop.js';

const PATH = '/v2/settings/customer-authentication';

describe('GET /v2/settings/customer-authentication', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await sharedApp();
  });

  it('tells a storefront the realm of the customers and the client id to ask for', async () => {
    const shop = await givenShop(app);
    const realm = await givenRealm(shop, { duplicateEmailPolicy: 'api_only' });
    const answer = await app.http.get(PATH).set(await shop.implicit());

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: {
        id: shop.storeId,
        type: 'customer-authentication-settings',
        meta: { client_id: 'customers' },
        relationships: {
          'authentication-realm': {
            data: {
              id: realm.id,
              type: 'authentication-realm',
              duplicate_email_policy: 'api_only',
              links: { self: `https://id.shop.example/v2/authentication-realms/${realm.id}` },
            },
          },
        },
      },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('tells the realm that the store began with, however that is called and whatever came later', async () => {
    const shop = await givenShop(app);
    const first = await givenRealm(shop, { name: 'Zebras', createdAt: new Date('2020-01-01') });
    await givenRealm(shop);
    const { body } = await app.http.get(PATH).set(await shop.implicit());

    expect(body).toMatchObject({ data: { relationships: { 'authentication-realm': { data: { id: first.id } } } } });
  });

  it('never looks at the customer token: a stale or empty one keeps nobody from a new login', async () => {
    const shop = await givenShop(app);
    await givenRealm(shop);
    for (const access of [await shop.implicit(), await shop.service()]) {
      for (const token of ['stale', '', 'null']) {
        const answer = await app.http.get(PATH).set({ ...access, 'x-moltin-customer-token': token });
        expect(answer.status).toBe(200);
      }
    }
  });

  it('takes no write and, in a store without a realm, finds nothing', async () => {
    const shop = await givenShop(app);
    const service = await shop.service();
    expectError(await app.http.get(PATH).set(service), 'resource_not_found');
    expectError(await app.http.put(PATH).set(service).send({ data: {} }), 'method_not_allowed');
  });
});
