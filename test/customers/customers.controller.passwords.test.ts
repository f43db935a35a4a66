import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { storedCustomer } from '../harness/stored-rows.js';

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

function tryLogin(email: string, password: string, at: Shop = shop) {
  return at.implicit().then((headers) =>
    at.app.http
      .post('/v2/customers/tokens')
      .set(headers)
      .send({ data: { type: 'token', email, password } }),
  );
}

const TAKEN: [string, string][] = [
  ['8 characters', 'x7!aaaaa'],
  ['64 characters', 'a'.repeat(64)],
  ['128 characters', 'a'.repeat(128)],
  ['1,024 bytes', 'a'.repeat(1_024)],
  ['1,024 bytes in 256 characters', '🦄'.repeat(256)],
  ['8 characters of four bytes', '🦄'.repeat(8)],
  ['blanks at both ends', '  spaces  '],
  ['blanks only', ' '.repeat(8)],
  ['quotes and backslashes', `'"\\\\"'$1;--`],
  ['the word that stands for a password in answers', 'true'.repeat(2)],
];

describe('the password of a customer', () => {
  it.each(TAKEN)('logs in exactly as it was set, when it has %s', async (_, password) => {
    const email = uniqueEmail();
    const created = await app.http
      .post('/v2/customers')
      .set(await shop.service())
      .send({ data: { name: 'Ann', email, password } });
    expect(created.status).toBe(201);

    expect((await tryLogin(email, password)).status).toBe(200);
    const cut = Array.from(password).slice(0, -1).join('');
    const others = [`${password} `, ` ${password}`, cut, `${password}a`, password.trim()];
    for (const other of others.filter((text) => text !== password && text !== '' && Buffer.byteLength(text) <= 1_024)) {
      expect((await tryLogin(email, other)).status).toBe(404);
    }
  });

  it('is compared up to its last byte, when it is longer than older algorithms take', async () => {
    const email = uniqueEmail();
    const password = `${'a'.repeat(1_023)}b`;
    await shop.customer({ email, password });

    expect((await tryLogin(email, password)).status).toBe(200);
    expect((await tryLogin(email, `${'a'.repeat(1_023)}c`)).status).toBe(404);
  });

  it('is one password in both Unicode spellings of a letter, composed and decomposed', async () => {
    const email = uniqueEmail();
    await shop.customer({ email, password: 'pa\u0308ssword' });

    expect((await tryLogin(email, 'p\u00e4ssword')).status).toBe(200);
    expect((await tryLogin(email, 'password')).status).toBe(404);
  });

  it.each([
    ['seven letters', 'abcdefg'],
    ['seven characters of four bytes', '🦄'.repeat(7)],
    ['one blank', ' '],
  ])('is refused on create and on update, when it has %s', async (_, password) => {
    const ann = await shop.customer();
    const row = await storedCustomer(shop, ann.id);
    const service = await shop.service();

    const created = await app.http
      .post('/v2/customers')
      .set(service)
      .send({ data: { name: 'Ann', email: uniqueEmail(), password } });
    const updated = await app.http.put(`/v2/customers/${ann.id}`).set(service).send({ data: { password } });

    for (const answer of [created, updated]) {
      expect(answer.status).toBe(422);
      expect((answer.body as { errors: { detail: string }[] }).errors.map(({ detail }) => detail)).toEqual([
        'The data.password must be at least 8 characters.',
      ]);
    }
    expect(await storedCustomer(shop, ann.id)).toEqual(row);
  });

  it.each([
    ['empty', ''],
    ['null', null],
  ])('counts as not given on create and on update, when it is %s', async (_, password) => {
    const service = await shop.service();
    const created = await app.http
      .post('/v2/customers')
      .set(service)
      .send({ data: { name: 'Ann', email: uniqueEmail(), password } });
    expect(created.status).toBe(201);
    const { id } = (created.body as { data: { id: string; password: boolean } }).data;
    expect(created.body).toMatchObject({ data: { password: false } });
    expect((await storedCustomer(shop, id)).password_hash).toBeNull();

    const ann = await shop.customer();
    const { password_hash: hash } = await storedCustomer(shop, ann.id);
    const { token } = await shop.login(ann);
    const updated = await app.http
      .put(`/v2/customers/${ann.id}`)
      .set({ ...(await shop.implicit()), 'x-moltin-customer-token': token })
      .send({ data: { name: 'Ann Renamed', password } });
    expect(updated.status).toBe(200);
    expect(updated.body).toMatchObject({ data: { name: 'Ann Renamed', password: true } });
    expect((await storedCustomer(shop, ann.id)).password_hash).toBe(hash);
    expect((await tryLogin(ann.email, ann.password)).status).toBe(200);
  });

  it('is never shown: every answer about the customer says true or false', async () => {
    const password = 'never shown 4711';
    const headers = await shop.service();
    const ann = await shop.customer({ password });
    const { password_hash: hash } = await storedCustomer(shop, ann.id);
    const path = `/v2/customers/${ann.id}`;

    const answers = [
      await app.http.get(path).set(headers),
      await app.http.put(path).set(headers).send({ data: { password } }),
      await app.http.get('/v2/customers?page[limit]=1').set(headers),
      await tryLogin(ann.email, password),
    ];

    for (const { text, status } of answers) {
      expect(status).toBe(200);
      expect(text).not.toContain(password);
      expect(text).not.toContain(String(hash));
      expect(text).not.toMatch(/argon2|password_hash/);
    }
    expect(answers[0]?.body).toMatchObject({ data: { password: true } });
    expect(answers[2]?.body).toMatchObject({ data: [{ id: ann.id, password: true }] });
  });

  it('has the least length that the operator sets, checked when it is set and never at login', async () => {
    const strict = await startApp({ databaseUrl: app.config.databaseUrl, passwordMinLength: 15 });
    try {
      const ann = await shop.customer({ password: '12345678' });
      const headers = await shop.service();
      const tooShort = await strict.http
        .put(`/v2/customers/${ann.id}`)
        .set(headers)
        .send({ data: { password: '12345678901234' } });
      expect(tooShort.status).toBe(422);
      expect((tooShort.body as { errors: { detail: string }[] }).errors[0]?.detail).toBe(
        'The data.password must be at least 15 characters.',
      );

      const login = await strict.http
        .post('/v2/customers/tokens')
        .set(headers)
        .send({ data: { type: 'token', email: ann.email, password: '12345678' } });
      expect(login.status).toBe(200);

      const enough = await strict.http
        .put(`/v2/customers/${ann.id}`)
        .set(headers)
        .send({ data: { password: '123456789012345' } });
      expect(enough.status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});
