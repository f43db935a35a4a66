import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { countRows, storedCustomer } from '../harness/stored-rows.js';

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

/** Spellings of one address, as people and their keyboards give it. */
const FAMILIES: [what: string, canonical: string, spellings: string[]][] = [
  [
    'blanks, capitals and full-width signs',
    'ron@x.example',
    [
      'Ron@X.example',
      ' ron@x.example',
      'ron@x.example\t',
      'RON@X.EXAMPLE',
      'ron＠x.example',
      'ｒｏｎ@ｘ.example',
      'ron@x。example',
    ],
  ],
  ['a plus tag', 'ron+shop@x.example', ['Ron+Shop@x.example', 'ron＋shop@x.example']],
  ['a Kelvin sign', 'kelvin@x.example', ['\u212Aelvin@x.example', 'KELVIN@x.example']],
  ['a capital I with a dot', 'i\u0307@x.example', ['\u0130@x.example', 'I\u0307@x.example']],
  [
    'composed and decomposed letters',
    'zo\u00eb@x.example',
    ['zoe\u0308@x.example', 'ZO\u00cb@x.example', 'ZOE\u0308@x.example'],
  ],
  [
    'a domain of another script',
    'ann@xn--r8jz45g.xn--zckzah',
    ['ann@例え.テスト', 'Ann@例え。テスト', 'ANN@XN--R8JZ45G.XN--ZCKZAH'],
  ],
];

async function create(members: Record<string, unknown>, at: Shop = shop) {
  return app.http
    .post('/v2/customers')
    .set(await at.service())
    .send({ data: { type: 'customer', name: 'Ron', password: 'correct horse', ...members } });
}

async function login(email: string, at: Shop = shop) {
  return app.http
    .post('/v2/customers/tokens')
    .set(await at.implicit())
    .send({ data: { type: 'token', email, password: 'correct horse' } });
}

describe('the email of a customer', () => {
  it.each(FAMILIES)('is one for create, update and login in every spelling: %s', async (_, canonical, spellings) => {
    const [typed = ''] = spellings;
    const created = await create({ email: typed });
    expect(created.status).toBe(201);
    const { id, email } = (created.body as { data: { id: string; email: string } }).data;
    expect(email).toBe(typed.trim());
    const row = await storedCustomer(shop, id);
    expect(row).toMatchObject({ email: typed.trim(), email_canonical: canonical, login_email: canonical });
    expect(row.email_domain).toBe(canonical.slice(canonical.lastIndexOf('@') + 1));
    const other = await shop.customer();
    const count = await countRows(shop, 'customers');

    for (const spelling of [canonical, ...spellings]) {
      const answer = await login(spelling);
      expect(answer.status).toBe(200);
      expect((answer.body as { data: { customer_id: string } }).data.customer_id).toBe(id);
      expectError(await create({ email: spelling }), 'email_taken');
      const moved = await app.http
        .put(`/v2/customers/${other.id}`)
        .set(await shop.service())
        .send({ data: { email: spelling } });
      expectError(moved, 'email_taken');
    }
    expect(await countRows(shop, 'customers')).toBe(count);
    expect(await storedCustomer(shop, id)).toEqual(row);
  });

  it('belongs to different people, when only the look of its letters is the same', async () => {
    const lookAlikes = [
      'paypal@y.example',
      'p\u0430ypal@y.example',
      'i@y.example',
      '\u0131@y.example',
      '\u0130@y.example',
    ];
    const ids = [];
    for (const email of lookAlikes) {
      const created = await create({ email });
      expect(created.status).toBe(201);
      ids.push((created.body as { data: { id: string } }).data.id);
    }
    for (const [index, email] of lookAlikes.entries()) {
      expect((await login(email)).body).toMatchObject({ data: { customer_id: ids[index] } });
    }
  });

  it('is not found by a domain that only NFKC makes its own, neither at login nor by a filter', async () => {
    for (const email of ['victim@shop.example', 'victim@a\u03c2b.example', 'victim@a\u03c3b.example']) {
      expect((await create({ email })).status).toBe(201);
    }
    const found = async (filter: string) => {
      const path = `/v2/customers?filter=${encodeURIComponent(filter)}`;
      const answer = await app.http.get(path).set(await shop.service());
      return (answer.body as { data: { email: string }[] }).data.map(({ email }) => email);
    };
    expectError(await login('victim@shop\u2024example'), 'credentials_invalid');
    expect(await found('eq(email,"victim@shop\u2024example")')).toEqual([]);
    expect(await found('in(email,"victim@shop\u2024example")')).toEqual([]);
    expect(await found('like(email,"victim@shop\u2024example")')).toEqual([]);
    expect(await found('like(email,"*@shop\u2024example")')).toEqual([]);
    expect(await found('like(email,"*\uff20shop.example")')).toEqual(['victim@shop.example']);
    for (const pattern of ['victim@a\u03f2b.example', '*@a\u03f2b.example', '*\uff20a\u03f2b.example']) {
      expect(await found(`like(email,"${pattern}")`)).toEqual(['victim@a\u03c3b.example']);
    }
    expect(await found('eq(email,"victim@a\u03f2b.example")')).toEqual(['victim@a\u03c3b.example']);
  });

  it.each([
    ['a zero-width space', 'zer\u200Bo@x.example'],
    ['a domain with a trailing dot', 'dot@x.example.'],
    ['a path behind the domain', 'path@x.example/evil'],
    ['a short IPv4 address', 'ip@127.1'],
  ])('is refused on create and on update and unknown at login, when it holds %s', async (_, email) => {
    const ann = await shop.customer();
    const created = await create({ email });
    const updated = await app.http
      .put(`/v2/customers/${ann.id}`)
      .set(await shop.service())
      .send({ data: { email } });

    for (const answer of [created, updated]) {
      expectError(answer, 'validation_failed', [{ detail: 'The data.email must be a valid email address.' }]);
    }
    expectError(await login(email), 'credentials_invalid');
    expect((await storedCustomer(shop, ann.id)).email).toBe(ann.email);
  });

  it('is answered as it was typed, and may be respelled by its owner without becoming another', async () => {
    const created = await create({ email: 'Zo\u00eb.Case@z.example', email_verified: true });
    const { id } = (created.body as { data: { id: string } }).data;

    const updated = await app.http
      .put(`/v2/customers/${id}`)
      .set(await shop.service())
      .send({ data: { email: 'ZO\u00cb.CASE@Z.example' } });

    expect(updated.status).toBe(200);
    expect(updated.body).toMatchObject({ data: { email: 'ZO\u00cb.CASE@Z.example', email_verified: true } });
    expect(await storedCustomer(shop, id)).toMatchObject({
      email: 'ZO\u00cb.CASE@Z.example',
      email_canonical: 'zo\u00eb.case@z.example',
      login_email: 'zo\u00eb.case@z.example',
      email_verified: true,
    });
    const line = await app.log.ofRequest(String(updated.headers['x-request-id']));
    expect(line['events']).toBeUndefined();
  });

  it('is found by its canonical form in the database too, whatever the database thinks of letters', async () => {
    await create({ email: '\u0130\u0131I@w.example' });
    const { rows } = await app.database.pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM customers WHERE store_id = $1 AND login_email = $2',
      [shop.storeId, 'i\u0307\u0131i@w.example'],
    );
    expect(rows).toEqual([{ count: 1 }]);
  });
});
