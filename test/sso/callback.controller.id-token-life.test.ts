import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { claims, type Deviation } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { expectCode, expectRefusal } from './deceived-shop.js';

const HOUR = 3_600;
const WEEK = 604_800;

describe('a profile that bounds the life of ID tokens', () => {
  let app: TestApp;
  let shop: Shop;
  let provider: HostileProvider;
  let signIn: SignIn;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    provider = await HostileProvider.start(app.clock, { claimsIn: 'id_token' });
    provider.person = { sub: 'ann', email: 'ann@example.test', email_verified: true, name: 'Ann' };
    signIn = await givenSignIn(shop, provider);
  });
  afterAll(() => provider.stop());

  async function bound(id_token_max_lifetime: number | null) {
    await app.http
      .put(`/v2/authentication-realms/${signIn.realmId}/oidc-profiles/${signIn.profileId}`)
      .set(await shop.service())
      .send({ data: { type: 'oidc-profile', id_token_max_lifetime } })
      .expect(200);
  }

  async function come(lie: Deviation) {
    provider.lie = lie;
    const result = await signIn.through(new Browser(app));
    provider.lie = {};
    return { result, logged: await app.log.ofRequest(result.requestId) };
  }

  it('takes a token that lives as long, and refuses one that lives a second longer', async () => {
    await bound(HOUR);
    expectCode((await come(claims(({ now }) => ({ exp: now + HOUR })))).result);

    const { result, logged } = await come(claims(({ now }) => ({ exp: now + HOUR + 1 })));

    expectRefusal(result, { answer: 'access_denied', reason: 'id_token_lifetime_excessive' });
    expect(logged).toMatchObject({ reason: 'id_token_lifetime_excessive', claim: 'exp', events: ['sign_in_refused'] });
  });

  it('refuses a token that was issued a week ago, and takes it as soon as the bound is gone', async () => {
    await bound(HOUR);
    const old = claims(({ now }) => ({ iat: now - WEEK, exp: now + 600 }));
    expectRefusal((await come(old)).result, { answer: 'access_denied', reason: 'id_token_lifetime_excessive' });

    await bound(null);

    expectCode((await come(old)).result);
    expectCode((await come(claims(({ now }) => ({ exp: now + 52 * WEEK })))).result);
  });
});
