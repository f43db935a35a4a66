import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/crypto/digest.js';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';
import { AuthorizationEndpoint, requestExactly } from './authorization-endpoint.js';
import { returning, type Returning } from './returning-browser.js';

let app: TestApp;
let provider: HostileProvider;
let signIn: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  provider = await HostileProvider.start(app.clock);
  provider.person = { sub: 'ann', email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  signIn = await givenSignIn(await givenShop(app), provider);
});

afterAll(() => provider.stop());

/** The cookie of a new sign-in, line by line as it came, and the state that its name is made of. */
async function cookieOf(of: SignIn): Promise<{ lines: string[]; nameEnd: string }> {
  const { headers } = await new AuthorizationEndpoint(of).ask();
  const state = new URL(headers.location ?? '').searchParams.get('state') ?? '';
  return { lines: headers['set-cookie'] ?? [], nameEnd: sha256(state).toString('hex').slice(0, 24) };
}

async function comeBack(callback: string, cookie: string): Promise<number> {
  const { pathname, search } = new URL(callback);
  return (await requestExactly(app, pathname + search, 'GET', { cookie })).status;
}

const given = (): Promise<Returning> => returning(signIn, new Browser(app));

describe('the cookie that binds a sign-in to its browser', () => {
  it('goes to scripts, other paths, other sites and plain http as little as it can, and ends with the sign-in', async () => {
    const { lines, nameEnd } = await cookieOf(signIn);
    const { pathname } = new URL(signIn.callbackEndpoint);
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    const [pair = '', ...attributes] = line.split('; ');
    expect(pair).toMatch(new RegExp(`^__Secure-gatehouse-sso-${nameEnd}=[\\w-]{43}$`));
    expect(attributes).toEqual(['Max-Age=600', `Path=${pathname}`, 'HttpOnly', 'Secure', 'SameSite=Lax']);
  });

  it('has a name and a value of its own for each sign-in, so that tabs do not overwrite each other', async () => {
    const pairs = [await cookieOf(signIn), await cookieOf(signIn)].map(({ lines }) =>
      lines[0]?.split('; ')[0]?.split('='),
    );
    expect(pairs[0]?.[0]).not.toBe(pairs[1]?.[0]);
    expect(pairs[0]?.[1]).not.toBe(pairs[1]?.[1]);
  });

  it('is not sent to the callback of another profile, nor to the authorization endpoint, by a browser', async () => {
    const browser = new Browser(app);
    await returning(signIn, browser);
    const otherProfile = await givenSignIn(signIn.shop, provider);
    expect(await browser.jar.getCookies(signIn.callbackEndpoint)).toHaveLength(1);
    for (const url of [otherProfile.callbackEndpoint, signIn.authorizationEndpoint, `${app.config.publicUrl}/`]) {
      expect(await browser.jar.getCookies(url)).toEqual([]);
    }
  });

  it('is not marked as secure where the service itself is reached by plain http, so that browsers keep it', async () => {
    const plain = await startApp({ publicUrl: 'http://localhost:4100', tokenSigningAlg: 'ES256' });
    try {
      const plainSignIn = await givenSignIn(await givenShop(plain), provider);
      const { lines, nameEnd } = await cookieOf(plainSignIn);
      const { pathname } = new URL(plainSignIn.callbackEndpoint);
      expect(lines).toHaveLength(1);
      const [pair = '', ...attributes] = (lines[0] ?? '').split('; ');
      expect(pair).toMatch(new RegExp(`^gatehouse-sso-${nameEnd}=[\\w-]{43}$`));
      expect(attributes).toEqual(['Max-Age=600', `Path=${pathname}`, 'HttpOnly', 'SameSite=Lax']);
      const ended = await plainSignIn.through(new Browser(plain));
      expect(Object.keys(ended.parameters)).toEqual(['code', 'state']);
    } finally {
      await plain.close();
    }
  });

  it('is found among other cookies, quoted ones and broken ones', async () => {
    const around = [
      (cookie: string) => `a=1; ${cookie}; b=2`,
      (cookie: string) => `a="1; 2"; ${cookie}`,
      (cookie: string) => `=x; ; broken; %=%; ${cookie};`,
      (cookie: string) => `__proto__=x; constructor=y; ${cookie}`,
    ];
    for (const among of around) {
      const { callback, cookie } = await given();
      expect(await comeBack(callback, among(cookie))).toBe(303);
    }
  });

  it('is not found under a name of another case, without its prefix, or with a value of another case', async () => {
    const { callback, cookie } = await given();
    const [name = '', value = ''] = cookie.split('=');
    const wrong = [
      `${name.toUpperCase()}=${value}`,
      `${name.replace('__Secure-', '')}=${value}`,
      `${name}=${value.toUpperCase() === value ? value.toLowerCase() : value.toUpperCase()}`,
      `${name}=${value}x`,
      `${name}=${value.slice(1)}`,
      name,
      `x=${name}=${value}`,
    ];
    for (const each of wrong) expect([each, await comeBack(callback, each)]).toEqual([each, 400]);
    expect(await comeBack(callback, cookie)).toBe(303);
  });
});
