import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { expectError } from '../harness/error-answers.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';
import { AuthorizationEndpoint, expectFault, requestExactly } from './authorization-endpoint.js';

const REDIRECT_URI = 'https://shop.example.test/cb';

let app: TestApp;
let provider: HostileProvider;
let signIn: SignIn;
let endpoint: AuthorizationEndpoint;

beforeAll(async () => {
  app = await sharedApp();
  const shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock, { claimsIn: 'id_token' });
  provider.person = { sub: 'ann', email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  signIn = await givenSignIn(shop, provider, { redirectUri: REDIRECT_URI });
  endpoint = new AuthorizationEndpoint(signIn);
});

afterAll(() => provider.stop());

/** From the storefront's request, sent as it stands, to the URL that the browser is sent back to, as it came. */
async function wayBack(query: string): Promise<string> {
  const started = await endpoint.askExactly(query);
  expect(started.status).toBe(303);
  const cookie = String(started.headers['set-cookie']).split(';')[0] ?? '';
  const atProvider = await fetch(started.headers.location ?? '', { redirect: 'manual' });
  const callback = new URL(atProvider.headers.get('location') ?? '');
  const ended = await requestExactly(app, callback.pathname + callback.search, 'GET', { cookie });
  expect(ended.status).toBe(303);
  return ended.headers.location ?? '';
}

const withState = (written: string, other = {}) => `${endpoint.query({ ...other, state: null })}&state=${written}`;

const KEPT: Readonly<Record<string, string>> = {
  'a plus': 'a+b',
  'a blank': 'a%20b',
  'an encoded plus': 'a%2Bb',
  'an encoded plus in small letters': 'a%2bb',
  'equal signs': 'a=b==',
  'encoded equal signs': 'a%3Db%3D%3D',
  slashes: 'a/b//c',
  'encoded slashes': 'a%2Fb',
  'an encoded ampersand': 'a%26code=evil',
  'an encoded hash': 'a%23b',
  'an encoded percent sign': 'a%2525b',
  'letters beyond ASCII': '%C3%BC%E2%82%AC%F0%9F%98%80',
  'letters that could be written plainly': '%61%62%63',
  quotes: "%22a%22'b'",
  JSON: '%7B%22page%22:%22/cart%22,%22n%22:[1]%7D'.replace('[', '%5B').replace(']', '%5D'),
  'a URL': 'https://shop.example.test/cart?a=b',
  'raw base64': 'QUJDRA/+8+/x==',
  base64url: 'QUJDRA_-8-_x',
  markup: '%3Cscript%3Ealert(1)%3C/script%3E',
  'a line break': 'a%0D%0ALocation:%20https://evil.test/',
  'every sign that a query may hold': "-._~!$'()*+,;:@/?=",
  '2048 letters': 'x'.repeat(2_048),
  '2048 encoded blanks': '%20'.repeat(2_048),
  'one letter': '0',
  'a comma and a semicolon': 'a,b;c',
};

describe('the state of a storefront', () => {
  it.each(Object.entries(KEPT))('comes back character for character with the code: %s', async (_, written) => {
    const location = await wayBack(withState(written));
    expect(location).toMatch(/^https:\/\/shop\.example\.test\/cb\?code=[\w-]{43}&state=/);
    expect(location.slice(location.indexOf('&state=') + '&state='.length)).toBe(written);
  });

  it.each(Object.entries(KEPT))('comes back character for character with an error: %s', async (_, written) => {
    const answer = await endpoint.askExactly(withState(written, { scope: 'email' }));
    const description = encodeURIComponent('scope must contain openid');
    expectFault(answer, `${REDIRECT_URI}?error=invalid_scope&error_description=${description}&state=${written}`);
  });

  it.each(['"a"', '<b>', 'a|b', 'a\\b', 'a^b', 'a`b', '{a}', '[1,2]'])(
    'is encoded where the storefront left unencoded what a URL may not hold: %s',
    async (written) => {
      expect(new URL(await wayBack(withState(written))).searchParams.get('state')).toBe(written);
      const answer = await endpoint.askExactly(withState(written, { scope: 'email' }));
      expect(answer.headers.location?.endsWith(`&state=${percentEncoded(written)}`)).toBe(true);
    },
  );

  it('makes the request unreadable where its letters beyond ASCII were sent as bare bytes', async () => {
    const answer = await endpoint.askExactly(withState(Buffer.from('\u00fc').toString('latin1')));
    expectError(answer, 'request_malformed');
    expect(answer.headers).not.toHaveProperty('location');
  });

  it('is found where its name was percent-encoded', async () => {
    const location = await wayBack(`${endpoint.query({ state: null })}&st%61te=a%2Fb`);
    expect(location.endsWith('&state=a%2Fb')).toBe(true);
  });

  it('is not looked for behind a hash, which a request must not have', async () => {
    const began = await endpoint.flows();
    const query = endpoint.query({ state: 'checked', scope: 'email' });
    const answer = await requestExactly(app, `${endpoint.path}#${query}&x=?state=${'y'.repeat(2_049)}`);
    expectError(answer, 'request_malformed', [{ detail: 'The request target has a fragment.' }]);
    expect(answer.headers).not.toHaveProperty('location');
    expect(await endpoint.flows()).toBe(began);
  });

  it.each(['%', '%4', '%zz', '%C3', '%ff', '%00'])(
    'makes the request unreadable, without a redirect, where it cannot be decoded: %s',
    async (written) => {
      const began = await endpoint.flows();
      const answer = await endpoint.askExactly(withState(written));
      expectError(answer, 'query_malformed');
      expect(answer.headers).not.toHaveProperty('location');
      expect(await endpoint.flows()).toBe(began);
    },
  );

  it('is appended to the query that the redirect URI has', async () => {
    const uri = 'https://shop.example.test/cb?tenant=a%20b&x=1+2';
    const { shop, realmId } = signIn;
    const realm = `/v2/authentication-realms/${realmId}`;
    const change = (uris: readonly string[]) => ({ data: { redirect_uris: uris } });
    const headers = await shop.service();
    await app.http
      .put(realm)
      .set(headers)
      .send(change([REDIRECT_URI, uri]))
      .expect(200);
    const location = await wayBack(endpoint.query({ redirect_uri: uri, state: 'a/b' }));
    expect(location).toMatch(/^https:\/\/shop\.example\.test\/cb\?tenant=a%20b&x=1\+2&code=[\w-]{43}&state=a%2Fb$/);
    await app.http
      .put(realm)
      .set(headers)
      .send(change([REDIRECT_URI]))
      .expect(200);
  });

  it('is that of the tab in which the sign-in was begun, in each of two', async () => {
    const browser = new Browser(app);
    const [first, second] = [signIn.begin({ state: 'first tab' }), signIn.begin({ state: 'second tab' })];
    const [one, other] = [await browser.follow(first.url), await browser.follow(second.url)];
    expect(signIn.ended(first, one).parameters['state']).toBe('first tab');
    expect(signIn.ended(second, other).parameters['state']).toBe('second tab');
  });
});

function percentEncoded(text: string): string {
  return text.replace(/[^\w,]/g, encodeURIComponent);
}
