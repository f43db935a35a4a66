import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { Browser, type Hop } from '../harness/browser.js';
import { signedBy } from '../harness/forged-tokens.js';
import { json, members } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn, type SignInResult } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { expectCode, expectRefusal } from './deceived-shop.js';

/** A shop with two providers: people log in at the honest one, and the other would like to be them. */
let app: TestApp;
let shop: Shop;
let honest: HostileProvider;
let evil: HostileProvider;
let atHonest: SignIn;
let atEvil: SignIn;

beforeAll(async () => {
  app = await startApp();
  shop = await givenShop(app);
  // Both sign by the same key: nothing but what they say tells them apart.
  [honest, evil] = await Promise.all([HostileProvider.start(app.clock), HostileProvider.start(app.clock)]);
  atHonest = await givenSignIn(shop, honest);
  atEvil = await givenSignIn(shop, evil);
  honest.person = { sub: 'ann', email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  evil.person = { sub: 'mallory', email: uniqueEmail(), email_verified: true, name: 'Mallory Example' };
});
afterEach(() => {
  evil.lie = {};
  // What was read from a provider that lied is forgotten.
  app.clock.advanceSeconds(601);
});
afterAll(async () => {
  await Promise.all([honest.stop(), evil.stop()]);
  await app.close();
});

/** The hops until the browser is about to come back to the service, and the URL that it would come back to. */
async function untilReturn(browser: Browser, signIn: SignIn): Promise<{ begun: SignInResult; back: URL }> {
  const begun = signIn.begin();
  const hops = await browser.follow(begun.url, (url) => url.startsWith(`${app.config.publicUrl}/oidc-idp/callback/`));
  return { begun: signIn.ended(begun, hops), back: new URL(hops.at(-1)?.location ?? '') };
}

async function arrive(browser: Browser, signIn: SignIn, { begun, back }: { begun: SignInResult; back: URL }) {
  const hop: Hop = await browser.get(back.href);
  return signIn.ended(begun, [...begun.hops, hop]);
}

function moved(back: URL, callback: string): URL {
  const url = new URL(callback);
  url.search = back.search;
  return url;
}

async function reasonOf({ requestId }: SignInResult): Promise<unknown> {
  return (await app.log.ofRequest(requestId))['reason'];
}

async function customers(): Promise<number> {
  return app.database.prisma.customer.count({ where: { storeId: shop.storeId } });
}

describe('two providers at once', () => {
  it('are not mixed up when the answer of one is brought to the callback of the other: no token request goes out', async () => {
    const browser = new Browser(app);
    const trip = await untilReturn(browser, atHonest);
    const [tokens, before] = [honest.calls.token + evil.calls.token, await customers()];

    const result = await arrive(browser, atEvil, { ...trip, back: moved(trip.back, atEvil.callbackEndpoint) });

    expectRefusal(result, { answer: 'page', reason: 'state_of_other_profile' });
    expect(await reasonOf(result)).toBe('state_of_other_profile');
    expect(honest.calls.token + evil.calls.token).toBe(tokens);
    expect(await customers()).toBe(before);
    // Whoever brought it there has not ended the sign-in of its owner.
    expectCode(await arrive(browser, atHonest, trip));
  });

  it('are not mixed up when one returns under the name of the other: no token request goes out', async () => {
    evil.lie = {
      redirect: (back) => {
        back.searchParams.set('iss', honest.issuer);
        return back;
      },
    };
    const [tokens, before] = [honest.calls.token + evil.calls.token, await customers()];

    const result = await atEvil.through(new Browser(app));

    expectRefusal(result, { answer: 'access_denied', reason: 'response_issuer_mismatch' });
    expect(await reasonOf(result)).toBe('response_issuer_mismatch');
    expect(honest.calls.token + evil.calls.token).toBe(tokens);
    expect(await customers()).toBe(before);
  });

  it('are not mixed up when one sends browsers on to the other: its code never comes to the token endpoint of the first', async () => {
    // Even if somebody registered the callback of the evil one's profile at the honest one.
    honest.allowRedirectTo(atEvil.callbackEndpoint);
    evil.lie = { discovery: members({ authorization_endpoint: `${honest.issuer}/authorize` }) };
    app.clock.advanceSeconds(601);
    const [tokens, before] = [honest.calls.token + evil.calls.token, await customers()];

    const result = await atEvil.through(new Browser(app));

    expectRefusal(result, { answer: 'access_denied', reason: 'response_issuer_mismatch' });
    expect(await reasonOf(result)).toBe('response_issuer_mismatch');
    expect(honest.calls.token + evil.calls.token).toBe(tokens);
    expect(await customers()).toBe(before);
  });

  it('are not mixed up when one names the token endpoint of the other, which does not know the client', async () => {
    evil.lie = { discovery: members({ token_endpoint: `${honest.issuer}/token` }) };
    app.clock.advanceSeconds(601);
    const before = await customers();

    const result = await atEvil.through(new Browser(app));

    expectRefusal(result, { answer: 'server_error', reason: 'token_request_refused' });
    expect(await reasonOf(result)).toBe('token_request_refused');
    expect(await customers()).toBe(before);
  });

  it('are not mixed up when one gives out an ID token of the other', async () => {
    evil.lie = {
      idToken: (draft) => ({
        ...draft,
        payload: { ...draft.payload, iss: honest.issuer, sub: 'ann' },
        signer: signedBy(honest.key.privateKey),
      }),
      jwks: () => json({ keys: [honest.key.publicJwk] })(),
    };
    const [userinfo, before] = [evil.calls.userinfo, await customers()];

    const result = await atEvil.through(new Browser(app));

    expectRefusal(result, { answer: 'access_denied', reason: 'id_token_issuer_mismatch' });
    expect(await reasonOf(result)).toBe('id_token_issuer_mismatch');
    expect(evil.calls.userinfo).toBe(userinfo);
    expect(await customers()).toBe(before);
  });

  it.each([
    ['another provider', () => ({ discovery_url: evil.discoveryUrl })],
    ['another client of the same provider', () => ({ client_id: 'another-client' })],
  ])('are not mixed up when the profile is moved to %s meanwhile: nobody is called', async (_, moves) => {
    const own = await givenSignIn(shop, honest);
    // Nothing in the answer says whose it is.
    honest.lie = {
      redirect: (back) => {
        back.searchParams.delete('iss');
        return back;
      },
    };
    const browser = new Browser(app);
    const trip = await untilReturn(browser, own);
    honest.lie = {};
    await app.http
      .put(`/v2/authentication-realms/${own.realmId}/oidc-profiles/${own.profileId}`)
      .set(await shop.service())
      .send({ data: { type: 'oidc-profile', ...moves() } })
      .expect(200);
    const [calls, before] = [[{ ...honest.calls }, { ...evil.calls }], await customers()];

    const result = await arrive(browser, own, trip);

    expectRefusal(result, { answer: 'access_denied', reason: 'profile_changed' });
    expect(await reasonOf(result)).toBe('profile_changed');
    expect([honest.calls, evil.calls]).toEqual(calls);
    expect(await customers()).toBe(before);
  });

  it('are two people to the shop when both name the same subject and email', async () => {
    const person = { sub: 'same', email: uniqueEmail(), email_verified: true, name: 'Same Example' };
    [honest.person, evil.person] = [person, person];
    const before = await customers();

    expectCode(await atHonest.through(new Browser(app)));
    expectCode(await atEvil.through(new Browser(app)));

    expect(await customers()).toBe(before + 2);
    const identities = await app.database.prisma.identity.findMany({
      where: { storeId: shop.storeId, subject: 'same' },
      orderBy: { createdAt: 'asc' },
    });
    expect(identities.map(({ issuer, profileId }) => [issuer, profileId])).toEqual([
      [honest.issuer, atHonest.profileId],
      [evil.issuer, atEvil.profileId],
    ]);
  });
});

describe('two stores with one provider', () => {
  it('are not mixed up when the answer for one is brought to the callback of the other', async () => {
    const other = await givenSignIn(await givenShop(app), honest);
    const browser = new Browser(app);
    const trip = await untilReturn(browser, atHonest);
    const tokens = honest.calls.token;

    const result = await arrive(browser, other, { ...trip, back: moved(trip.back, other.callbackEndpoint) });

    expectRefusal(result, { answer: 'page', reason: 'state_unknown' });
    expect(await reasonOf(result)).toBe('state_unknown');
    expect(honest.calls.token).toBe(tokens);
    expectCode(await arrive(browser, atHonest, trip));
  });

  it('are not mixed up when a profile is named under the realm of the other store: nobody is there', async () => {
    const other = await givenSignIn(await givenShop(app), honest);
    const browser = new Browser(app);
    const trip = await untilReturn(browser, atHonest);
    const nowhere = atHonest.callbackEndpoint.replace(atHonest.realmId, other.realmId);

    const result = await arrive(browser, atHonest, { ...trip, back: moved(trip.back, nowhere) });

    expectRefusal(result, { answer: 'page', reason: 'state_of_other_profile' });
    expect(await reasonOf(result)).toBe('state_of_other_profile');
  });
});
