import { afterEach, describe, expect, it } from 'vitest';
import { sharedApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import {
  type HonestProvider,
  type HonestProviderOptions,
  startHonestProvider,
} from '../harness/identity-provider/honest.js';
import { givenSignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';
import { expectCode, expectRefusal } from './deceived-shop.js';

let provider: HonestProvider;

afterEach(() => provider.stop());

async function given(options: HonestProviderOptions) {
  const app = await sharedApp();
  provider = await startHonestProvider(options);
  return { app, signIn: await givenSignIn(await givenShop(app), provider) };
}

describe('a certified provider', () => {
  const setups: readonly HonestProviderOptions[] = [
    {
      tokenEndpointAuthMethod: 'client_secret_basic',
      conformIdTokenClaims: false,
      signingAlg: 'RS256',
      consent: 'auto',
    },
    {
      tokenEndpointAuthMethod: 'client_secret_basic',
      conformIdTokenClaims: true,
      signingAlg: 'ES256',
      consent: 'page',
    },
    { tokenEndpointAuthMethod: 'client_secret_post', conformIdTokenClaims: true, signingAlg: 'RS256', consent: 'page' },
    {
      tokenEndpointAuthMethod: 'client_secret_post',
      conformIdTokenClaims: false,
      signingAlg: 'ES256',
      consent: 'auto',
    },
  ];

  it.each(setups)(
    'logs its people in by $tokenEndpointAuthMethod and $signingAlg, also after a change of keys, with claims in userinfo only: $conformIdTokenClaims',
    async (options) => {
      const { app, signIn } = await given(options);
      const email = uniqueEmail();
      provider.person({ sub: 'ann', email, email_verified: true, name: 'Ann Example' });

      const first = await signIn.through(new Browser(app), 'ann');
      expectCode(first);
      await provider.rotateKeys();
      const second = await signIn.through(new Browser(app), 'ann');
      expectCode(second);

      // Of a person who is known nothing is missing.
      const userinfo = options.conformIdTokenClaims === true ? 1 : 0;
      expect(provider.calls).toEqual({ authorize: 2, discovery: 2, jwks: 2, token: 2, userinfo });
      const customers = await app.database.prisma.customer.findMany({ where: { storeId: signIn.shop.storeId } });
      expect(customers.map(({ email, name }) => ({ email, name }))).toEqual([{ email, name: 'Ann Example' }]);
    },
  );

  it('sends whoever it refuses back with an error, of whose text nothing reaches the storefront', async () => {
    const { app, signIn } = await given({});

    const result = await signIn.through(new Browser(app), 'mallory');

    expectRefusal(result, { answer: 'access_denied', reason: 'provider_error' });
    const returned = new URL(result.last.url).searchParams;
    expect(returned.get('error_description')).toContain('<script>');
    expect(await app.log.ofRequest(result.requestId)).toMatchObject({
      reason: 'provider_error',
      claim: 'access_denied',
      events: ['sign_in_refused'],
    });
    expect(app.log.lines.filter((line) => line.includes('<script>'))).toEqual([]);
    expect({ token: provider.calls.token, userinfo: provider.calls.userinfo }).toEqual({ token: 0, userinfo: 0 });
  });
});
