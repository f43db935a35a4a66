import { beforeAll, describe, expect, it } from 'vitest';
import { mergeCustomMembers, shownCustomMembers } from '../../src/customers/custom-members.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';

const OWN_MEMBERS = [
  'id',
  'type',
  'name',
  'email',
  'password',
  'external_ref',
  'authentication_mechanism',
  'email_verified',
  'meta',
];

/** One of every kind of value, and names that careless code trips over. */
const KEPT = {
  loyalty: { tier: 'gold', points: 12, history: [{ at: '2026-01-01', why: null }, [], {}] },
  'favourite colour': 'grün 🦄',
  newsletter: false,
  nickname: '',
  score: -0.5,
  tags: ['a', 1, true, null, { a: [] }],
  nothing_inside: {},
  largest: Number.MAX_SAFE_INTEGER,
  toString: 'x',
  hasOwnProperty: 1,
  '': 'no name',
  'data.name': 'dotted',
};

let app: TestApp;
let shop: Shop;
let service: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  service = await shop.service();
});

async function create(members: object, headers = service) {
  const answer = await app.http
    .post('/v2/customers')
    .set(headers)
    .send({ data: { name: 'Ann', email: uniqueEmail(), ...members } });
  return { answer, data: (answer.body as { data: Record<string, unknown> & { id: string } }).data };
}

/** Body as text: `__proto__` in an object literal would not arrive. */
async function put(id: string, body: string | object, headers = service) {
  return app.http
    .put(`/v2/customers/${id}`)
    .set(headers)
    .type('json')
    .send(typeof body === 'string' ? body : JSON.stringify({ data: body }));
}

