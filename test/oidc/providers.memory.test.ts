import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { signedBy } from '../harness/forged-tokens.js';
import { type Deviation, json, members } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn, type SignInResult } from '../harness/identity-provider/sign-in.js';
import { ellipticKey } from '../harness/identity-provider/signing-keys.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';

const LIFETIME_SECONDS = 600;

/** From now on another key, and no other is published. */
function rotatedTo(kid: string): Deviation {
  const key = ellipticKey(kid);
  return {
    idToken: (draft) => ({ ...draft, header: { alg: key.alg, kid }, signer: signedBy(key.privateKey) }),
    jwks: json({ keys: [key.publicJwk] }),
  };
}

describe('what the service remembers of a provider', () => {
  let app: TestApp;
  let shop: Shop;
  let provider: HostileProvider;
  let signIn: SignIn;
  /** Calls since the profile was made. */
  let calls: () => { discovery: number; jwks: number };

  beforeAll(async () => {
    app = await startApp();
    shop = await givenShop(app);
  });
  afterAll(() => app.close());

  beforeEach(async () => {
    provider = await HostileProvider.start(app.clock, { alg: 'ES256' });
    provider.person = { sub: randomUUID(), email: uniqueEmail(), email_verified: true, name: 'Ada Example' };
    signIn = await givenSignIn(shop, provider);
    const before = { ...provider.calls };
    calls = () => ({
      discovery: provider.calls.discovery - before.discovery,
      jwks: provider.calls.jwks - before.jwks,
    });
  });
  afterEach(async () => {
    app.clock.goOn();
    await provider.stop();
  });

  const attempt = () => signIn.through(new Browser(app));

  function expectCode(result: SignInResult): void {
    expect(result.parameters).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/) as unknown, state: result.state });
  }

  async function expectRefusal(result: SignInResult, reason: string, error: string, description: string) {
    expect(result.parameters).toEqual({ error, error_description: description, state: result.state });
    expect(await app.log.ofRequest(result.requestId)).toMatchObject({ reason, events: ['sign_in_refused'] });
  }

  it.each([0, 5, 30, 61])('a key changed %d s after a sign-in breaks no sign-in', async (seconds) => {
    expectCode(await attempt());
    app.clock.advanceSeconds(seconds);
    provider.lie = rotatedTo('key-2');
    expectCode(await attempt());
    expectCode(await attempt());
    expect(calls()).toEqual({ discovery: 1, jwks: 2 });
  });

  it('is read once for 30 first sign-ins at once', async () => {
    const results = await Promise.all(Array.from({ length: 30 }, attempt));
    for (const result of results) expectCode(result);
    expect(calls()).toEqual({ discovery: 1, jwks: 1 });
  });

  it('is asked for once more by 30 tokens with unknown keys, which end in refusals with their reason', async () => {
    app.clock.stopAt(app.clock.nowSeconds());
    expectCode(await attempt());
    app.clock.stopAt(app.clock.nowSeconds() + 1);
    provider.lie = { idToken: (draft) => ({ ...draft, header: { ...draft.header, kid: randomUUID() } }) };
    for (let turn = 0; turn < 3; turn += 1) {
      for (const result of await Promise.all(Array.from({ length: 10 }, attempt))) {
        await expectRefusal(result, 'id_token_key_unknown', 'access_denied', 'sign_in_refused');
      }
    }
    expect(calls()).toEqual({ discovery: 1, jwks: 2 });
  });

  it('is read anew after ten minutes, and not before', async () => {
    app.clock.stopAt(app.clock.nowSeconds());
    const readAt = app.clock.nowSeconds();
    expectCode(await attempt());
    app.clock.stopAt(readAt + LIFETIME_SECONDS - 1);
    expectCode(await attempt());
    expect(calls()).toEqual({ discovery: 1, jwks: 1 });
    app.clock.stopAt(readAt + LIFETIME_SECONDS);
    expectCode(await attempt());
    expect(calls()).toEqual({ discovery: 2, jwks: 2 });
  });

  it('is what the new document says, once that was read: the old token endpoint is not called any more', async () => {
    expectCode(await attempt());
    provider.lie = { discovery: members({ token_endpoint: `${provider.issuer}/moved` }) };
    expectCode(await attempt());
    app.clock.advanceSeconds(LIFETIME_SECONDS);
    const { token } = provider.calls;
    await expectRefusal(await attempt(), 'token_request_refused', 'server_error', 'provider_refused');
    expect(provider.calls.token).toBe(token);
  });

  it('is forgotten by a PUT of the profile, also by one that changes nothing', async () => {
    expectCode(await attempt());
    const put = await app.http
      .put(`/v2/authentication-realms/${signIn.realmId}/oidc-profiles/${signIn.profileId}`)
      .set(await shop.service())
      .send({ data: {} });
    expect(put.status).toBe(200);
    // One of them is that of the PUT.
    expect(calls()).toEqual({ discovery: 2, jwks: 1 });
    expectCode(await attempt());
    expect(calls()).toEqual({ discovery: 3, jwks: 2 });
  });

  it.each([
    ['the name of another issuer', 'discovery_inconsistent', 'https://accounts.example.test'],
    ['its own name with a slash at its end', 'discovery_issuer_changed', null],
  ])(
    'is never %s: it is looked at again after ten seconds, and then the right name is believed',
    async (_, reason, issuer) => {
      app.clock.stopAt(app.clock.nowSeconds());
      provider.lie = { discovery: members((world) => ({ issuer: issuer ?? `${world.issuer}/` })) };
      await expectRefusal(await attempt(), reason, 'access_denied', 'sign_in_refused');
      await expectRefusal(await attempt(), reason, 'access_denied', 'sign_in_refused');
      expect(calls()).toEqual({ discovery: 1, jwks: 0 });
      provider.lie = {};
      app.clock.stopAt(app.clock.nowSeconds() + 10);
      expectCode(await attempt());
    },
  );

  it('is never the name of another issuer for a profile that was written anew meanwhile', async () => {
    provider.lie = { discovery: members((world) => ({ issuer: `${world.issuer}/` })) };
    await expectRefusal(await attempt(), 'discovery_issuer_changed', 'access_denied', 'sign_in_refused');
    provider.lie = {};
    const put = await app.http
      .put(`/v2/authentication-realms/${signIn.realmId}/oidc-profiles/${signIn.profileId}`)
      .set(await shop.service())
      .send({ data: {} });
    expect(put.status).toBe(200);
    expectCode(await attempt());
  });

  it('is no failure: the next sign-in asks again, and five failures end in ten seconds without a call', async () => {
    provider.lie = { discovery: json({}, 503) };
    for (let failures = 0; failures < 5; failures += 1) {
      await expectRefusal(await attempt(), 'provider_status', 'temporarily_unavailable', 'provider_unavailable');
    }
    provider.lie = {};
    await expectRefusal(await attempt(), 'provider_suspended', 'temporarily_unavailable', 'provider_unavailable');
    expect(calls().discovery).toBe(5);
    app.clock.advanceSeconds(10);
    expectCode(await attempt());
  });
});
