import { beforeAll, describe, expect, it } from 'vitest';
import { initialStoreSettings } from '../../src/access/store-settings.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';

const PATH = '/v2/settings/store';

describe('/v2/settings/store', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await sharedApp();
  });

  async function givenService(): Promise<{ shop: Shop; service: Record<string, string> }> {
    const shop = await givenShop(app);
    return { shop, service: await shop.service() };
  }

  const initial = (shop: Shop) => ({
    id: shop.storeId,
    type: 'store-settings',
    registration: 'open',
    require_current_password: false,
    page_length: 25,
    address_limit: 25,
  });

  async function stored(shop: Shop) {
    const { registration, requireCurrentPassword, pageLength, addressLimit } =
      await app.database.prisma.store.findUniqueOrThrow({ where: { id: shop.storeId } });
    return { registration, requireCurrentPassword, pageLength, addressLimit };
  }

  it('GET answers the settings of the store of the access token, not to be stored', async () => {
    const { shop, service } = await givenService();
    const answer = await app.http.get(PATH).set(service);

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data: initial(shop) });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('PUT of all members changes all, and the next GET shows them', async () => {
    const { shop, service } = await givenService();
    const members = {
      registration: 'client_credentials',
      require_current_password: true,
      page_length: 100,
      address_limit: 1_000,
    };
    const answer = await app.http
      .put(PATH)
      .set(service)
      .send({ data: { type: 'store-settings', ...members } });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data: { ...initial(shop), ...members } });
    expect((await app.http.get(PATH).set(service)).body).toEqual(answer.body);
    expect(await stored(shop)).toEqual({
      registration: 'client_credentials',
      requireCurrentPassword: true,
      pageLength: 100,
      addressLimit: 1_000,
    });
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      events: ['store_settings_changed'],
      store_id: shop.storeId,
      key_id: shop.key.keyId,
    });
  });

  it.each([
    ['registration', 'client_credentials'],
    ['require_current_password', true],
    ['page_length', 1],
    ['address_limit', 1],
  ])('PUT of %s alone leaves the others, and so does a PUT of nothing', async (name, value) => {
    const { shop, service } = await givenService();
    const expected = { data: { ...initial(shop), [name]: value } };

    expect(
      (
        await app.http
          .put(PATH)
          .set(service)
          .send({ data: { [name]: value } })
          .expect(200)
      ).body,
    ).toEqual(expected);
    expect((await app.http.put(PATH).set(service).send({ data: {} }).expect(200)).body).toEqual(expected);
    expect((await app.http.get(PATH).set(service).expect(200)).body).toEqual(expected);
  });

  it('PUT marks the time of the change on the store and leaves other stores alone', async () => {
    const { shop, service } = await givenService();
    const other = await givenShop(app);
    const before = await app.database.prisma.store.findUniqueOrThrow({ where: { id: shop.storeId } });
    await app.http
      .put(PATH)
      .set(service)
      .send({ data: { page_length: 9 } })
      .expect(200);
    const after = await app.database.prisma.store.findUniqueOrThrow({ where: { id: shop.storeId } });

    expect(after).toEqual({ ...before, pageLength: 9, updatedAt: after.updatedAt });
    expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
    expect(await stored(other)).toEqual(initialStoreSettings);
  });

  it('PUT ignores members that nobody may set', async () => {
    const { shop, service } = await givenService();
    const other = await givenShop(app);
    const data = {
      id: other.storeId,
      store_id: other.storeId,
      handle: 'mine',
      created_at: '2020-01-01',
      page_length: 3,
    };
    const answer = await app.http.put(PATH).set(service).send({ data }).expect(200);

    expect(answer.body).toEqual({ data: { ...initial(shop), page_length: 3 } });
    expect(await stored(other)).toEqual(initialStoreSettings);
    const { handle } = await app.database.prisma.store.findUniqueOrThrow({ where: { id: shop.storeId } });
    expect(handle).toBe(`shop-${shop.storeId}`);
  });

  it.each([
    ['no body', undefined, ['The data field is required.']],
    ['no data', {}, ['The data field is required.']],
    ['data that is text', { data: 'x' }, ['The data must be an object.']],
    ['another type', { data: { type: 'store' } }, ['The selected data.type is invalid.']],
    ['an unknown registration', { data: { registration: 'closed' } }, ['The selected data.registration is invalid.']],
    [
      'registration in another case',
      { data: { registration: 'Open' } },
      ['The selected data.registration is invalid.'],
    ],
    [
      'a text for a boolean',
      { data: { require_current_password: 'true' } },
      ['The data.require_current_password must be true or false.'],
    ],
    [
      'a number for a boolean',
      { data: { require_current_password: 1 } },
      ['The data.require_current_password must be true or false.'],
    ],
    ['page_length 0', { data: { page_length: 0 } }, ['The data.page_length must be at least 1.']],
    ['page_length 101', { data: { page_length: 101 } }, ['The data.page_length may not be greater than 100.']],
    ['page_length as text', { data: { page_length: '25' } }, ['The data.page_length must be a number.']],
    ['page_length a fraction', { data: { page_length: 2.5 } }, ['The data.page_length must be an integer.']],
    ['page_length beyond all numbers', { data: { page_length: 1e300 } }, null],
    ['address_limit 0', { data: { address_limit: 0 } }, ['The data.address_limit must be at least 1.']],
    ['address_limit negative', { data: { address_limit: -1 } }, ['The data.address_limit must be at least 1.']],
    [
      'address_limit 1001',
      { data: { address_limit: 1_001 } },
      ['The data.address_limit may not be greater than 1000.'],
    ],
    ['address_limit in a list', { data: { address_limit: [5] } }, ['The data.address_limit must be a number.']],
    [
      'several faults',
      { data: { registration: 'x', require_current_password: 'x', page_length: 'x', address_limit: 0 } },
      [
        'The selected data.registration is invalid.',
        'The data.require_current_password must be true or false.',
        'The data.page_length must be a number.',
        'The data.address_limit must be at least 1.',
      ],
    ],
  ])('PUT with %s is 422 with one entry per fault, and changes nothing', async (_, body, details) => {
    const { shop, service } = await givenService();
    const answer = await app.http.put(PATH).set(service).type('json').send(body);

    const entries = details ?? (answer.body as { errors: { detail: string }[] }).errors.map(({ detail }) => detail);
    expectError(
      answer,
      'validation_failed',
      entries.map((detail) => ({ detail })),
    );
    expect(await stored(shop)).toEqual(initialStoreSettings);
  });

  it('a good member beside a bad one is not stored', async () => {
    const { shop, service } = await givenService();
    await app.http
      .put(PATH)
      .set(service)
      .send({ data: { page_length: 5, address_limit: 0 } })
      .expect(422);
    expect(await stored(shop)).toEqual(initialStoreSettings);
  });

  it('is for client credentials only: an implicit token and a customer’s are 403 and change nothing', async () => {
    const { shop } = await givenService();
    const ann = await shop.customer();
    for (const headers of [await shop.implicit(), await shop.as(ann)]) {
      expectError(await app.http.get(PATH).set(headers), 'forbidden');
      expectError(
        await app.http
          .put(PATH)
          .set(headers)
          .send({ data: { page_length: 5 } }),
        'forbidden',
      );
    }
    expect(await stored(shop)).toEqual(initialStoreSettings);
  });

  it('never looks at the customer token beside client credentials', async () => {
    const { shop, service } = await givenService();
    for (const value of ['', 'undefined', 'stale', (await shop.login(await shop.customer())).token]) {
      const headers = { ...service, 'x-moltin-customer-token': value };
      await app.http.get(PATH).set(headers).expect(200);
      await app.http
        .put(PATH)
        .set(headers)
        .send({ data: { page_length: 5 } })
        .expect(200);
    }
  });

  it('takes GET and PUT only, with or without a slash behind', async () => {
    const { service } = await givenService();
    await app.http.get(`${PATH}/`).set(service).expect(200);
    for (const method of ['post', 'delete'] as const) {
      const answer = await app.http[method](PATH).set(service);
      expectError(answer, 'method_not_allowed');
      expect(answer.headers['allow']).toBe('GET, HEAD, PUT');
    }
  });
});
