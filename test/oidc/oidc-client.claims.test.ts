import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderClient } from '../../src/oidc/oidc-client.js';
import { claims, members } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { CALLBACK_URL, outcomeOf, RelyingParty } from './relying-party.js';

let party: RelyingParty;
let provider: HostileProvider;
let client: ProviderClient;

beforeAll(() => {
  party = new RelyingParty();
});
beforeEach(async () => {
  provider = await HostileProvider.start(party.clock, { alg: 'ES256', claimsIn: 'id_token' });
  provider.person = { sub: 'ada' };
  client = party.clientOf(provider);
});
afterEach(() => provider.stop());
afterAll(() => party.stop());

const ANN = 'ann@example.test';
const BOB = 'bob@example.test';
const VERIFIED = { email: ANN, email_verified: true };
const UNVERIFIED = { email: ANN, email_verified: false };

type Members = Readonly<Record<string, unknown>>;

describe('the claims of a person', () => {
  /** What is known of email and name when both of these were asked. */
  async function merged(idToken: Members, userinfo: Members): Promise<Members> {
    provider.lie = { ...claims(idToken), userinfo: members(userinfo) };
    const told = await party.signIn(client, () => true);
    const { email, email_verified, name } = told.claims;
    const known = Object.entries({ email, email_verified, name }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known);
  }

  it.each([
    ['both say the same', VERIFIED, VERIFIED, VERIFIED],
    ['the ID token has none', {}, VERIFIED, VERIFIED],
    ['userinfo has none', VERIFIED, {}, VERIFIED],
    ['the ID token does not tell whether it is verified', { email: ANN }, VERIFIED, VERIFIED],
    [
      'the ID token does not tell whether it is verified, userinfo says it is not',
      { email: ANN },
      UNVERIFIED,
      UNVERIFIED,
    ],
    [
      'only the email of userinfo is verified, which is another',
      { email: ANN },
      { email: BOB, email_verified: true },
      { email: ANN },
    ],
    [
      'only the email of userinfo differs in case',
      { email: ANN },
      { email: ANN.toUpperCase(), email_verified: true },
      { email: ANN },
    ],
    [
      'only userinfo has one and does not tell whether it is verified',
      { email_verified: true },
      { email: BOB },
      { email: BOB },
    ],
    ['only userinfo has one, and it is not verified', { email_verified: true }, UNVERIFIED, UNVERIFIED],
    [
      'only userinfo has one, which is verified, and the ID token doubts it',
      { email_verified: false },
      VERIFIED,
      UNVERIFIED,
    ],
    ['userinfo tells without an email that one is verified', { email: ANN }, { email_verified: true }, { email: ANN }],
    ['they contradict each other on the same email', UNVERIFIED, VERIFIED, UNVERIFIED],
    ['they name two emails', VERIFIED, { email: BOB, email_verified: false }, VERIFIED],
    ['the ID token has null for it', { email: null, email_verified: null }, VERIFIED, VERIFIED],
    ['nobody has one', {}, {}, {}],
  ])(
    'hold an email as the ID token tells it, and what is said of that very email, when %s',
    async (_, idToken, userinfo, known) => {
      expect(await merged(idToken, userinfo)).toEqual(known);
    },
  );

  it.each([
    ['of the ID token', { name: 'Ada' }, { name: 'Countess' }, { name: 'Ada' }],
    ['of userinfo, when the ID token has none', {}, { name: 'Countess' }, { name: 'Countess' }],
    ['of userinfo, when the ID token has null', { name: null }, { name: 'Countess' }, { name: 'Countess' }],
  ])('hold the name %s', async (_, idToken, userinfo, known) => {
    expect(await merged(idToken, userinfo)).toEqual(known);
  });

  it('are those of the ID token alone where they suffice, and the userinfo endpoint is not asked', async () => {
    provider.person = { sub: 'ada', ...VERIFIED, name: 'Ada' };
    const lacked: Members[] = [];
    const told = await party.signIn(client, (known) => {
      lacked.push(known);
      return false;
    });
    const now = told.claims['iat'] as number;
    const all = {
      sub: 'ada',
      ...VERIFIED,
      name: 'Ada',
      iss: provider.issuer,
      aud: 'gatehouse',
      iat: now,
      exp: now + 600,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      at_hash: expect.stringMatching(/^[\w-]{22}$/) as unknown,
    };
    expect(told).toEqual({ issuer: provider.issuer, subject: 'ada', claims: all, userinfoFailure: null });
    expect(lacked).toEqual([all]);
    expect(provider.calls.userinfo).toBe(0);
  });

  it('are those of the ID token where there is no userinfo endpoint to ask', async () => {
    provider.lie = { discovery: members({ userinfo_endpoint: undefined }) };
    expect(await party.outcome(client, () => true)).toBe('ada');
    expect(provider.calls.userinfo).toBe(0);
  });

  it('are those of the ID token where the userinfo endpoint is suspended, and that suspends nothing else', async () => {
    provider.lie = { userinfo: () => 'reset' };
    const asking = () => client.provider.userinfoCalls.request(`${provider.issuer}/userinfo`, { method: 'GET' });
    for (let call = 0; call < 5; call += 1) expect(await outcomeOf(asking())).toBe('provider_unreachable');

    const told = await party.signIn(client, () => true);

    expect([told.subject, told.claims['sub'], told.userinfoFailure?.reason]).toEqual([
      'ada',
      'ada',
      'provider_suspended',
    ]);
    expect(provider.calls).toMatchObject({ token: 1, userinfo: 5 });
  });

  it('never name another subject or issuer than the ID token does', async () => {
    provider.lie = { userinfo: members({ iss: 'https://accounts.example.test', email: ANN }) };
    const told = await party.signIn(client, () => true);
    expect([told.issuer, told.subject, told.claims['iss']]).toEqual([provider.issuer, 'ada', provider.issuer]);
  });
});

