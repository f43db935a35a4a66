import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { brokenAnswers, members } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { brokenReason } from '../harness/identity-provider/lies/endpoint-answers.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { LinkingWorld } from '../harness/linking-world.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';
import { expectCode, expectRefusal } from './deceived-shop.js';

type Claims = Readonly<Record<string, unknown>>;

let app: TestApp;

beforeAll(async () => {
  app = await sharedApp();
});

/** What a provider may say of somebody at a later sign-in. */
const laterClaims: readonly (readonly [string, Claims])[] = [
  ['neither an email nor a name', {}],
  ['null for email and name', { email: null, email_verified: null, name: null }],
  ['a name alone', { name: 'Ann After' }],
  ['an email that is a list', { email: ['ann@example.test'], email_verified: true }],
  ['an email that is no address', { email: 'ann', email_verified: true }],
  ['an email of 100,000 characters', { email: `ann@${'b'.repeat(100_000)}.test`, email_verified: true }],
  ['an email with a NUL', { email: 'ann\u0000@example.test', email_verified: true }],
  ['a name that is an object', { name: { first: 'Ann' }, given_name: 7 }],
  ['a name of 10,000 characters', { name: 'n'.repeat(10_000) }],
  ['a name of control characters', { name: '\u0000\u0007\u001b' }],
];

describe('a person who is known by issuer and subject', () => {
  let world: LinkingWorld;

  beforeAll(async () => {
    world = await LinkingWorld.open(app, { policy: 'api_only', unproven: 'refuse', trust: 'claim' });
  });
  afterAll(() => world.close());

  async function come(sub: string, claims: Claims) {
    world.door.provider.person = { sub, ...claims };
    const result = await world.door.signIn.through(new Browser(app));
    return { result, logged: await app.log.ofRequest(result.requestId) };
  }

  /** Announces a customer as one of the realm's users, and who it is at the provider. */
  async function linkedInAdvance(subject: string): Promise<{ id: string; email: string }> {
    const { id, email } = await world.shop.customer();
    const users = `/v2/authentication-realms/${world.realmId}/user-authentication-info`;
    const user = { name: 'Ann', email };
    await app.http.post(users).set(world.service).send({ data: user }).expect(201);
    const identity = {
      type: 'user_authentication_oidc_profile_info',
      subject,
      oidc_profile_id: world.door.signIn.profileId,
    };
    await app.http
      .post(`${users}/${id}/user-authentication-oidc-profile-info`)
      .set(world.service)
      .send({ data: identity })
      .expect(201);
    return { id, email };
  }

  it.each(laterClaims)(
    'logs in again as the same customer, of whom nothing changes, where the provider tells %s',
    async (told, claims) => {
      const email = uniqueEmail();
      const sub = `${told} ${email}`;
      const first = await come(sub, { email, email_verified: true, name: 'Ann Before' });
      const { id } = await world.door.customerOf(first.result);
      const before = await world.holdersOf(email);

      const { result, logged } = await come(sub, claims);

      expectCode(result);
      expect(logged).toMatchObject({ customer_id: id, events: ['sign_in_succeeded'] });
      expect((await world.door.customerOf(result)).id).toBe(id);
      const tokens: unknown[] = [expect.any(String), expect.any(String)];
      expect(await world.holdersOf(email)).toEqual([{ ...before[0], live_tokens: tokens }]);
    },
  );

  it.each(laterClaims)(
    'logs in for the first time as the customer to whom the person was linked in advance, where the provider tells %s',
    async (told, claims) => {
      const sub = `linked for ${told}`;
      const { id, email } = await linkedInAdvance(sub);
      const before = await world.holdersOf(email);

      const { result, logged } = await come(sub, claims);

      expectCode(result);
      expect(logged).toMatchObject({ customer_id: id, events: ['sign_in_succeeded'] });
      expect((await world.door.customerOf(result)).id).toBe(id);
      expect(await world.holdersOf(email)).toEqual([{ ...before[0], live_tokens: [expect.any(String) as unknown] }]);
    },
  );

  it('is nobody any more once the customer was deleted: without an email there is no new one', async () => {
    const email = uniqueEmail();
    const first = await come(email, { email, email_verified: true });
    const { id } = await world.door.customerOf(first.result);
    await app.http.delete(`/v2/customers/${id}`).set(world.service).expect(204);

    const { result, logged } = await come(email, { name: 'Ann' });

    expectRefusal(result, { answer: 'access_denied', reason: 'email_missing' });
    expect(logged).toMatchObject({ reason: 'email_missing', claim: 'email', events: ['sign_in_refused'] });
    expect(await world.holdersOf(email)).toEqual([]);
    expectCode((await come(email, { email, email_verified: true })).result);
  });

  it('is known to that issuer only: the same subject at another one is a first sign-in, and needs an email', async () => {
    const email = uniqueEmail();
    expectCode((await come(email, { email, email_verified: true })).result);

    world.otherDoor.provider.person = { sub: email };
    const result = await world.otherDoor.signIn.through(new Browser(app));

    expectRefusal(result, { answer: 'access_denied', reason: 'email_missing' });
  });
});

