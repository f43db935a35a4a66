import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { claims, members } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';

/** What one of the two places says. Absent: it says nothing of it. */
interface Told {
  readonly email?: 'of the victim' | 'of the attacker';
  readonly email_verified?: boolean;
}

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;
let people = 0;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider, { realm: { duplicate_email_policy: 'api_only' } });
});
afterAll(() => provider.stop());

/** Logs somebody new in, while a customer whose email is proven is there. */
async function logIn(idToken: Told, userinfo: Told) {
  const victim = await shop.customer();
  const attacker = uniqueEmail();
  const { storeId } = shop;
  await app.database.prisma.customer.update({
    where: { storeId_id: { storeId, id: victim.id } },
    data: { emailVerified: true },
  });
  const spoken = (told: Told) => ({
    ...told,
    email: told.email && (told.email === 'of the victim' ? victim.email : attacker),
  });
  people += 1;
  provider.person = { sub: `person-${people}`, name: 'Somebody' };
  provider.lie = { ...claims(spoken(idToken)), userinfo: members(spoken(userinfo)) };
  const result = await signIn.through(new Browser(app));
  const { reason, customer_id: customerId } = await app.log.ofRequest(result.requestId);
  return { reason, isVictim: customerId === victim.id };
}

describe('an email that a provider tells in two places', () => {
  const proven: readonly [idToken: Told, userinfo: Told][] = [
    [{ email: 'of the victim', email_verified: true }, {}],
    [{}, { email: 'of the victim', email_verified: true }],
    [{ email: 'of the victim' }, { email: 'of the victim', email_verified: true }],
  ];
  it.each(proven)(
    'is proven by who says so of that very email: ID token %o, userinfo %o',
    async (idToken, userinfo) => {
      expect(await logIn(idToken, userinfo)).toEqual({ reason: undefined, isVictim: true });
    },
  );

  const unproven: readonly [idToken: Told, userinfo: Told][] = [
    [{ email_verified: true }, { email: 'of the victim', email_verified: false }],
    [{ email_verified: true }, { email: 'of the victim' }],
    [{ email: 'of the victim' }, { email: 'of the attacker', email_verified: true }],
    [{ email: 'of the victim' }, { email_verified: true }],
    [
      { email: 'of the victim', email_verified: false },
      { email: 'of the victim', email_verified: true },
    ],
    [{ email_verified: false }, { email: 'of the victim', email_verified: true }],
  ];
  it.each(unproven)('is not proven otherwise: ID token %o, userinfo %o', async (idToken, userinfo) => {
    expect(await logIn(idToken, userinfo)).toEqual({ reason: 'email_untrusted', isVictim: false });
  });

  it('is the one of the ID token where the two differ', async () => {
    const told = { email: 'of the attacker', email_verified: true } as const;
    expect(await logIn(told, { email: 'of the victim', email_verified: true })).toEqual({
      reason: undefined,
      isVictim: false,
    });
  });
});
