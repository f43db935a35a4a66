import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser, type Hop } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { requestExactly } from './authorization-endpoint.js';
import { altered, endsIn, expectDeadEnd, type Returning, returning, storedBySignIns } from './returning-browser.js';

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;
/** Of the same realm, at the same provider. */
let otherProfile: SignIn;
/** Of another store, at the same provider. */
let otherStore: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider);
  otherProfile = await givenSignIn(shop, provider);
  otherStore = await givenSignIn(await givenShop(app), provider);
});

afterAll(() => provider.stop());

/** A browser on its way back, for somebody who has never been here. */
async function given(browser = new Browser(app)): Promise<Returning & { readonly browser: Browser }> {
  provider.person = { sub: newId(), email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  return { ...(await returning(signIn, browser)), browser };
}

/** Somebody comes back who must not: the page, no call to the provider, not one row other than before. */
async function expectNothing(reason: string, come: () => Promise<Hop>): Promise<void> {
  const [rows, foreignRows] = [await storedBySignIns(shop), await storedBySignIns(otherStore.shop)];
  const calls = { ...provider.calls };
  const answer = await come();
  expectDeadEnd(answer);
  expect(provider.calls).toEqual(calls);
  expect(await storedBySignIns(shop)).toEqual(rows);
  expect(await storedBySignIns(otherStore.shop)).toEqual(foreignRows);
  expect(await app.log.ofRequest(answer.headers.get('x-request-id') ?? '')).toMatchObject({
    route: expect.stringContaining('/oidc-idp/callback/') as unknown,
    status: 400,
    reason,
    events: ['sign_in_refused'],
  });
}

/** The owner comes back and gets a code. */
async function expectCode({ browser, callback, begun }: Returning & { readonly browser: Browser }): Promise<void> {
  const ended = signIn.ended(begun, [await browser.get(callback)]);
  expect(ended.parameters).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/), state: begun.state });
  expect(ended.last.status).toBe(303);
  expect((await signIn.redeem(ended)).status).toBe(200);
}

