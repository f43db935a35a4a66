import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceConfig } from '../../src/config/config.js';
import { StartupError } from '../../src/errors/startup-error.js';
import type { SigningKeyModel } from '../../src/generated/prisma/models.js';
import { startApp, testConfig, type TestApp } from '../harness/app.js';
import { freshDatabaseUrl, withClient } from '../harness/postgres.js';
import { aSecondLater } from '../harness/process-time.js';
import { givenShop, Shop } from '../harness/shop.js';

describe('KeyRing and the master key', () => {
  const [masterKey] = testConfig.masterKeys;
  const running: TestApp[] = [];
  let databaseUrl: string;
  let access: SigningKeyModel;
  let customer: SigningKeyModel;

  async function start(overrides: Partial<ServiceConfig> = {}): Promise<TestApp> {
    const app = await startApp({ databaseUrl, tokenSigningAlg: 'ES256', ...overrides });
    running.push(app);
    return app;
  }

  /** The line that an operator would read. */
  async function refusalOf(overrides: Partial<ServiceConfig> = {}): Promise<string> {
    const outcome = await start(overrides).catch((cause: unknown) => cause);
    if (outcome instanceof StartupError) return outcome.message;
    throw new Error('it started, or failed in another way', { cause: outcome });
  }

  function store(kid: string, column: 'sealed_private_key' | 'public_jwk', value: unknown): Promise<unknown> {
    return withClient(databaseUrl, (client) =>
      client.query(`UPDATE signing_keys SET ${column} = $2 WHERE kid = $1`, [kid, value]),
    );
  }

  beforeAll(async () => {
    databaseUrl = await freshDatabaseUrl();
    const app = await start();
    const [first, second] = await app.database.prisma.signingKey.findMany({ orderBy: { purpose: 'asc' } });
    if (first === undefined || second === undefined) throw new Error('there should be two keys');
    [access, customer] = [first, second];
    await running.pop()?.close();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
    for (const key of [access, customer]) {
      await store(key.kid, 'sealed_private_key', key.sealedPrivateKey);
      await store(key.kid, 'public_jwk', key.publicJwk);
    }
  });

  it('does not start with two sealed keys swapped, and each of the two fails by itself', async () => {
    const moved = 'damaged, or moved from another place';
    const advice = 'give the key that sealed it, or `new,old` while rotating';
    await store(access.kid, 'sealed_private_key', customer.sealedPrivateKey);
    await store(customer.kid, 'sealed_private_key', access.sealedPrivateKey);
    expect(await refusalOf()).toMatch(/^MASTER_KEY cannot open the stored signing key /);

    await store(customer.kid, 'sealed_private_key', customer.sealedPrivateKey);
    expect(await refusalOf()).toBe(`MASTER_KEY cannot open the stored signing key ${access.kid} (${moved}): ${advice}`);

    await store(access.kid, 'sealed_private_key', access.sealedPrivateKey);
    await store(customer.kid, 'sealed_private_key', access.sealedPrivateKey);
    expect(await refusalOf()).toBe(
      `MASTER_KEY cannot open the stored signing key ${customer.kid} (${moved}): ${advice}`,
    );
  });

  it('does not start with two keys swapped together with their public halves', async () => {
    await store(access.kid, 'sealed_private_key', customer.sealedPrivateKey);
    await store(access.kid, 'public_jwk', customer.publicJwk);
    await store(customer.kid, 'sealed_private_key', access.sealedPrivateKey);
    await store(customer.kid, 'public_jwk', access.publicJwk);
    expect(await refusalOf()).toMatch(/^MASTER_KEY cannot open the stored signing key .+ \(damaged, or moved/);
  });

  it('does not start with a public half that somebody put in place of the true one', async () => {
    await store(customer.kid, 'public_jwk', access.publicJwk);
    expect(await refusalOf()).toBe(
      `MASTER_KEY cannot open the stored signing key ${customer.kid} (its public half belongs to another key): ` +
        'give the key that sealed it, or `new,old` while rotating',
    );
  });

  it.each([
    ['nothing left', 0, 'truncated'],
    ['its header left', 17, 'truncated'],
    ['its last byte gone', -1, 'damaged, or moved from another place'],
  ])('does not start with a sealed key truncated to %s', async (_, end, fault) => {
    await store(customer.kid, 'sealed_private_key', Buffer.from(customer.sealedPrivateKey).subarray(0, end));
    expect(await refusalOf()).toContain(`signing key ${customer.kid} (${fault})`);
  });

  it('does not start with a byte of a sealed key changed', async () => {
    const changed = Buffer.from(customer.sealedPrivateKey);
    changed[40] = (changed[40] ?? 0) ^ 1;
    await store(customer.kid, 'sealed_private_key', changed);
    expect(await refusalOf()).toContain(`signing key ${customer.kid} (damaged, or moved from another place)`);
  });

  it('does not start with another master key, tells so in one line without any key in it, and changes nothing', async () => {
    const wrong = randomBytes(32);
    const line = await refusalOf({ masterKeys: [wrong] });

    expect(line).toMatch(
      /^MASTER_KEY cannot open the stored signing key \S+ \(sealed by another master key\): give the key that sealed it, or `new,old` while rotating$/,
    );
    for (const key of [wrong, masterKey ?? wrong]) {
      for (const form of ['base64', 'base64url', 'hex'] as const) expect(line).not.toContain(key.toString(form));
    }
    const app = await start();
    expect(await app.database.prisma.signingKey.findMany({ orderBy: { purpose: 'asc' } })).toEqual([access, customer]);
  });

  it('with `new,old` starts, keeps every token good, and seals all keys anew, so that the old master key can go', async () => {
    const newer = randomBytes(32);
    const before = await start();
    const shop = await givenShop(before);
    const { token } = await shop.login(await shop.customer());
    const implicit = await shop.implicit();

    const rotating = await start({ masterKeys: [newer, ...testConfig.masterKeys] });
    const rows = await rotating.database.prisma.signingKey.findMany({ orderBy: { purpose: 'asc' } });
    expect(rows.map(({ sealedPrivateKey: _, ...rest }) => rest)).toEqual(
      [access, customer].map(({ sealedPrivateKey: _, ...rest }) => rest),
    );
    expect(await refusalOf()).toContain('(sealed by another master key)');

    const after = await start({ masterKeys: [newer] });
    for (const app of [rotating, after]) {
      await app.http.get('/v2/customers').set(implicit).set('x-moltin-customer-token', token).expect(200);
    }
  });

  it('with three replicas that rotate at once, ends with keys that the new master key opens', async () => {
    const newer = randomBytes(32);
    const masterKeys = [newer, ...testConfig.masterKeys];
    await Promise.all([start({ masterKeys }), start({ masterKeys }), start({ masterKeys })]);

    const after = await start({ masterKeys: [newer] });
    const { body } = await after.http.get('/.well-known/jwks.json').expect(200);
    expect(body).toMatchObject({ keys: [{ kid: customer.kid }] });
  });

  it('while others rotate, goes on in a running replica that has only the old master key', async () => {
    const old = await start();
    const shop = await givenShop(old);
    const ann = await shop.customer();
    const { body: published } = await old.http.get('/.well-known/jwks.json').expect(200);
    const rotating = await start({ masterKeys: [randomBytes(32), ...testConfig.masterKeys] });
    const { token } = await new Shop(rotating, shop.storeId, shop.key).login(ann);

    await aSecondLater(async () => {
      expect((await old.http.get('/.well-known/jwks.json').expect(200)).body).toEqual(published);
      const implicit = await shop.implicit();
      await old.http.get('/v2/customers').set(implicit).set('x-moltin-customer-token', token).expect(200);
    });
  });
});