describe('members of the store’s own on a customer', () => {
  it('are kept verbatim and answered behind the members of the interface, on every answer', async () => {
    const { answer, data } = await create(KEPT);

    expect(answer.status).toBe(201);
    expect((await storedCustomer(shop, data.id)).custom_members).toEqual(KEPT);
    const read = await app.http.get(`/v2/customers/${data.id}`).set(service);
    const listed = await app.http.get('/v2/customers?page[limit]=1').set(service);
    const updated = await put(data.id, { name: 'Ann Renamed' });
    const [inList] = (listed.body as { data: object[] }).data;
    for (const shown of [
      data,
      (read.body as { data: object }).data,
      inList ?? {},
      (updated.body as { data: object }).data,
    ]) {
      expect(shown).toMatchObject(KEPT);
      expect(Object.keys(shown).slice(0, OWN_MEMBERS.length)).toEqual(OWN_MEMBERS);
      expect(Object.keys(shown).slice(OWN_MEMBERS.length).toSorted()).toEqual(Object.keys(KEPT).toSorted());
    }
  });

  it('are replaced as a whole when sent, removed by null, and stay when left out', async () => {
    const { data } = await create({ a: { deep: [1] }, b: 'b', c: 'c' });

    const answer = await put(data.id, { a: { other: true }, b: null, d: 4, e: null });

    expect(answer.status).toBe(200);
    expect((await storedCustomer(shop, data.id)).custom_members).toEqual({ a: { other: true }, c: 'c', d: 4 });
    const shown = (answer.body as { data: object }).data;
    expect(Object.keys(shown).slice(OWN_MEMBERS.length).toSorted()).toEqual(['a', 'c', 'd']);
  });

  it('may be 50, also when one is removed as another comes, and not 51', async () => {
    const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`member_${index}`, index]));
    const { answer, data } = await create(fifty);
    expect(answer.status).toBe(201);
    const count = await countRows(shop, 'customers');
    const entry = { detail: 'The data may not have more than 50 members of its own.' };

    expectError((await create({ ...fifty, one_more: 1 })).answer, 'validation_failed', [entry]);
    expectError(await put(data.id, { one_more: 1 }), 'validation_failed', [entry]);
    expect((await put(data.id, { one_more: 1, member_0: null })).status).toBe(200);

    expect(await countRows(shop, 'customers')).toBe(count);
    const { custom_members: stored } = await storedCustomer(shop, data.id);
    expect(Object.keys(stored)).toHaveLength(50);
    expect(stored['one_more']).toBe(1);
  });

  it('may take 8,192 bytes in all, as JSON and counted in UTF-8, and not one more', async () => {
    const bytes = (length: number) => ({ a: 'é'.repeat((length - '{"a":""}'.length) / 2) });
    expect(Buffer.byteLength(JSON.stringify(bytes(8_192)))).toBe(8_192);
    const { answer, data } = await create(bytes(8_192));
    expect(answer.status).toBe(201);
    const row = await storedCustomer(shop, data.id);
    const entry = { detail: 'The data may not have more than 8192 bytes in members of its own.' };

    expectError((await create({ ...bytes(8_192), b: 1 })).answer, 'validation_failed', [entry]);
    expectError(await put(data.id, { name: 'Not Ann', b: 1 }), 'validation_failed', [entry]);
    expectError(await put(data.id, bytes(8_194)), 'validation_failed', [entry]);

    expect(await storedCustomer(shop, data.id)).toEqual(row);
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'are 422 and store nothing, when one is called %s',
    async (name) => {
      const { data } = await create({ kept: 1 });
      const row = await storedCustomer(shop, data.id);
      const count = await countRows(shop, 'customers');
      const body = (member: string) => `{"data":{"name":"Ann","email":"${uniqueEmail()}",${member}}}`;
      const created = await app.http
        .post('/v2/customers')
        .set(service)
        .type('json')
        .send(body(`"${name}":{"isAdmin":true}`));

      const entry = { detail: `The data.${name} member is not allowed.` };
      expectError(created, 'validation_failed', [entry]);
      expectError(await put(data.id, body(`"${name}":{"isAdmin":true}`)), 'validation_failed', [entry]);
      expectError(await put(data.id, body(`"${name}":null`)), 'validation_failed', [entry]);
      expect(await countRows(shop, 'customers')).toBe(count);
      expect(await storedCustomer(shop, data.id)).toEqual(row);
      expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    },
  );

  it('are 422, when a value hides __proto__ at any depth, and may hold the word constructor inside', async () => {
    const { data } = await create({});

    const hidden = await put(data.id, '{"data":{"prefs":[{"a":{"__proto__":{"isAdmin":true}}}]}}');
    const word = await put(data.id, { prefs: { constructor: 'Ann & Sons' } });

    expectError(hidden, 'validation_failed', [{ detail: 'The data.prefs member is not allowed.' }]);
    expect(word.status).toBe(200);
    expect((await storedCustomer(shop, data.id)).custom_members).toEqual({ prefs: { constructor: 'Ann & Sons' } });
  });

  it('are 422, when they pass for a decimal number of the database client, which cannot write them', async () => {
    const { data } = await create({});
    for (const [name, members] of [
      ['toStringTag', { toStringTag: '[object Decimal]' }],
      ['price', { price: { toStringTag: '[object Decimal]' } }],
      ['prices', { prices: [{ a: { toStringTag: '[object Decimal]' } }] }],
    ] as const) {
      const entry = { detail: `The data.${name} member is not allowed.` };
      expectError((await create(members)).answer, 'validation_failed', [entry]);
      expectError(await put(data.id, members), 'validation_failed', [entry]);
    }
    expect((await put(data.id, { toStringTag: 'mine' })).status).toBe(200);
    expect((await storedCustomer(shop, data.id)).custom_members).toEqual({ toStringTag: 'mine' });
  });

  it('are 422, when a number could not be answered as it was sent', async () => {
    const { data } = await create({});
    for (const number of ['12345678901234567890', '-9007199254740993', '1e400', '[{"deep":9007199254740993}]']) {
      expectError(await put(data.id, `{"data":{"legacy_id":${number}}}`), 'validation_failed', [
        {
          detail:
            'The data.legacy_id may not hold a number beyond 9007199254740991: send it as text, so that it stays exact.',
        },
      ]);
    }
    expect((await storedCustomer(shop, data.id)).custom_members).toEqual({});
  });

  it('are ignored without client credentials, whatever they are, on create and on update', async () => {
    const members = '"vip":true,"__proto__":{"isAdmin":true},"constructor":1,"big":1e400';
    const email = uniqueEmail();
    const created = await app.http
      .post('/v2/customers')
      .set(await shop.implicit())
      .type('json')
      .send(`{"data":{"name":"Ann","email":"${email}","password":"12345678",${members}}}`);
    expect(created.status).toBe(201);
    const { id, ...shown } = (created.body as { data: { id: string } & object }).data;
    expect(Object.keys({ id, ...shown })).toEqual(OWN_MEMBERS);

    const { token } = await shop.login({ email, password: '12345678' });
    for (const credentials of [await shop.implicit(), service]) {
      const headers = { ...credentials, 'x-moltin-customer-token': token };
      const answer = await put(id, `{"data":{"name":"Ann Renamed",${members}}}`, headers);
      expect(answer.status).toBe(200);
    }
    expect(await storedCustomer(shop, id)).toMatchObject({ name: 'Ann Renamed', custom_members: {} });
  });

  it('stay as they are and are shown, when the customer updates themselves', async () => {
    const ann = await shop.customer({ vip: true });

    const answer = await put(ann.id, { name: 'Ann Renamed', vip: null, other: 1 }, await shop.as(ann));

    expect(answer.body).toMatchObject({ data: { name: 'Ann Renamed', vip: true } });
    expect((await storedCustomer(shop, ann.id)).custom_members).toEqual({ vip: true });
  });

  it('never take a name that is a column of the customer’s row', async () => {
    const { rows } = await app.database.pool.query<{ column_name: string }>(
      `SELECT column_name FROM information_schema.columns WHERE table_name = 'customers' AND table_schema = 'public'`,
    );
    const columns = Object.fromEntries(rows.map(({ column_name: name }) => [name, 'forged']));

    expect(rows.length).toBeGreaterThan(10);
    expect(mergeCustomMembers({}, columns)).toEqual({ members: {}, faults: [] });
  });

  it('are hidden, when the interface has taken their name over since they were stored', () => {
    expect(shownCustomMembers({ meta: 'old', email_verified: true, vip: true })).toEqual({ vip: true });
    expect(shownCustomMembers(null)).toEqual({});
  });
});
