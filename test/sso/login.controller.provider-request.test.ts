import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/crypto/digest.js';
import { SecretBox } from '../../src/crypto/secret-box.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop } from '../harness/shop.js';
import {
  AuthorizationEndpoint,
  browserHeadersOf,
  CHALLENGE,
  type ExactAnswer,
  REDIRECT_HEADERS,
} from './authorization-endpoint.js';

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;
let endpoint: AuthorizationEndpoint;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider);
  endpoint = new AuthorizationEndpoint(signIn);
});

afterAll(() => provider.stop());

/** What the provider gets, each parameter with all its values. */
function sentToProvider({ status, headers }: ExactAnswer): Record<string, string[]> {
  expect(status).toBe(303);
  const url = new URL(headers.location ?? '');
  expect(url.origin + url.pathname).toBe(`${provider.issuer}/authorize`);
  return Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)]));
}

const random = expect.stringMatching(/^[\w-]{43}$/) as unknown;

describe('the authorization endpoint, for a good request', () => {
  it('sends the browser to the provider with the own client, callback, scope, state, nonce and challenge, and no more', async () => {
    const sent = sentToProvider(await endpoint.ask({ nonce: 'of the storefront' }));
    expect(sent).toEqual({
      client_id: [provider.clientId],
      redirect_uri: [signIn.callbackEndpoint],
      response_type: ['code'],
      scope: ['openid email profile'],
      state: [random],
      nonce: [random],
      code_challenge: [random],
      code_challenge_method: ['S256'],
    });
    expect(signIn.callbackEndpoint).toBe(
      `${app.config.publicUrl}/oidc-idp/callback/stores/${shop.storeId}/authentication-realms/${signIn.realmId}` +
        `/oidc-profiles/${signIn.profileId}`,
    );
  });

  it('tells the provider nothing of the storefront', async () => {
    const { location = '' } = (await endpoint.ask({ state: 'secret-of-the-storefront', nonce: 'nonce-of-it' })).headers;
    for (const text of ['secret-of-the-storefront', 'nonce-of-it', CHALLENGE, 'shop.example.test', 'customers']) {
      expect(location).not.toContain(text);
    }
  });

  it('uses new secrets for each sign-in', async () => {
    const sent = await Promise.all(Array.from({ length: 5 }, async () => sentToProvider(await endpoint.ask())));
    const secrets = sent.flatMap(({ state = [], nonce = [], code_challenge: challenge = [] }) => [
      state,
      nonce,
      challenge,
    ]);
    expect(new Set(secrets.flat()).size).toBe(15);
  });

  it('answers 303 with one cookie and headers that keep the URL from caches and other pages', async () => {
    const answer = await endpoint.ask();
    expect(answer.status).toBe(303);
    expect(answer.body).toBe('');
    expect(browserHeadersOf(answer)).toEqual({
      ...REDIRECT_HEADERS,
      location: expect.stringContaining(`${provider.issuer}/authorize?`) as unknown,
      'set-cookie': [expect.stringMatching(/^__Secure-gatehouse-sso-[0-9a-f]{24}=[\w-]{43}; /)],
    });
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      store_id: shop.storeId,
      realm_id: signIn.realmId,
      profile_id: signIn.profileId,
      status: 303,
      events: ['sign_in_started'],
    });
  });

  it('stores what the sign-in needs, of the secrets only digests and what is sealed', async () => {
    const answer = await endpoint.ask({ state: 'a b', ep_report_callback_replay_error: 'true' });
    const { state: [state = ''] = [] } = sentToProvider(answer);
    const cookie = /=([\w-]{43});/.exec(String(answer.headers['set-cookie']))?.[1] ?? '';
    const stateHash = new Uint8Array(sha256(state));
    const where = { storeId_stateHash: { storeId: shop.storeId, stateHash } };
    const { sealedSecrets, createdAt, expiresAt, ...row } = await app.database.prisma.ssoFlow.findUniqueOrThrow({
      where,
    });
    expect(row).toEqual({
      storeId: shop.storeId,
      stateHash,
      realmId: signIn.realmId,
      profileId: signIn.profileId,
      browserHash: new Uint8Array(sha256(cookie)),
      addressHash: new Uint8Array(app.nest.get(SecretBox).pseudonym('127.0.0.1')),
      redirectUri: signIn.redirectUri,
      storefrontState: 'a%20b',
      codeChallenge: CHALLENGE,
      reportCallbackReplay: true,
      usedAt: null,
    });
    expect(expiresAt.getTime() - createdAt.getTime()).toBe(600_000);
    expect(Buffer.from(sealedSecrets).toString('latin1')).not.toMatch(/nonce|codeVerifier/);
  });

  it.each(['true', 'false', 'TRUE', '1', ''])('asks for the report of a replay only by "true": "%s"', async (value) => {
    const answer = await endpoint.ask({ ep_report_callback_replay_error: value });
    const { state: [state = ''] = [] } = sentToProvider(answer);
    const where = { storeId_stateHash: { storeId: shop.storeId, stateHash: new Uint8Array(sha256(state)) } };
    const { reportCallbackReplay } = await app.database.prisma.ssoFlow.findUniqueOrThrow({ where });
    expect(reportCallbackReplay).toBe(value === 'true');
  });
});

