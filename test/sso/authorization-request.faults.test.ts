import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop } from '../harness/shop.js';
import { AuthorizationEndpoint, CHALLENGE, type Changes, expectFault } from './authorization-endpoint.js';

const REDIRECT_URI = 'https://shop.example.test/cb?tenant=a%20b';

let app: TestApp;
let provider: HostileProvider;
let endpoint: AuthorizationEndpoint;

beforeAll(async () => {
  app = await sharedApp();
  const shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  endpoint = new AuthorizationEndpoint(await givenSignIn(shop, provider, { redirectUri: REDIRECT_URI }));
});

afterAll(() => provider.stop());

type Fault = readonly [name: string, changes: Changes, error: string, description: string];

const once = (parameter: string, value: string): Fault => [
  `${parameter} given twice`,
  { [parameter]: [value, value] },
  'invalid_request',
  `${parameter} must be given once`,
];

const RESPONSE_TYPES = ['token', 'id_token', 'code id_token', 'code token', 'none', 'Code', 'CODE', ' code', 'code '];
const SCOPES = [
  'email',
  'email profile',
  'OPENID',
  'OpenId',
  'openidx',
  'xopenid',
  'openid,email',
  'openid\temail',
  '+',
];
const CHALLENGES: Readonly<Record<string, string>> = {
  'of 42 characters': CHALLENGE.slice(1),
  'of 44 characters': `${CHALLENGE}A`,
  'of 128 characters': 'a'.repeat(128),
  'with padding': `${CHALLENGE}=`,
  'with padding within 43 characters': `${CHALLENGE.slice(1)}=`,
  'with a plus': `${CHALLENGE.slice(1)}+`,
  'with a slash': `${CHALLENGE.slice(1)}/`,
  'with a dot': `${CHALLENGE.slice(1)}.`,
  'with a tilde': `${CHALLENGE.slice(1)}~`,
  'with a blank': `${CHALLENGE.slice(1)} `,
  'with a line feed behind': `${CHALLENGE}\n`,
  'with a letter beyond ASCII': `${CHALLENGE.slice(1)}\u00e9`,
  'in hexadecimal': 'ab'.repeat(32),
};
const METHODS = ['plain', 'PLAIN', 's256', 'S256 ', ' S256', 'S-256', 'SHA256', 'S512', 'none', 'S256,plain'];

const challengeText = 'code_challenge must be the SHA-256 of the code verifier in base64url';
const methodText = 'code_challenge_method must be S256';

const FAULTS: readonly Fault[] = [
  ['no response_type', { response_type: null }, 'invalid_request', 'response_type is required'],
  ['an empty response_type', { response_type: '' }, 'invalid_request', 'response_type is required'],
  once('response_type', 'code'),
  ...RESPONSE_TYPES.map((value): Fault => [
    `the response_type "${value}"`,
    { response_type: value },
    'unsupported_response_type',
    'response_type must be code',
  ]),
  ...['fragment', 'form_post', 'query.jwt', 'Query'].map((value): Fault => [
    `the response_mode "${value}"`,
    { response_mode: value },
    'invalid_request',
    'response_mode must be query',
  ]),
  once('response_mode', 'query'),
  ['no scope', { scope: null }, 'invalid_scope', 'scope must contain openid'],
  ['an empty scope', { scope: '' }, 'invalid_scope', 'scope must contain openid'],
  once('scope', 'openid'),
  ...SCOPES.map((value): Fault => [
    `the scope ${JSON.stringify(value)}`,
    { scope: value },
    'invalid_scope',
    'scope must contain openid',
  ]),
  ['no PKCE at all', { code_challenge: null, code_challenge_method: null }, 'invalid_request', challengeText],
  ['no code_challenge', { code_challenge: null }, 'invalid_request', challengeText],
  ['an empty code_challenge', { code_challenge: '' }, 'invalid_request', challengeText],
  once('code_challenge', CHALLENGE),
  ...Object.entries(CHALLENGES).map(([name, value]): Fault => [
    `a code_challenge ${name}`,
    { code_challenge: value },
    'invalid_request',
    challengeText,
  ]),
  ['no code_challenge_method', { code_challenge_method: null }, 'invalid_request', methodText],
  ['an empty code_challenge_method', { code_challenge_method: '' }, 'invalid_request', methodText],
  once('code_challenge_method', 'S256'),
  ...METHODS.map((value): Fault => [
    `the code_challenge_method "${value}"`,
    { code_challenge_method: value },
    'invalid_request',
    methodText,
  ]),
  ['a request object', { request: 'e30.e30.' }, 'request_not_supported', 'request is not supported'],
  ['an empty request object', { request: '' }, 'request_not_supported', 'request is not supported'],
  [
    'a request_uri',
    { request_uri: 'https://evil.test/request' },
    'request_uri_not_supported',
    'request_uri is not supported',
  ],
  once('prompt', 'login'),
  once('display', 'page'),
  once('ui_locales', 'de'),
  once('login_hint', 'ann'),
  once('ep_report_callback_replay_error', 'true'),
  ['a prompt that is too long', { prompt: 'x'.repeat(1_025) }, 'invalid_request', 'prompt is too long'],
  ['a login_hint that is too long', { login_hint: 'x'.repeat(1_025) }, 'invalid_request', 'login_hint is too long'],
];

