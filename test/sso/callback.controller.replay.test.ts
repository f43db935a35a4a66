import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { altered, endsIn, expectDeadEnd, returning, storedBySignIns } from './returning-browser.js';

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider);
});

afterAll(() => provider.stop());

async function given(report: string | null) {
  const browser = new Browser(app);
  provider.person = { sub: newId(), email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  const flow = await returning(signIn, browser, signIn.begin({ ep_report_callback_replay_error: report }));
  return { ...flow, browser };
}

describe('a browser that comes back a second time, as by its Back button', () => {
  it('is sent to the storefront with callback_replay where the storefront asked for it, each time', async () => {
    const { browser, callback, begun } = await given('true');
    const first = signIn.ended(begun, [await browser.get(callback)]);
    expect(Object.keys(first.parameters)).toEqual(['code', 'state']);
    const rows = await storedBySignIns(shop);
    const calls = { ...provider.calls };
    for (const url of [callback, callback, altered(callback, { code: 'other' }), altered(callback, { code: null })]) {
      const again = signIn.ended(begun, [await browser.get(url)]);
      expect(again.last.status).toBe(303);
      expect(again.last.setCookies).toEqual([]);
      expect(again.parameters).toEqual({
        error: 'callback_replay',
        error_description: 'sign_in_already_used',
        state: begun.state,
      });
      expect(await app.log.ofRequest(again.requestId)).toMatchObject({
        reason: 'state_used',
        events: ['sign_in_refused'],
      });
    }
    expect(provider.calls).toEqual(calls);
    expect(await storedBySignIns(shop)).toEqual(rows);
    expect((await signIn.redeem(first)).status).toBe(200);
  });

  it('is sent there also when its first return ended with an error', async () => {
    const { browser, callback, begun } = await given('true');
    await browser.get(altered(callback, { code: null, error: 'access_denied' }));
    expect(signIn.ended(begun, [await browser.get(callback)]).parameters).toEqual({
      error: 'callback_replay',
      error_description: 'sign_in_already_used',
      state: begun.state,
    });
  });

  it.each([null, 'false', '1', 'TRUE'])('sees a page where the storefront did not ask for it: %s', async (report) => {
    const { browser, callback } = await given(report);
    await browser.get(callback);
    expectDeadEnd(await browser.get(callback));
  });

  it('sees a page in another browser, whatever the storefront asked for', async () => {
    const { browser, callback } = await given('true');
    await browser.get(callback);
    const rows = await storedBySignIns(shop);
    const stranger = await new Browser(app).get(callback);
    expectDeadEnd(stranger);
    expect(await app.log.ofRequest(stranger.headers.get('x-request-id') ?? '')).toMatchObject({
      reason: 'browser_mismatch',
    });
    expect(await storedBySignIns(shop)).toEqual(rows);
  });

  it('sees a page when the redirect URI was taken from the realm since, whatever the storefront asked for', async () => {
    const removed = await givenSignIn(await givenShop(app), provider);
    const browser = new Browser(app);
    const { callback } = await returning(removed, browser, removed.begin({ ep_report_callback_replay_error: 'true' }));
    await browser.get(callback);
    await app.http
      .put(`/v2/authentication-realms/${removed.realmId}`)
      .set(await removed.shop.service())
      .send({ data: { redirect_uris: ['https://elsewhere.example.test/cb'] } })
      .expect(200);
    const rows = await storedBySignIns(removed.shop);

    const again = await browser.get(callback);

    expectDeadEnd(again);
    expect(await app.log.ofRequest(again.headers.get('x-request-id') ?? '')).toMatchObject({
      reason: 'state_used',
      events: ['sign_in_refused'],
    });
    expect(await storedBySignIns(removed.shop)).toEqual(rows);
  });

  it('sees a page when it comes too late the first time, whatever the storefront asked for', async () => {
    const { browser, callback, state } = await given('true');
    await endsIn(shop, state, -1);
    expectDeadEnd(await browser.get(callback));
  });

  it('loses its cookie with its first return where nothing is to be reported, and keeps it where a replay is', async () => {
    const [plain, reported] = [await given(null), await given('true')];
    const [first, other] = [await plain.browser.get(plain.callback), await reported.browser.get(reported.callback)];
    const [name = ''] = plain.cookie.split('=');
    const { pathname } = new URL(signIn.callbackEndpoint);
    expect(first.setCookies).toEqual([`${name}=; Max-Age=0; Path=${pathname}; HttpOnly; Secure; SameSite=Lax`]);
    expect(await plain.browser.jar.getCookies(plain.callback)).toEqual([]);
    expect(other.setCookies).toEqual([]);
    expect(await reported.browser.jar.getCookies(reported.callback)).toHaveLength(1);
  });
});
