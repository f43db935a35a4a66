import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { HOSTILE_REDIRECT_URIS, REGISTERED_REDIRECT_URIS, sentRedirectUris } from '../harness/hostile-redirect-uris.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop } from '../harness/shop.js';
import { AuthorizationEndpoint, expectFault, expectUnsafe } from './authorization-endpoint.js';
import { expectByteEquality, registerAll } from './redirect-uri-oracle.js';
import { cases } from '../harness/tier/sizes.js';

let provider: HostileProvider;
let endpoint: AuthorizationEndpoint;

beforeAll(async () => {
  const app = await sharedApp();
  const shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  const signIn = await givenSignIn(shop, provider);
  await registerAll(signIn);
  endpoint = new AuthorizationEndpoint(signIn);
});

afterAll(() => provider.stop());

describe('the redirect_uri of an authorization request', () => {
  it('is accepted when it is one of those registered, each with its port, query and loopback form', async () => {
    const began = await endpoint.flows();
    for (const uri of REGISTERED_REDIRECT_URIS) {
      const answer = await endpoint.ask({ redirect_uri: uri });
      expect([uri, answer.status]).toEqual([uri, 303]);
      expect(answer.headers.location?.startsWith(`${provider.issuer}/authorize?`)).toBe(true);
    }
    expect(await endpoint.flows()).toBe(began + REGISTERED_REDIRECT_URIS.length);
  });

  it.each(Object.entries(HOSTILE_REDIRECT_URIS))(
    'is refused without a redirect, a cookie or a row when it differs by: %s',
    async (_, uri) => {
      const began = await endpoint.flows();
      // With and without another fault: neither way leads anywhere.
      for (const changes of [{}, { response_type: 'token' }]) {
        const answer = await endpoint.ask({ ...changes, redirect_uri: uri });
        if (uri.includes('\0')) expectError(answer, 'query_malformed');
        else expectUnsafe(answer, 'redirect_uri', uri.slice(0, 200));
        expect(answer.headers).not.toHaveProperty('location');
        expect(answer.headers).not.toHaveProperty('set-cookie');
      }
      expect(await endpoint.flows()).toBe(began);
    },
  );

  it('has at least 100 hostile forms, and no two alike', () => {
    const uris = Object.values(HOSTILE_REDIRECT_URIS);
    expect(uris.length).toBeGreaterThanOrEqual(100);
    expect(new Set(uris).size).toBe(uris.length);
  });

  it.each([
    ['missing', null, ''],
    ['empty', '', ''],
    ['given twice, the same', [REGISTERED_REDIRECT_URIS[0], REGISTERED_REDIRECT_URIS[0]], ''],
    ['given twice, the good one first', [REGISTERED_REDIRECT_URIS[0], 'https://evil.test/'], ''],
    ['given twice, the good one last', ['https://evil.test/', REGISTERED_REDIRECT_URIS[0]], ''],
  ])('is refused when it is %s', async (_, uris, shown) => {
    expectUnsafe(await endpoint.ask({ redirect_uri: uris }), 'redirect_uri', shown);
    expectUnsafe(await endpoint.ask({ redirect_uri: uris, response_type: 'token' }), 'redirect_uri', shown);
  });

  it.each([
    ['a member in brackets', (uri: string) => `redirect_uri[0]=${uri}`],
    ['brackets beside the good one', (uri: string) => `redirect_uri=${uri}&redirect_uri[]=https://evil.test/`],
    ['a name in other case', (uri: string) => `Redirect_URI=${uri}`],
    [
      'a name that is encoded, beside a good one',
      (uri: string) => `redirect%5Furi=https://evil.test/&redirect_uri=${uri}`,
    ],
    ['a blank before the name', (uri: string) => `%20redirect_uri=${uri}`],
    ['a semicolon for the ampersand', (uri: string) => `x=1;redirect_uri=${uri}`],
  ])('is refused when it comes as %s', async (_, written) => {
    const rest = endpoint.query({ redirect_uri: null });
    const answer = await endpoint.askExactly(`${rest}&${written(REGISTERED_REDIRECT_URIS[0])}`);
    expectUnsafe(answer, 'redirect_uri', '');
  });

  it.each([
    ['percent-encoding that is cut off', 'https://shop.example.test/cb%2'],
    ['percent-encoding that is none', 'https://shop.example.test/cb%zz'],
    ['bytes that are no UTF-8', 'https://shop.example.test/cb%c0%af'],
    ['a null byte', 'https://shop.example.test/cb%00'],
  ])('is refused when it cannot be decoded: %s', async (_, written) => {
    const answer = await endpoint.askExactly(`${endpoint.query({ redirect_uri: null })}&redirect_uri=${written}`);
    expectError(answer, 'query_malformed');
    expect(answer.headers).not.toHaveProperty('location');
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('is decoded once, however it was encoded, and used as it was registered', async () => {
    const [uri] = REGISTERED_REDIRECT_URIS;
    const everyLetter = uri.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    for (const written of [uri, encodeURI(uri), encodeURIComponent(uri), everyLetter, everyLetter.toUpperCase()]) {
      const query = `${endpoint.query({ redirect_uri: null, response_type: null })}&redirect_uri=${written}`;
      const description = encodeURIComponent('response_type is required');
      const location = `${uri}?error=invalid_request&error_description=${description}&state=a-state`;
      expectFault(await endpoint.askExactly(query), location);
    }
  });

  it('is accepted exactly when one decoding makes it byte-equal to a registered one, for 500 random changes', async () => {
    await fc.assert(
      fc.asyncProperty(sentRedirectUris, fc.boolean(), (sent, faulty) => expectByteEquality(endpoint, sent, faulty)),
      cases('redirect URIs made like a registered one', { test: 100, thorough: 500 }),
    );
  });
});