describe('wishes of the storefront', () => {
  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ['prompt', { prompt: 'login' }],
    ['a prompt of two values', { prompt: 'login consent' }],
    ['display', { display: 'popup' }],
    ['ui_locales', { ui_locales: 'de-CH de en' }],
    ['an email as login_hint', { login_hint: 'ann+shop@example.test' }],
    ['a login_hint with signs and letters of all kinds', { login_hint: 'a&state=x#\u00fc"<>%2B' }],
    ['all of them', { prompt: 'none', display: 'page', ui_locales: 'en', login_hint: 'ann' }],
  ])('are handed on to the provider: %s', async (_, wishes) => {
    const sent = sentToProvider(await endpoint.ask(wishes));
    const handedOn = Object.fromEntries(Object.entries(wishes).map(([name, value]) => [name, [value]]));
    expect(sent).toMatchObject(handedOn);
    expect(Object.keys(sent)).toHaveLength(8 + Object.keys(wishes).length);
  });

  it('mean the same in the encoding of forms, in which blanks are plus signs', async () => {
    const written = new URLSearchParams({
      prompt: 'login consent',
      ui_locales: 'de en',
      login_hint: 'ann+1@example.test',
    });
    const sent = sentToProvider(await endpoint.askExactly(`${endpoint.query()}&${written.toString()}`));
    expect(sent).toMatchObject({
      prompt: ['login consent'],
      ui_locales: ['de en'],
      login_hint: ['ann+1@example.test'],
    });
  });

  it('are not handed on where nobody knows them, nor where they would change what is asked', async () => {
    const own = {
      max_age: '0',
      acr_values: 'x',
      id_token_hint: 'x',
      claims: '{}',
      audience: 'x',
      iss: 'x',
      resource: 'x',
    };
    const sent = sentToProvider(await endpoint.ask({ ...own, scope: 'openid offline_access admin' }));
    expect(Object.keys(sent).sort()).toEqual([
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'nonce',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ]);
    expect(sent['scope']).toEqual(['openid email profile']);
  });
});

describe('a provider that cannot be asked how it works', () => {
  it.each([
    ['cuts the connection', 'provider_unreachable', (): 'reset' => 'reset'],
    ['fails', 'provider_status', () => ({ status: 500, headers: {}, body: '' })],
    ['answers a page', 'provider_answer_malformed', () => ({ status: 200, headers: {}, body: '<h1>Hello</h1>' })],
  ] as const)(
    'ends the sign-in at the storefront, without cookie and row, when it %s',
    async (_, reason, discovery) => {
      const dead = await HostileProvider.start(app.clock);
      try {
        const deadSignIn = await givenSignIn(shop, dead);
        const deadEndpoint = new AuthorizationEndpoint(deadSignIn);
        dead.lie = { discovery };
        const answer = await deadEndpoint.ask({ state: 'a/b+c' });
        expect(answer.status).toBe(303);
        expect(browserHeadersOf(answer)).toEqual({
          ...REDIRECT_HEADERS,
          location:
            'https://shop.example.test/cb?error=temporarily_unavailable&error_description=provider_unavailable&state=a%2Fb%2Bc',
        });
        expect(await deadEndpoint.flows()).toBe(0);
        expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
          status: 303,
          reason,
          profile_id: deadSignIn.profileId,
          events: ['sign_in_refused'],
        });
        dead.lie = {};
        expect((await deadEndpoint.ask()).status).toBe(303);
        expect(await deadEndpoint.flows()).toBe(1);
      } finally {
        await dead.stop();
      }
    },
  );
});