const backWith = (error: string, description: string, state = '') =>
  `${REDIRECT_URI}&error=${error}&error_description=${encodeURIComponent(description)}${state}`;

describe('an authorization request with a fault other than where it would lead', () => {
  it.each(FAULTS)(
    'goes back to the storefront with error, description and state: %s',
    async (_, changes, error, text) => {
      const began = await endpoint.flows();
      const answer = await endpoint.ask(changes);
      expectFault(answer, backWith(error, text, '&state=a-state'));
      expect(await endpoint.flows()).toBe(began);
      expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
        route: expect.stringContaining('/oidc-idp/login/') as unknown,
        status: 307,
        reason: 'parameter_invalid',
        claim: Object.keys(changes)[0],
        events: ['sign_in_refused'],
      });
    },
  );

  it.each<readonly [string, string]>([
    ['missing', ''],
    ['empty', '&state='],
    ['given twice', '&state=a&state=b'],
    ['given twice, the same', '&state=a&state=a'],
    ['given in brackets, too', '&state=a&state[b]=c'],
    ['a member in brackets', '&state[b]=c'],
    ['longer than 2048 characters', `&state=${'x'.repeat(2_049)}`],
  ])('goes back without a state where the state is %s, as none is to be trusted', async (_, written) => {
    const answer = await endpoint.askExactly(endpoint.query({ state: null }) + written);
    expectFault(answer, backWith('invalid_request', 'state must be given once, with at most 2048 characters'));
  });

  it('is told of one fault at a time, the state first', async () => {
    const answer = await endpoint.ask({ state: null, response_type: null, scope: null, code_challenge: null });
    expectFault(answer, backWith('invalid_request', 'state must be given once, with at most 2048 characters'));
  });
});

describe('an authorization request without a fault', () => {
  it.each<readonly [string, string]>([
    ['openid alone', 'scope=openid'],
    ['blanks that are percent-encoded', 'scope=openid%20email%20profile'],
    ['blanks that are written as plus', 'scope=openid+email+profile'],
    ['a plus that is percent-encoded', 'scope=openid%2Bemail'],
    ['openid as the last one', 'scope=email+openid'],
    ['unknown scopes beside', 'scope=openid+name+offline_access'],
    ['response_mode=query', 'scope=openid&response_mode=query'],
    ['an empty response_mode', 'scope=openid&response_mode='],
    ['empty wishes', 'scope=openid&prompt=&display=&ui_locales=&login_hint=&ep_report_callback_replay_error='],
    ['wishes as long as can be', `scope=openid&login_hint=${'x'.repeat(1_024)}`],
    ['parameters that nobody knows, twice', 'scope=openid&utm_source=a&utm_source=b&constructor=c&__proto__=d'],
    ['an empty pair', 'scope=openid&&'],
  ])('is taken: %s', async (_, written) => {
    const began = await endpoint.flows();
    const answer = await endpoint.askExactly(`${endpoint.query({ scope: null })}&${written}`);
    expect(answer.status).toBe(303);
    expect(answer.headers.location?.startsWith(`${provider.issuer}/authorize?`)).toBe(true);
    expect(await endpoint.flows()).toBe(began + 1);
  });

  it('is refused as unreadable where it has more than 100 parameters, and leads nowhere', async () => {
    const began = await endpoint.flows();
    const answer = await endpoint.askExactly(`${endpoint.query()}${'&x=1'.repeat(100)}`);
    expectError(answer, 'query_malformed');
    expect(answer.headers).not.toHaveProperty('location');
    expect(await endpoint.flows()).toBe(began);
  });
});
