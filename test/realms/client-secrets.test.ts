import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SecretBox } from '../../src/crypto/secret-box.js';
import type { OidcProfileModel } from '../../src/generated/prisma/models.js';
import { startApp, testConfig, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, SignIn } from '../harness/identity-provider/sign-in.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { givenShop, Shop, uniqueEmail } from '../harness/shop.js';

describe('the client secrets of profiles', () => {
  const [older] = testConfig.masterKeys;
  const newer = randomBytes(32);
  const running: TestApp[] = [];
  let databaseUrl: string;
  let app: TestApp;
  let provider: HostileProvider;
  let signIn: SignIn;

  if (older === undefined) throw new Error('the tests have a master key');

  async function start(masterKeys: Buffer[]): Promise<TestApp> {
    const started = await startApp({ databaseUrl, masterKeys, tokenSigningAlg: 'ES256', databasePoolSize: 4 });
    running.push(started);
    return started;
  }

  /** The same shop in another process. */
  function seenBy(other: TestApp): SignIn {
    const { shop, realmId, profileId, redirectUri, authorizationEndpoint, callbackEndpoint } = signIn;
    const there = new Shop(other, shop.storeId, shop.key);
    return new SignIn(there, realmId, profileId, redirectUri, authorizationEndpoint, callbackEndpoint);
  }

  async function stored(): Promise<OidcProfileModel> {
    const { storeId } = signIn.shop;
    const { prisma } = app.database;
    return prisma.oidcProfile.findUniqueOrThrow({ where: { storeId_id: { storeId, id: signIn.profileId } } });
  }

  beforeEach(async () => {
    databaseUrl = await freshDatabaseUrl();
    app = await start([older]);
    provider = await HostileProvider.start(app.clock);
    provider.person = { sub: 'ann', email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
    signIn = await givenSignIn(await givenShop(app), provider);
  });

  afterEach(async () => {
    await Promise.all([provider.stop(), ...running.splice(0).map((each) => each.close())]);
  });

  it('are sealed anew by the first master key at a start, so that the older one can go', async () => {
    const before = await stored();
    expect(new SecretBox([older]).isSealedByFirstKey(before.sealedClientSecret)).toBe(true);

    await start([newer, older]);

    const after = await stored();
    expect(new SecretBox([newer]).isSealedByFirstKey(after.sealedClientSecret)).toBe(true);
    expect({ ...after, sealedClientSecret: null }).toEqual({ ...before, sealedClientSecret: null });
    const alone = await start([newer]);
    const result = await seenBy(alone).through(new Browser(alone));
    expect(Object.keys(result.parameters)).toEqual(['code', 'state']);
  });

  it('that no master key opens are told in the log, turn away their own sign-ins only, and can be given anew', async () => {
    const lost = new SecretBox([randomBytes(32)]);
    const { storeId } = signIn.shop;
    const place = { table: 'oidc_profiles', row: `${storeId}/${signIn.profileId}`, column: 'sealed_client_secret' };
    await app.database.prisma.oidcProfile.updateMany({
      where: { storeId, id: signIn.profileId },
      data: { sealedClientSecret: new Uint8Array(lost.seal(Buffer.from(provider.clientSecret), place)) },
    });

    const started = await start([older]);

    const told = started.log.entries().filter(({ profile_id }) => profile_id === signIn.profileId);
    expect(told).toMatchObject([
      { level: 50, store_id: storeId, msg: expect.stringContaining('give it anew') as unknown },
    ]);
    const there = seenBy(started);
    const refused = await there.through(new Browser(started));
    expect(refused.parameters).toEqual({
      error: 'server_error',
      error_description: 'service_failed',
      state: refused.state,
    });
    await started.http
      .put(`/v2/authentication-realms/${there.realmId}/oidc-profiles/${there.profileId}`)
      .set(await there.shop.service())
      .send({ data: { client_secret: provider.clientSecret } })
      .expect(200);
    const again = await there.through(new Browser(started));
    expect(Object.keys(again.parameters)).toEqual(['code', 'state']);
  });
});
