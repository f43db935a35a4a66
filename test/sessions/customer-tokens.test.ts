import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTokenId } from '../../src/crypto/identifiers.js';
import { systemOf } from '../../src/database/authority.js';
import { CustomerTokens } from '../../src/sessions/customer-tokens.js';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { aSecondLater } from '../harness/process-time.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { sized } from '../harness/tier/sizes.js';

type Headers = Record<string, string>;

const ROUNDS = sized('rounds of logins beside their revocation', { test: 6, thorough: 20 });

describe('CustomerTokens', () => {
  let app: TestApp;
  let second: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await sharedApp();
    second = await startApp({ databaseUrl: app.config.databaseUrl });
    shop = await givenShop(app);
  });

  afterAll(() => second.close());

  const readSelf = (at: TestApp, customer: TestCustomer, headers: Headers): Promise<Response> =>
    at.http.get(`/v2/customers/${customer.id}`).set(headers);

  /** Asserts the one refusal, and the reason that only the log tells. */
  async function expectRefused(at: TestApp, answer: Response, reason: string): Promise<void> {
    expectError(answer, 'customer_token_invalid');
    const line = await at.log.ofRequest(answer.headers['x-request-id'] ?? '');
    expect(line).toMatchObject({ code: 'customer_token_invalid', reason, status: 403 });
  }

  /** The other process may have remembered the token; a second later it has not. */
  async function expectRefusedElsewhere(customer: TestCustomer, headers: Headers, reason: string): Promise<void> {
    await expectRefused(second, await aSecondLater(() => readSelf(second, customer, headers)), reason);
  }

  it('stores one row per token, whose id is the jti and whose times are those of the claims', async () => {
    const ann = await shop.customer();
    const { id, token, expires } = await shop.login(ann);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { iat: number };

    const rows = await app.database.prisma.customerToken.findMany({
      where: { storeId: shop.storeId, customerId: ann.id },
    });
    expect(rows).toEqual([
      {
        storeId: shop.storeId,
        id,
        customerId: ann.id,
        mechanism: 'password',
        createdAt: new Date(claims.iat * 1000),
        expiresAt: new Date(expires * 1000),
        revokedAt: null,
        identityId: null,
      },
    ]);
  });

  it('a second login leaves the first token valid', async () => {
    const ann = await shop.customer();
    const [first, later] = [await shop.as(ann), await shop.as(ann)];
    expect((await readSelf(app, ann, first)).status).toBe(200);
    expect((await readSelf(app, ann, later)).status).toBe(200);
  });

  it('when the customer is deleted, refuses at once here and within a second in another process', async () => {
    const ann = await shop.customer();
    const headers = await shop.as(ann);
    expect((await readSelf(app, ann, headers)).status).toBe(200);
    expect((await readSelf(second, ann, headers)).status).toBe(200);

    await app.http.delete(`/v2/customers/${ann.id}`).set(headers).expect(204);
    await expectRefused(app, await readSelf(app, ann, headers), 'customer_gone');
    await expectRefusedElsewhere(ann, headers, 'customer_gone');
  });

  it('when the password is changed with client credentials, refuses at once here and within a second in another process', async () => {
    const ann = await shop.customer();
    const headers = await shop.as(ann);
    expect((await readSelf(app, ann, headers)).status).toBe(200);
    expect((await readSelf(second, ann, headers)).status).toBe(200);

    const data = { type: 'customer', password: 'another long password' };
    await app.http
      .put(`/v2/customers/${ann.id}`)
      .set(await shop.service())
      .send({ data })
      .expect(200);
    await expectRefused(app, await readSelf(app, ann, headers), 'revoked');
    await expectRefusedElsewhere(ann, headers, 'revoked');
  });

  it('refuses the token of a deleted customer for ever, also when the email is registered again', async () => {
    const ann = await shop.customer();
    const headers = await shop.as(ann);
    await app.http.delete(`/v2/customers/${ann.id}`).set(headers).expect(204);
    const again = await shop.customer({ email: ann.email });

    await expectRefused(app, await readSelf(app, again, headers), 'customer_gone');
    await expectRefused(app, await app.http.get('/v2/customers').set(headers), 'customer_gone');
  });

  it('refuses a token whose row is gone or revoked, although its signature is good', async () => {
    const ann = await shop.customer();
    const [revoked, gone] = [await shop.login(ann), await shop.login(ann)];
    const { prisma } = app.database;
    const row = (id: string) => ({ storeId_id: { storeId: shop.storeId, id } });
    await prisma.customerToken.update({ where: row(revoked.id), data: { revokedAt: new Date() } });
    await prisma.customerToken.delete({ where: row(gone.id) });

    const implicit = await shop.implicit();
    const withToken = (token: string) => ({ ...implicit, 'x-moltin-customer-token': token });
    await expectRefused(app, await readSelf(app, ann, withToken(revoked.token)), 'revoked');
    await expectRefused(app, await readSelf(app, ann, withToken(gone.token)), 'customer_gone');
  });

  it('accepts a token until the second before it expires and refuses it from then on', async () => {
    const own = await startApp({ databaseUrl: app.config.databaseUrl, customerTokenLifetimeSeconds: 120 });
    try {
      const ann = await shop.customer();
      const ownShop = new (shop.constructor as typeof Shop)(own, shop.storeId, shop.key);
      const { token, expires } = await ownShop.login(ann);
      const headers = { ...(await ownShop.implicit()), 'x-moltin-customer-token': token };
      const secondsLeft = expires - own.clock.now().getTime() / 1000;

      own.clock.advanceSeconds(secondsLeft - 0.9);
      expect((await readSelf(own, ann, headers)).status).toBe(200);
      own.clock.advanceSeconds(0.9);
      await expectRefused(own, await readSelf(own, ann, headers), 'expired');
    } finally {
      await own.close();
    }
  });

  it('refuses the token of one store with the access token of another, in both directions', async () => {
    const other = await givenShop(app);
    const [ann, bob] = [await shop.customer(), await other.customer()];
    const [annToken, bobToken] = [(await shop.login(ann)).token, (await other.login(bob)).token];

    const annAtOther = { ...(await other.implicit()), 'x-moltin-customer-token': annToken };
    const bobHere = { ...(await shop.implicit()), 'x-moltin-customer-token': bobToken };
    await expectRefused(app, await readSelf(app, ann, annAtOther), 'audience_mismatch');
    await expectRefused(app, await readSelf(app, bob, annAtOther), 'audience_mismatch');
    await expectRefused(app, await readSelf(app, bob, bobHere), 'audience_mismatch');
    await expectRefused(app, await app.http.get('/v2/customers').set(bobHere), 'audience_mismatch');
  });

  it('never remembers a token whose check was in flight while it was revoked', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const ann = await shop.customer();
      const headers = await shop.as(ann);
      const service = await shop.service();
      const data = { type: 'customer', password: `another password ${round}` };
      const checks = Array.from({ length: 10 }, () => readSelf(app, ann, headers));
      const [change] = await Promise.all([
        app.http.put(`/v2/customers/${ann.id}`).set(service).send({ data }),
        ...checks,
      ]);
      expect(change.status).toBe(200);
      expectError(await readSelf(app, ann, headers), 'customer_token_invalid');
    }
  });

  it('issues nothing for a customer who is gone or whose password is no longer the one that was checked', async () => {
    const ann = await shop.customer();
    const tokens = app.nest.get(CustomerTokens);
    const authority = systemOf(shop.storeId);
    const login = { storeId: shop.storeId, name: ann.name, mechanism: 'password' } as const;

    expect(
      await tokens.issue(authority, {
        ...login,
        customerId: ann.id,
        verifiedPasswordHash: 'an older hash',
        identity: null,
      }),
    ).toBeNull();
    expect(
      await tokens.issue(authority, {
        ...login,
        customerId: newTokenId(),
        verifiedPasswordHash: null,
        identity: null,
      }),
    ).toBeNull();
    const rows = await app.database.prisma.customerToken.count({
      where: { storeId: shop.storeId, customerId: ann.id },
    });
    expect(rows).toBe(0);
  });
});
