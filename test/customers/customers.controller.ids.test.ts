import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';

let app: TestApp;
let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  service = await shop.service();
});

async function create(members: object, headers = service) {
  return app.http
    .post('/v2/customers')
    .set(headers)
    .send({ data: { name: 'Ann', email: uniqueEmail(), ...members } });
}

describe('an id that the writer brings', () => {
  it.each([
    ['version 4', randomUUID()],
    ['version 7', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['version 1', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
    ['all zeros', '00000000-0000-0000-0000-000000000000'],
    ['all ones in capitals', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'],
    ['mixed case', 'AbCdEf01-2345-4789-aBcD-eF0123456789'],
  ])('is taken in lower case with client credentials, when it is a UUID of %s', async (_, id) => {
    const answer = await create({ id });

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ data: { id: id.toLowerCase() } });
    const read = await app.http.get(`/v2/customers/${id}`).set(service);
    expect(read.body).toEqual(answer.body);
    expect((await storedCustomer(shop, id.toLowerCase())).id).toBe(id.toLowerCase());
  });

  it.each([
    ['empty', ''],
    ['null', null],
  ])('counts as absent, when it is %s', async (_, id) => {
    const answer = await create({ id });

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ data: { id: expect.stringMatching(/^[0-9a-f-]{14}7[0-9a-f-]{21}$/) } });
  });

  it.each([
    '1',
    'customer',
    ' ',
    `{${randomUUID()}}`,
    randomUUID().replaceAll('-', ''),
    `${randomUUID()} `,
    `urn:uuid:${randomUUID()}`,
  ])('is 422 with client credentials and stores nothing, when it is the text "%s"', async (id) => {
    const count = await countRows(shop, 'customers');

    expectError(await create({ id }), 'validation_failed', [{ detail: 'The data.id must be a valid UUID.' }]);

    expect(await countRows(shop, 'customers')).toBe(count);
  });

  it('is 409 in any spelling and leaves the first customer alone, when it exists', async () => {
    const ann = await shop.customer();
    const row = await storedCustomer(shop, ann.id);
    const count = await countRows(shop, 'customers');

    for (const id of [ann.id, ann.id.toUpperCase()]) expectError(await create({ id, name: 'Eve' }), 'id_taken');

    expect(await storedCustomer(shop, ann.id)).toEqual(row);
    expect(await countRows(shop, 'customers')).toBe(count);
  });

  it('may exist in another store: the two customers stay apart', async () => {
    const elsewhere = await givenShop(app);
    const ann = await shop.customer();

    const twin = await elsewhere.customer({ id: ann.id, name: 'Other Ann' });

    expect(twin.id).toBe(ann.id);
    expect((await storedCustomer(shop, ann.id)).email).toBe(ann.email);
    const removed = await app.http.delete(`/v2/customers/${ann.id}`).set(await elsewhere.service());
    expect(removed.status).toBe(204);
    expect((await storedCustomer(shop, ann.id)).email).toBe(ann.email);
  });

  it.each([
    ['a UUID', randomUUID()],
    ['text', 'mine'],
    ['a number', 1],
    ['an object', { contains: '' }],
  ])('is ignored without client credentials, when it is %s', async (_, id) => {
    const answer = await create({ id, email_verified: true }, await shop.implicit());

    expect(answer.status).toBe(201);
    const { data } = answer.body as { data: { id: string; email_verified: boolean } };
    expect(data.id).not.toBe(id);
    expect(data.email_verified).toBe(false);
    expect((await storedCustomer(shop, data.id)).email_verified).toBe(false);
  });
});

describe('an id in the path', () => {
  let ann: TestCustomer;

  beforeAll(async () => {
    ann = await shop.customer();
  });

  const STRANGE: [string, string][] = [
    ['unknown', randomUUID()],
    ['a word', 'attribute'],
    ['a number', '1'],
    ['too short by a digit', '01890a5d-ac96-774b-bcce-b302099a805'],
    ['without hyphens', '01890a5dac96774bbcceb302099a8057'],
    ['in braces', '%7B01890a5d-ac96-774b-bcce-b302099a8057%7D'],
    ['SQL', "1'%20OR%20'1'='1"],
    ['a NUL byte', '%00'],
    ['an encoded slash', '..%2Fcustomers'],
    ['full-width digits', encodeURIComponent('０1890a5d-ac96-774b-bcce-b302099a8057')],
    ['a Kelvin sign', encodeURIComponent('\u212A1890a5d-ac96-774b-bcce-b302099a8057')],
    ['5,000 letters', 'x'.repeat(5_000)],
  ];

  it('is the same in capitals', async () => {
    const upper = `/v2/customers/${ann.id.toUpperCase()}`;
    const own = await shop.as(ann);

    const read = await app.http.get(upper).set(service);
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({ data: { id: ann.id, name: ann.name } });
    expect((await app.http.get(upper).set(own)).body).toEqual(read.body);
    const written = await app.http
      .put(upper)
      .set(own)
      .send({ data: { name: 'Ann In Capitals' } });
    expect(written.body).toMatchObject({ data: { id: ann.id, name: 'Ann In Capitals' } });
  });

  it.each(STRANGE)('is 404 for every method and changes nothing, when it is %s', async (_, id) => {
    const row = await storedCustomer(shop, ann.id);
    const count = await countRows(shop, 'customers');
    const path = `/v2/customers/${id}`;

    expectError(await app.http.get(path).set(service), 'customer_not_found');
    expectError(
      await app.http
        .put(path)
        .set(service)
        .send({ data: { name: 'Eve' } }),
      'customer_not_found',
    );
    expectError(await app.http.delete(path).set(service), 'customer_not_found');

    expect(await storedCustomer(shop, ann.id)).toEqual(row);
    expect(await countRows(shop, 'customers')).toBe(count);
  });

  it('answers an unknown, a malformed and a foreign id with the same bytes but for the request id', async () => {
    const elsewhere = await givenShop(app);
    const foreign = await elsewhere.customer();
    const requestId = 'same-for-all';
    const texts = [];
    for (const id of [randomUUID(), 'malformed', foreign.id]) {
      const answer = await app.http.get(`/v2/customers/${id}`).set({ ...service, 'x-request-id': requestId });
      expect(answer.status).toBe(404);
      texts.push(answer.text);
    }
    expect(new Set(texts).size).toBe(1);
  });

  it('answers 403 with the same bytes for another, an unknown and a malformed id, when a customer token comes', async () => {
    const bob = await shop.customer();
    const own = { ...(await shop.as(ann)), 'x-request-id': 'same-for-all' };
    const row = await storedCustomer(shop, bob.id);
    const texts = [];
    for (const id of [bob.id, bob.id.toUpperCase(), randomUUID(), 'malformed', '%00', `${ann.id}x`]) {
      const path = `/v2/customers/${id}`;
      for (const answer of [
        await app.http.get(path).set(own),
        await app.http
          .put(path)
          .set(own)
          .send({ data: { name: 'Eve' } }),
        await app.http
          .put(path)
          .set(own)
          .send({ data: { name: 7 } }),
        await app.http.delete(path).set(own),
      ]) {
        expectError(answer, 'customer_forbidden');
        texts.push(answer.text);
      }
    }
    expect(new Set(texts).size).toBe(1);
    expect(await storedCustomer(shop, bob.id)).toEqual(row);
  });
});
