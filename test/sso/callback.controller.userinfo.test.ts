import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { brokenAnswers, json, members } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { brokenReason } from '../harness/identity-provider/lies/endpoint-answers.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { accountExists } from '../harness/linking-world.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { expectCode, expectRefusal } from './deceived-shop.js';

type Claims = Readonly<Record<string, unknown>>;

/** The ID token tells some claims, and userinfo all of them. */
class TalkativeProvider {
  constructor(
    readonly provider: HostileProvider,
    readonly signIn: SignIn,
    private readonly app: TestApp,
  ) {}

  async come(sub: string, idToken: Claims, userinfo: HostileProvider['lie']['userinfo'] = (honest) => honest) {
    this.provider.person = { sub, ...idToken };
    this.provider.lie = { userinfo };
    const result = await this.signIn.through(new Browser(this.app));
    this.provider.lie = {};
    return { result, logged: await this.app.log.ofRequest(result.requestId) };
  }
}

let app: TestApp;

beforeAll(async () => {
  app = await sharedApp();
});

describe('userinfo at a first sign-in', () => {
  let shop: Shop;
  let talkative: TalkativeProvider;

  beforeAll(async () => {
    shop = await givenShop(app);
    const provider = await HostileProvider.start(app.clock, { claimsIn: 'id_token' });
    const realm = { duplicate_email_policy: 'api_only' } as const;
    talkative = new TalkativeProvider(provider, await givenSignIn(shop, provider, { realm }), app);
  });
  afterAll(() => talkative.provider.stop());

  async function customersWith(email: string) {
    const found = await app.database.prisma.customer.findMany({ where: { storeId: shop.storeId, email } });
    return found.map(({ id, name, emailVerified }) => ({ id, name, emailVerified }));
  }

  it.each(Object.entries(brokenAnswers))(
    'is done without where it would have told a name only, and answers with %s: the email is the name',
    async (name, reply) => {
      const email = uniqueEmail();

      const { result, logged } = await talkative.come(email, { email, email_verified: true }, reply);

      expectCode(result);
      const { customer_id: id, userinfo_failure, events } = logged;
      expect({ userinfo_failure, events }).toEqual({
        userinfo_failure: brokenReason('userinfo', name),
        events: ['customer_created', 'identity_linked', 'sign_in_succeeded'],
      });
      expect(await customersWith(email)).toEqual([{ id, name: email, emailVerified: true }]);
    },
  );

  it('is done without where it would have told that the email is verified, which nobody relies on', async () => {
    const email = uniqueEmail();
    const { result } = await talkative.come(email, { email, name: 'Ann' }, json({}, 503));
    expectCode(result);
    expect(await customersWith(email)).toMatchObject([{ name: 'Ann', emailVerified: false }]);
  });

  it('is waited for 3 s and no longer, and the sign-in goes on then', async () => {
    const email = uniqueEmail();
    const { result, logged } = await talkative.come(email, { email, name: 'Ann' }, () => 'silence');
    expectCode(result);
    expect(logged).toMatchObject({ userinfo_failure: 'provider_timeout' });
  });

  it.each(Object.entries(brokenAnswers))(
    'is missed where its word would make an existing customer the one who logs in, and the sign-in fails for %s',
    async (name, reply) => {
      const email = uniqueEmail();
      const customer = await shop.customer({ email, email_verified: true });
      const before = await customersWith(email);
      const reason = brokenReason('userinfo', name);

      const { result, logged } = await talkative.come(email, { email, name: 'Ann' }, reply);

      const answer = reason === 'userinfo_invalid' ? 'access_denied' : 'temporarily_unavailable';
      expectRefusal(result, { answer, reason });
      expect(logged).toMatchObject({ reason, events: ['sign_in_refused'] });
      expect(await customersWith(email)).toEqual(before);

      const again = await talkative.come(email, { email, name: 'Ann' }, members({ email_verified: true }));
      expect(again.logged).toMatchObject({
        customer_id: customer.id,
        events: ['identity_linked', 'sign_in_succeeded'],
      });
    },
  );

  it('is not blamed where the ID token itself doubts the email', async () => {
    const email = uniqueEmail();
    await shop.customer({ email, email_verified: true });

    const { result, logged } = await talkative.come(email, { email, email_verified: false }, () => 'reset');

    expect(result.parameters).toEqual(accountExists(result));
    expect(logged).toMatchObject({ reason: 'email_untrusted', userinfo_failure: 'provider_unreachable' });
  });

  it('is not blamed where the email of the ID token is none', async () => {
    const { result, logged } = await talkative.come(uniqueEmail(), { email: 'ann' }, () => 'reset');
    expectRefusal(result, { answer: 'access_denied', reason: 'email_invalid' });
    expect(logged).toMatchObject({ reason: 'email_invalid' });
  });
});