describe('a sign-in as the provider sees it', () => {
  it('begins with every parameter of the standard once, whatever query the endpoint has of its own', async () => {
    provider.lie = {
      discovery: members((world) => ({ authorization_endpoint: `${world.issuer}/authorize?tenant=a%20b` })),
    };
    const secrets = party.oidc.newSecrets();
    const url = await party.oidc.authorizationUrl(client, secrets, {
      prompt: 'login',
      login_hint: 'ann+1@example.test',
    });
    expect(`${url.origin}${url.pathname}`).toBe(`${provider.issuer}/authorize`);
    expect(url.searchParams.size).toBe(11);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: 'a b',
      client_id: 'gatehouse',
      redirect_uri: CALLBACK_URL,
      response_type: 'code',
      scope: 'openid email profile',
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      code_challenge_method: 'S256',
      prompt: 'login',
      login_hint: 'ann+1@example.test',
    });
    expect(url.searchParams.get('code_challenge')).not.toBe(secrets.codeVerifier);
  });

  it('has secrets of 256 random bits, no two of them equal', () => {
    const all = Array.from({ length: 100 }, () => Object.values(party.oidc.newSecrets())).flat();
    expect(new Set(all).size).toBe(300);
    expect(all.filter((secret) => !/^[\w-]{43}$/.test(secret))).toEqual([]);
  });

  it.each(['/./jwks', '/x/../jwks', '/x/%2e%2e/jwks'])(
    'fetches a key set once for two sign-ins, also where a parser of URLs writes its path %s otherwise',
    async (path) => {
      provider.lie = { discovery: members((world) => ({ jwks_uri: `${world.issuer}${path}` })) };
      const outcomes = [await party.outcome(client), await party.outcome(client)];
      expect([outcomes, provider.calls.jwks]).toEqual([['ada', 'ada'], 1]);
    },
  );

  it('is told by `state` whose answer the browser brings: another one calls nobody', async () => {
    const secrets = party.oidc.newSecrets();
    const other = party.oidc.newSecrets();
    const query = new URLSearchParams({ code: 'c', state: other.state, iss: provider.issuer });
    const ended = party.oidc.exchange({ client, secrets, query, idTokenLifetimeSecondsMax: null, lacks: () => false });
    expect(await outcomeOf(ended)).toBe('response_invalid');
    expect(provider.calls.token).toBe(0);
  });
});
