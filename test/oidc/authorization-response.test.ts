import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';
import { expectCode, expectRefusal } from '../sso/deceived-shop.js';

describe('an authorization code', () => {
  let app: TestApp;
  let provider: HostileProvider;
  let signIn: SignIn;

  beforeAll(async () => {
    app = await sharedApp();
    provider = await HostileProvider.start(app.clock);
    signIn = await givenSignIn(await givenShop(app), provider);
  });
  afterAll(() => provider.stop());

  /** The browser of a test takes no such redirect: it is told the code at the last hop. */
  async function comeBackWith(code: string) {
    const email = uniqueEmail();
    provider.person = { sub: email, email, email_verified: true, name: 'Ann' };
    provider.lie = {
      code: () => code,
      redirect: (honest) => {
        const url = new URL(honest);
        url.searchParams.set('code', 'short');
        return url;
      },
    };
    const browser = new Browser(app);
    const begun = signIn.begin();
    const hops = await browser.follow(begun.url, (url) => url.startsWith(signIn.callbackEndpoint));
    provider.lie = {};
    const callback = new URL(hops.at(-1)?.location ?? '');
    callback.searchParams.set('code', code);
    return signIn.ended(begun, [...hops, await browser.get(callback.href)]);
  }

  it('may have 8,192 characters each of which takes three in the URL, so that its request has a line of 24 KB', async () => {
    expectCode(await comeBackWith('%'.repeat(8_192)));
  });

  it('reaches the provider as it came, whatever characters it has', async () => {
    const visible = Array.from({ length: 0x7e - 0x20 + 1 }, (_, index) => String.fromCharCode(0x20 + index)).join('');
    expectCode(await comeBackWith(visible));
  });

  it.each(['x'.repeat(8_193), 'x\u007f', 'x\u0080', 'x\n', '\u00e4'])(
    'that no provider makes, or that has more, is carried to none (case %#)',
    async (code) => {
      const { token } = provider.calls;
      expectRefusal(await comeBackWith(code), { answer: 'access_denied', reason: 'response_invalid' });
      expect(provider.calls.token).toBe(token);
    },
  );
});