describe('a browser that comes back to the callback', () => {
  it.each<readonly [string, Readonly<Record<string, string | null>>, string]>([
    ['without a state', { state: null }, 'state_missing'],
    ['with an empty state', { state: '' }, 'state_missing'],
    ['with an unknown state', { state: randomBytes(32).toString('base64url') }, 'state_unknown'],
    ['with a state of 4,000 letters', { state: 'x'.repeat(4_000) }, 'state_unknown'],
    ['with a state that holds a null byte in disguise', { state: '\u0001\\u0000' }, 'state_unknown'],
    ['with an error and no state', { state: null, code: null, error: 'access_denied' }, 'state_missing'],
    ['with an error and an unknown state', { state: 'x', code: null, error: 'access_denied' }, 'state_unknown'],
  ])('%s sees a page and goes nowhere; the sign-in goes on', async (_, changes, reason) => {
    const flow = await given();
    await expectNothing(reason, () => flow.browser.get(altered(flow.callback, changes)));
    await expectCode(flow);
  });

  it('with a state given twice sees a page and goes nowhere; the sign-in goes on', async () => {
    const flow = await given();
    await expectNothing('state_missing', () => flow.browser.get(`${flow.callback}&state=${flow.state}`));
    await expectNothing('state_missing', () => flow.browser.get(`${flow.callback}&state=x`));
    await expectCode(flow);
  });

  it('sees a page where its storefront was taken from the realm meanwhile, as after an incident', async () => {
    const flow = await given();
    const { authenticationRealm } = app.database.prisma;
    const where = { storeId_id: { storeId: shop.storeId, id: signIn.realmId } };
    await authenticationRealm.update({ where, data: { redirectUris: ['https://other.example.test/cb'] } });
    const tokenCalls = provider.calls.token;

    const answer = await flow.browser.get(flow.callback);

    await authenticationRealm.update({ where, data: { redirectUris: [signIn.redirectUri] } });
    // The sign-in is over, and its cookie goes.
    expectDeadEnd({ ...answer, setCookies: [] });
    expect(answer.setCookies.map((line) => line.split('; ')[1])).toEqual(['Max-Age=0']);
    expect(provider.calls.token).toBe(tokenCalls);
    const line = await app.log.ofRequest(answer.headers.get('x-request-id') ?? '');
    expect(line).toMatchObject({ status: 400, reason: 'redirect_uri_mismatch', claim: 'redirect_uri' });
  });

  it('without its cookie sees a page and goes nowhere; its sign-in goes on', async () => {
    const flow = await given();
    await expectNothing('browser_mismatch', () => new Browser(app).get(flow.callback));
    await expectCode(flow);
  });

  it('as another browser, with sign-ins of its own, sees a page; the sign-in goes on where it was begun', async () => {
    const [flow, victim] = [await given(), new Browser(app)];
    const own = await given(victim);
    await expectNothing('browser_mismatch', () => victim.get(flow.callback));
    await expectCode(own);
    await expectCode(flow);
  });

  it.each(['', 'x', 'of-another', '"quoted"', '%', '='])(
    'with the cookie changed to "%s" sees a page',
    async (value) => {
      const flow = await given();
      const [name = ''] = flow.cookie.split('=');
      const stranger = new Browser(app);
      await stranger.jar.setCookie(`${name}=${value}; Secure; Path=/`, flow.callback);
      await expectNothing('browser_mismatch', () => stranger.get(flow.callback));
      await expectCode(flow);
    },
  );

  it('with the cookie of another sign-in under the name of this one sees a page', async () => {
    const [flow, other] = [await given(), await given()];
    const stranger = new Browser(app);
    const [name = ''] = flow.cookie.split('=');
    await stranger.jar.setCookie(`${name}=${other.cookie.split('=')[1] ?? ''}; Secure; Path=/`, flow.callback);
    await expectNothing('browser_mismatch', () => stranger.get(flow.callback));
    await expectCode(flow);
    await expectCode(other);
  });

  it('at another profile of the realm sees a page, also with its cookie; the sign-in goes on at its own', async () => {
    const flow = await given();
    const { search } = new URL(flow.callback);
    const carried = await carrying(flow.cookie, otherProfile.callbackEndpoint);
    await expectNothing('state_of_other_profile', () => carried.get(otherProfile.callbackEndpoint + search));
    await expectCode(flow);
  });

  it('at another store sees a page, also with its cookie; the sign-in goes on at its own', async () => {
    const flow = await given();
    const { search } = new URL(flow.callback);
    const carried = await carrying(flow.cookie, otherStore.callbackEndpoint);
    await expectNothing('state_unknown', () => carried.get(otherStore.callbackEndpoint + search));
    await expectCode(flow);
  });

  it('at a realm or profile that is none sees a page; the sign-in goes on at its own', async () => {
    const flow = await given();
    const { search } = new URL(flow.callback);
    const places = [
      signIn.callbackEndpoint.replace(signIn.profileId, newId()),
      signIn.callbackEndpoint.replace(signIn.profileId, 'nobody'),
      signIn.callbackEndpoint.replace(signIn.realmId, newId()),
      signIn.callbackEndpoint.replace(shop.storeId, newId()),
      signIn.callbackEndpoint.replace(shop.storeId, otherStore.shop.storeId),
    ];
    for (const place of places) {
      const carried = await carrying(flow.cookie, place);
      await expectNothing('state_of_other_profile', () => carried.get(place + search));
    }
    await expectCode(flow);
  });

  it('after ten minutes sees a page; a second before, it gets its code', async () => {
    const [late, early] = [await given(), await given()];
    await endsIn(shop, late.state, -1);
    await expectNothing('state_expired', () => late.browser.get(late.callback));
    provider.person = { ...provider.person, sub: newId(), email: uniqueEmail() };
    await endsIn(shop, early.state, 60);
    await expectCode(early);
  });

  it('a second time sees a page, and the provider is not asked again', async () => {
    const flow = await given();
    await expectCode(flow);
    await expectNothing('browser_mismatch', () => flow.browser.get(flow.callback));
    const kept = await carrying(flow.cookie, flow.callback);
    await expectNothing('state_used', () => kept.get(flow.callback));
  });

  it('a second time after an error sees a page: an error uses the state up as well', async () => {
    const flow = await given();
    const denied = await flow.browser.get(altered(flow.callback, { code: null, error: 'access_denied' }));
    expect(signIn.ended(flow.begun, [denied]).parameters).toMatchObject({ error: 'access_denied' });
    const kept = await carrying(flow.cookie, flow.callback);
    await expectNothing('state_used', () => kept.get(flow.callback));
  });

  it('by HEAD is refused, and the sign-in goes on', async () => {
    const flow = await given();
    const { pathname, search } = new URL(flow.callback);
    const rows = await storedBySignIns(shop);
    const calls = { ...provider.calls };
    const answer = await requestExactly(app, pathname + search, 'HEAD', { cookie: flow.cookie });
    expect([answer.status, answer.headers.allow, answer.body]).toEqual([405, 'GET', '']);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(await storedBySignIns(shop)).toEqual(rows);
    expect(provider.calls).toEqual(calls);
    await expectCode(flow);
  });

  it('by a form of the provider is refused, and the sign-in goes on', async () => {
    const flow = await given();
    const { searchParams } = new URL(flow.callback);
    const answer = await flow.browser.post(signIn.callbackEndpoint, Object.fromEntries(searchParams));
    expect([answer.status, answer.location, answer.setCookies]).toEqual([405, null, []]);
    await expectCode(flow);
  });
});

describe('two tabs of one browser', () => {
  it('both finish, whichever comes back first', async () => {
    const browser = new Browser(app);
    const first = await given(browser);
    const second = await given(browser);
    await expectCode(second);
    await expectCode(first);
  });

  it('both finish at different profiles', async () => {
    const browser = new Browser(app);
    const first = await given(browser);
    const second = await returning(otherProfile, browser);
    const ended = otherProfile.ended(second.begun, [await browser.get(second.callback)]);
    expect(ended.parameters).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/), state: second.begun.state });
    await expectCode(first);
  });

  it('do not take over each other: the state of one with the code of the other is refused', async () => {
    const browser = new Browser(app);
    const [first, second] = [await given(browser), await given(browser)];
    const code = new URL(second.callback).searchParams.get('code');
    const crossed = signIn.ended(first.begun, [await browser.get(altered(first.callback, { code }))]);
    expect(crossed.parameters).toEqual({
      error: 'server_error',
      error_description: 'provider_refused',
      state: first.begun.state,
    });
    expect(await app.log.ofRequest(crossed.requestId)).toMatchObject({ reason: 'token_request_refused' });
  });
});

/** A browser that has this cookie for that place, however it came by it. */
async function carrying(cookie: string, place: string): Promise<Browser> {
  const browser = new Browser(app);
  await browser.jar.setCookie(`${cookie}; Secure; Path=/`, place);
  return browser;
}