describe('a known person at a provider that tells email and name by userinfo', () => {
  let provider: HostileProvider;
  let signIn: SignIn;
  let storeId: string;

  beforeAll(async () => {
    const shop = await givenShop(app);
    ({ storeId } = shop);
    provider = await HostileProvider.start(app.clock);
    signIn = await givenSignIn(shop, provider);
  });
  afterAll(() => provider.stop());

  async function come(person: HostileProvider['person'], lie: HostileProvider['lie'] = {}, at = signIn) {
    const asked = provider.calls.userinfo;
    Object.assign(provider, { person, lie });
    const result = await at.through(new Browser(app));
    provider.lie = {};
    return { result, logged: await app.log.ofRequest(result.requestId), asked: provider.calls.userinfo - asked };
  }

  const isProven = async (email: string) =>
    (await app.database.prisma.customer.findFirstOrThrow({ where: { storeId, email } })).emailVerified;

  it('logs in without a question to it, once the email of the customer is proven', async () => {
    const email = uniqueEmail();
    const person = { sub: email, email, email_verified: true, name: 'Ann' };
    expect((await come(person)).asked).toBe(1);

    const { result, asked } = await come(person, { userinfo: () => 'reset' });

    expectCode(result);
    expect(asked).toBe(0);
  });

  it.each(Object.entries(brokenAnswers))(
    'logs in without what it would have told, and the log says so, when it answers with %s',
    async (name, reply) => {
      const email = uniqueEmail();
      const person = { sub: email, email, email_verified: false, name: 'Ann' };
      await come(person);

      const { result, logged, asked } = await come(person, { userinfo: reply });

      expectCode(result);
      expect(logged).toMatchObject({
        userinfo_failure: brokenReason('userinfo', name),
        events: ['sign_in_succeeded'],
      });
      expect(logged).not.toHaveProperty('reason');
      expect(asked).toBe(1);
    },
  );

  it('has the email of the customer proven by it as soon as it vouches for that, and is not asked for then', async () => {
    const email = uniqueEmail();
    await come({ sub: email, email, email_verified: false, name: 'Ann' });
    expect(await isProven(email)).toBe(false);

    const { result, asked } = await come({ sub: email, email, email_verified: true, name: 'Ann' });
    expectCode(result);
    expect([asked, await isProven(email)]).toEqual([1, true]);
    expect((await come({ sub: email, email, email_verified: true })).asked).toBe(0);
  });

  it('is refused when it speaks of another subject, though nothing that it tells is needed', async () => {
    const email = uniqueEmail();
    const person = { sub: email, email, email_verified: false, name: 'Ann' };
    await come(person);

    const { result, logged } = await come(person, { userinfo: members({ sub: 'victim' }) });

    expectRefusal(result, { answer: 'access_denied', reason: 'userinfo_subject_mismatch' });
    expect(logged).toMatchObject({ reason: 'userinfo_subject_mismatch', events: ['sign_in_refused'] });
  });

  it('is not asked for where its word never counts', async () => {
    const silent = await givenSignIn(await givenShop(app), provider, { profile: { email_trust: 'never' } });
    const email = uniqueEmail();
    const person = { sub: email, email, email_verified: true, name: 'Ann' };
    expect((await come(person, {}, silent)).asked).toBe(1);

    const { result, asked } = await come(person, {}, silent);

    expectCode(result);
    expect(asked).toBe(0);
  });
});
