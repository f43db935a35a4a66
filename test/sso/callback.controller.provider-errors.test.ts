import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { browserHeadersOf, REDIRECT_HEADERS, requestExactly } from './authorization-endpoint.js';
import { altered, returning, storedBySignIns } from './returning-browser.js';

const REDIRECT_URI = 'https://shop.example.test/cb?tenant=a%20b';
const SCRIPT = '<script>alert("stolen")</script>';

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider, { redirectUri: REDIRECT_URI });
});

afterAll(() => provider.stop());

/** The answer to a provider that says this instead of a code, as it comes; nothing of the person is stored, no token asked for. */
async function answerTo(said: Readonly<Record<string, string | null>>, state: string) {
  provider.person = { sub: newId(), email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  const flow = await returning(signIn, new Browser(app), signIn.begin({ state }));
  const { flows: _, ...rows } = await storedBySignIns(shop);
  const calls = { ...provider.calls };
  const { pathname, search } = new URL(altered(flow.callback, { code: null, ...said }));
  const answer = await requestExactly(app, pathname + search, 'GET', { cookie: flow.cookie });
  expect(provider.calls).toEqual(calls);
  const { flows: __, ...after } = await storedBySignIns(shop);
  expect(after).toEqual(rows);
  return answer;
}

const HANDED_ON = [
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'login_required',
  'temporarily_unavailable',
];
const OF_OURS = [
  'invalid_request',
  'invalid_scope',
  'server_error',
  'unauthorized_client',
  'unsupported_response_type',
];
const UNKNOWN = [
  '',
  'Access_Denied',
  'access_denied ',
  'no_such_error',
  'x'.repeat(2_000),
  SCRIPT,
  'a&code=evil',
  'a\r\nb',
];

describe('an error that the provider sends the browser back with', () => {
  it.each([
    ...HANDED_ON.map((error) => [error, error] as const),
    ...[...OF_OURS, ...UNKNOWN].map((error) => [error, 'server_error'] as const),
  ])('goes to the storefront in words of ours, with its state and nothing else: %j', async (error, told) => {
    const said = {
      error,
      error_description: SCRIPT,
      error_uri: 'https://evil.test/why',
      redirect_uri: 'https://evil.test/',
    };
    const answer = await answerTo(said, 'a/b+c d');
    expect(answer.status).toBe(303);
    expect(answer.body).toBe('');
    expect(browserHeadersOf(answer)).toEqual({
      ...REDIRECT_HEADERS,
      location: `${REDIRECT_URI}&error=${told}&error_description=provider_refused&state=a%2Fb%2Bc+d`,
      'set-cookie': [expect.stringContaining('Max-Age=0')],
    });
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ status: 303, reason: 'provider_error', events: ['sign_in_refused'] });
    expect([...HANDED_ON, ...OF_OURS, 'error']).toContain(line['claim']);
    for (const text of ['stolen', 'evil.test', 'no_such_error']) expect(JSON.stringify(line)).not.toContain(text);
  });

  it.each<readonly [string, Readonly<Record<string, string | null>>, string]>([
    ['that comes with a code, too', { code: 'a-code', error: 'access_denied' }, 'provider_error'],
    ['without the issuer that the provider promised', { error: 'access_denied', iss: null }, 'response_issuer_missing'],
    [
      'in the name of another provider',
      { error: 'access_denied', iss: 'https://other.test' },
      'response_issuer_mismatch',
    ],
    ['that is none, nor a code', {}, 'response_invalid'],
    ['that is none, with an empty code', { code: '' }, 'response_invalid'],
  ])('is told as a refusal where it is one %s', async (_, said, reason) => {
    const answer = await answerTo(said, 'kept');
    const { searchParams } = new URL(answer.headers.location ?? '');
    expect(Object.fromEntries(searchParams)).toEqual({
      tenant: 'a b',
      error: 'access_denied',
      error_description: reason === 'provider_error' ? 'provider_refused' : 'sign_in_refused',
      state: 'kept',
    });
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ status: 303, reason });
  });
});
