import argon2 from 'argon2';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../../harness/app.js';
import { expectError } from '../../harness/error-answers.js';
import { givenShop, type Shop } from '../../harness/shop.js';
import { storedCustomer } from '../../harness/stored-rows.js';

describe('PasswordStrategy', () => {
  let app: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
  });

  async function login(email: string, password: string) {
    return app.http
      .post('/v2/customers/tokens')
      .set(await shop.implicit())
      .send({ data: { type: 'token', email, password } });
  }

  /** A customer whose hash was made when the configuration was another one. */
  async function givenOldHash() {
    const ann = await shop.customer();
    const passwordHash = await argon2.hash(ann.password, {
      type: argon2.argon2id,
      memoryCost: 16,
      timeCost: 2,
      parallelism: 1,
    });
    const where = { storeId_id: { storeId: shop.storeId, id: ann.id } };
    await app.database.prisma.customer.update({ where, data: { passwordHash } });
    return { ann, passwordHash };
  }

  it('brings a hash of another cost to the configured one at the next login, and the token and earlier tokens are good', async () => {
    const { ann } = await givenOldHash();
    const earlier = await shop.as(ann);

    const upgraded = (await storedCustomer(shop, ann.id)).password_hash;
    expect(upgraded).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
    expect((await app.http.get(`/v2/customers/${ann.id}`).set(earlier)).status).toBe(200);
    expect((await app.http.get(`/v2/customers/${ann.id}`).set(await shop.as(ann))).status).toBe(200);
    expect((await storedCustomer(shop, ann.id)).password_hash).toBe(upgraded);
  });

  it('leaves a hash of another cost as it is when the password is wrong', async () => {
    const { ann, passwordHash } = await givenOldHash();
    expectError(await login(ann.email, 'not the password'), 'credentials_invalid');
    expect((await storedCustomer(shop, ann.id)).password_hash).toBe(passwordHash);
  });

  it('gives all of many logins at once a token while the hash is upgraded', async () => {
    const { ann } = await givenOldHash();
    const answers = await Promise.all(Array.from({ length: 8 }, () => login(ann.email, ann.password)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  });

  it('never writes what was typed as an email into the log when it is none', async () => {
    const answer = await login('p@ssw0rd-Correct-Horse-9', 'whatever');
    expectError(answer, 'credentials_invalid');
    const line = await app.log.ofRequest(answer.headers['x-request-id'] ?? '');
    expect(line).toMatchObject({ email: '***', reason: 'email_unknown' });
    expect(JSON.stringify(line)).not.toContain('ssw0rd');
  });
});
