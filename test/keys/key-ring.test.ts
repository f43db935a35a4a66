import { createPublicKey } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceConfig } from '../../src/config/config.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { takeApart } from '../harness/forged-tokens.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { aSecondLater } from '../harness/process-time.js';
import { givenShop, Shop, type TestCustomer } from '../harness/shop.js';

describe('KeyRing', () => {
  const running: TestApp[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });

  async function start(overrides: Partial<ServiceConfig>): Promise<TestApp> {
    const app = await startApp({ databaseUrl: await freshDatabaseUrl(), ...overrides });
    running.push(app);
    return app;
  }

  async function publishedKids(app: TestApp): Promise<string[]> {
    const { body } = await app.http.get('/.well-known/jwks.json').expect(200);
    return (body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid).sort();
  }

  function storedKeys(app: TestApp) {
    return app.database.prisma.signingKey.findMany({ orderBy: [{ purpose: 'asc' }, { alg: 'asc' }] });
  }

  /** The customer's own record, asked for at one replica with tokens that may come from another. */
  async function readOwn(app: TestApp, shop: Shop, ann: TestCustomer, token: string) {
    return app.http
      .get(`/v2/customers/${ann.id}`)
      .set('authorization', `Bearer ${await shop.token('implicit')}`)
      .set('x-moltin-customer-token', token);
  }

  it('makes one key for access tokens and one for customer tokens on a new database, open to nobody without the master key', async () => {
    const app = await start({});
    const keys = await storedKeys(app);

    expect(keys.map(({ purpose, alg, sequence }) => ({ purpose, alg, sequence }))).toEqual([
      { purpose: 'access', alg: 'ES256', sequence: 1 },
      { purpose: 'customer', alg: 'RS256', sequence: 1 },
    ]);
    for (const { kid, publicJwk, sealedPrivateKey, signUntil, verifyUntil } of keys) {
      const opened = app.nest.get(KeyRing).signingKey(kid === keys[0]?.kid ? 'access' : 'customer');
      expect(opened.kid).toBe(kid);
      expect(opened.privateKey.asymmetricKeyDetails).toMatchObject(
        opened.alg === 'RS256' ? { modulusLength: 2_048, publicExponent: 65_537n } : { namedCurve: 'prime256v1' },
      );
      expect(createPublicKey(opened.privateKey).export({ format: 'jwk' })).toEqual(publicJwk);
      expect(
        Object.keys(publicJwk as object).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name)),
      ).toEqual([]);
      const pkcs8 = opened.privateKey.export({ format: 'der', type: 'pkcs8' });
      expect(Buffer.from(sealedPrivateKey).includes(pkcs8.subarray(-32))).toBe(false);
      expect({ signUntil, verifyUntil }).toEqual({ signUntil: null, verifyUntil: null });
    }
  });

  it('makes one set of keys when five replicas start at once, and each accepts the tokens of the others', async () => {
    const databaseUrl = await freshDatabaseUrl();
    const replicas = await Promise.all(
      Array.from({ length: 5 }, () => start({ databaseUrl, databasePoolSize: 4, tokenSigningAlg: 'ES256' })),
    );
    const [first, ...others] = replicas;
    if (first === undefined) throw new Error('no replica');
    const shop = await givenShop(first);
    const ann = await shop.customer();
    const { token } = await shop.login(ann);

    expect(await storedKeys(first)).toHaveLength(2);
    for (const replica of others) {
      expect(await publishedKids(replica)).toEqual(await publishedKids(first));
      const there = new Shop(replica, shop.storeId, shop.key);
      expect((await readOwn(replica, shop, ann, token)).status).toBe(200);
      expect((await readOwn(first, there, ann, (await there.login(ann)).token)).status).toBe(200);
    }
  });

  it('uses the stored keys again at the next start', async () => {
    const databaseUrl = await freshDatabaseUrl();
    const before = await start({ databaseUrl });
    const shop = await givenShop(before);
    const ann = await shop.customer();
    const { token } = await shop.login(ann);
    const stored = await storedKeys(before);
    await running.pop()?.close();

    const after = await start({ databaseUrl });

    expect(await storedKeys(after)).toEqual(stored);
    const there = new Shop(after, shop.storeId, shop.key);
    expect((await readOwn(after, there, ann, token)).status).toBe(200);
  });

  it('with another TOKEN_SIGNING_ALG adds a key, and tokens of both are good at old and new replicas', async () => {
    const databaseUrl = await freshDatabaseUrl();
    const old = await start({ databaseUrl, tokenSigningAlg: 'RS256' });
    const shop = await givenShop(old);
    const ann = await shop.customer();
    const rsaToken = (await shop.login(ann)).token;
    const [rsaKid] = await publishedKids(old);

    const changed = await start({ databaseUrl, tokenSigningAlg: 'ES256' });
    const there = new Shop(changed, shop.storeId, shop.key);
    const ecToken = (await there.login(ann)).token;

    expect(takeApart(rsaToken).header).toMatchObject({ alg: 'RS256', kid: rsaKid });
    expect(takeApart(ecToken).header).toMatchObject({ alg: 'ES256' });
    expect((await storedKeys(old)).map(({ purpose, alg }) => `${purpose} ${alg}`)).toEqual([
      'access ES256',
      'customer ES256',
      'customer RS256',
    ]);
    expect((await readOwn(changed, there, ann, rsaToken)).status).toBe(200);
    expect((await readOwn(changed, there, ann, ecToken)).status).toBe(200);
    await aSecondLater(async () => {
      // All at once: whoever comes while the new key is being looked up waits for it too.
      const ecKid = String(takeApart(ecToken).header['kid']);
      const ring = old.nest.get(KeyRing);
      const found = await Promise.all(Array.from({ length: 5 }, () => ring.verificationKey('customer', ecKid)));
      expect(found.map((key) => key?.kid)).toEqual([ecKid, ecKid, ecKid, ecKid, ecKid]);
      expect((await readOwn(old, shop, ann, ecToken)).status).toBe(200);
      const kids = await publishedKids(old);
      expect(new Set(kids)).toEqual(new Set([rsaKid, ecKid]));
      expect(kids).toHaveLength(2);
    });
    expect(await publishedKids(changed)).toEqual(await publishedKids(old));
    const { body } = await changed.http.get('/.well-known/openid-configuration').expect(200);
    expect(body).toMatchObject({
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256', 'ES256']) as [],
    });
    // The running replica keeps to its own setting.
    expect(takeApart((await shop.login(ann)).token).header).toMatchObject({ alg: 'RS256', kid: rsaKid });
  });

  it('with TOKEN_SIGNING_ALG changed back signs with the first key again', async () => {
    const databaseUrl = await freshDatabaseUrl();
    const kids: unknown[] = [];
    for (const tokenSigningAlg of ['ES256', 'RS256', 'ES256'] as const) {
      const app = await start({ databaseUrl, tokenSigningAlg });
      const shop = await givenShop(app);
      kids.push(takeApart((await shop.login(await shop.customer())).token).header['kid']);
      expect(await storedKeys(app)).toHaveLength(kids.length === 1 ? 2 : 3);
    }
    expect(kids[2]).toBe(kids[0]);
    expect(kids[1]).not.toBe(kids[0]);
  });

  it('once a key is withdrawn in the database, refuses its tokens and stops publishing it within a second', async () => {
    const app = await start({ tokenSigningAlg: 'ES256' });
    const shop = await givenShop(app);
    const ann = await shop.customer();
    const { token } = await shop.login(ann);
    const access = await shop.token('client_credentials');
    const settings = () => app.http.get('/v2/settings/store').set('authorization', `Bearer ${access}`);
    await settings().expect(200);
    expect((await readOwn(app, shop, ann, token)).status).toBe(200);

    const implicit = await shop.implicit();
    await app.database.prisma.signingKey.updateMany({
      where: { purpose: 'customer' },
      data: { verifyUntil: new Date(Date.now() - 1) },
    });
    await aSecondLater(async () => {
      const own = await app.http.get(`/v2/customers/${ann.id}`).set(implicit).set('x-moltin-customer-token', token);
      expectError(own, 'customer_token_invalid');
      expect(await publishedKids(app)).toEqual([]);
      await settings().expect(200);

      await app.database.prisma.signingKey.updateMany({
        where: { purpose: 'access' },
        data: { verifyUntil: new Date(Date.now() - 1) },
      });
      await aSecondLater(async () => expectError(await settings(), 'access_token_invalid'));
    });
  });

  it('shows a key before it signs, signs with the youngest whose time has come, and hides what is not to be shown yet', async () => {
    const app = await start({ tokenSigningAlg: 'ES256' });
    const donor = await start({ tokenSigningAlg: 'ES256' });
    const shop = await givenShop(app);
    const ann = await shop.customer();
    const kidOf = async () => takeApart((await shop.login(ann)).token).header['kid'];
    const first = await kidOf();
    const inAnHour = new Date(Date.now() + 3_600_000);
    const template = await donor.database.prisma.signingKey.findFirstOrThrow({ where: { purpose: 'customer' } });
    const { kid, sealedPrivateKey } = template;
    // Sealed by the same master key under its own id, as a rotation program would leave it.
    const next = {
      ...template,
      publicJwk: template.publicJwk as object,
      sealedPrivateKey: new Uint8Array(sealedPrivateKey),
    };
    await app.database.prisma.signingKey.create({
      data: { ...next, sequence: 2, publishAt: new Date(), signFrom: inAnHour },
    });

    await aSecondLater(async () => {
      expect(await publishedKids(app)).toEqual([String(first), kid].sort());
      expect(await kidOf()).toBe(first);
      app.clock.advanceSeconds(3_601);
      expect(await kidOf()).toBe(kid);
      app.clock.advanceSeconds(-3_601);

      await app.database.prisma.signingKey.update({ where: { kid }, data: { publishAt: inAnHour } });
      await aSecondLater(async () => expect(await publishedKids(app)).toEqual([first]));
    });
  });
});
