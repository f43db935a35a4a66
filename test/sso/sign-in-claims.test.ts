import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEmailAddress } from '../../src/customers/email-address.js';
import { SignInRefused } from '../../src/errors/sign-in-refusal.js';
import { lackingClaims, readPersonalClaims } from '../../src/sso/sign-in-claims.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';

const EMAIL = 'ann@example.test';
const TRUSTS = ['claim', 'always', 'never'] as const;

function nameOf(claims: Record<string, unknown>): string {
  return readPersonalClaims({ email: EMAIL, ...claims }, 'claim').name;
}

function refusalOf(claims: Record<string, unknown>): unknown {
  const { email, emailIsProven } = readPersonalClaims(claims, 'always');
  return email instanceof SignInRefused ? { reason: email.reason, claim: email.claim, emailIsProven } : email;
}

describe('the name of a person', () => {
  it.each([
    ['the whole name', { name: 'Ann Example', given_name: 'Anna', family_name: 'Sample' }, 'Ann Example'],
    [
      'given and family name, where there is no whole one',
      { given_name: 'Ann', family_name: 'Example' },
      'Ann Example',
    ],
    ['the given name, where that is all', { given_name: 'Ann' }, 'Ann'],
    ['the family name, where that is all', { family_name: 'Example' }, 'Example'],
    [
      'both parts, where the whole name is empty',
      { name: '', given_name: 'Ann', family_name: 'Example' },
      'Ann Example',
    ],
    ['both parts, where the whole name is blank', { name: ' \t', given_name: 'Ann', family_name: 'E' }, 'Ann E'],
    ['both parts, where the whole name is no text', { name: { first: 'Ann' }, given_name: 'Ann' }, 'Ann'],
    ['one part, where the other is no text', { given_name: ['Ann'], family_name: 'Example' }, 'Example'],
    ['the email, where there is no name', {}, EMAIL],
    ['the email, where no name is a text', { name: null, given_name: 7, family_name: true }, EMAIL],
    ['the email, where all names are blank', { name: ' ', given_name: '', family_name: '\n' }, EMAIL],
    ['the email, where the name is all control characters', { name: '\u0000\u0007\u001b' }, EMAIL],
    ['no middle name', { given_name: 'Ann', middle_name: 'Bea', family_name: 'Example' }, 'Ann Example'],
    ['the name without blanks around it', { name: '  Ann Example \n' }, 'Ann Example'],
    ['the name on one line', { name: 'Ann\r\nExample\tthe\u0085First' }, 'Ann Example the First'],
    ['the name without NUL, which the database cannot hold', { name: 'Ann\u0000Example' }, 'Ann Example'],
    ['the name without changes of direction', { name: '\u202eAnn\u202c \u2067Example\u2069\u200f' }, 'Ann Example'],
    ['the email, where the name is all changes of direction', { name: '\u202e\u200f' }, EMAIL],
    ['the name without half a letter', { name: 'Ann\ud83eExample' }, 'Ann Example'],
    ['the name as it is written, whatever the script', { name: '王 小明 🦄 Ömer' }, '王 小明 🦄 Ömer'],
    ['markup as it is', { name: '<b>Ann</b>' }, '<b>Ann</b>'],
    ['255 characters in full', { name: 'a'.repeat(255) }, 'a'.repeat(255)],
    ['256 characters without the last', { name: 'a'.repeat(256) }, 'a'.repeat(255)],
    ['no half of a letter at the end', { name: `${'a'.repeat(254)}🦄` }, 'a'.repeat(254)],
    ['no blank at the end', { name: `${'a'.repeat(254)} b` }, 'a'.repeat(254)],
    [
      'two long parts within 255 characters',
      { given_name: 'a'.repeat(200), family_name: 'b'.repeat(200) },
      `${'a'.repeat(200)} ${'b'.repeat(54)}`,
    ],
  ])('is %s', (_, claims, name) => {
    expect(nameOf(claims)).toBe(name);
  });
});

describe('the email of a person', () => {
  it('is kept as the provider wrote it, beside the one form of all spellings', () => {
    expect(readPersonalClaims({ email: ' Ann@EXAMPLE.test ' }, 'claim')).toEqual({
      name: 'Ann@EXAMPLE.test',
      email: { typed: 'Ann@EXAMPLE.test', canonical: 'ann@example.test', domain: 'example.test' },
      emailIsProven: false,
    });
  });

  it.each([undefined, null, '', ' \t', 7, true, [EMAIL], { address: EMAIL }])('is missing when it is %j', (email) => {
    expect(refusalOf({ email, email_verified: true, name: 'Ann' })).toEqual({
      reason: 'email_missing',
      claim: 'email',
      emailIsProven: false,
    });
  });

  it.each([
    'ann',
    'ann@',
    '@example.test',
    'ann@localhost',
    'a b@example.test',
    'ann@example.test,bob@example.test',
    `${'a'.repeat(250)}@b.test`,
    `ann@${'b'.repeat(100_000)}.test`,
    // NFKC makes the domain of somebody else of it.
    'ann@shop\u2024example',
  ])('is none to go by when it is no address: %s', (email) => {
    expect(refusalOf({ email, email_verified: true })).toEqual({
      reason: 'email_invalid',
      claim: 'email',
      emailIsProven: false,
    });
  });

  it('has the domain that the mail of the provider went to, though NFKC makes another one of it', () => {
    const { email } = readPersonalClaims({ email: 'ann@a\u03f2b.example', email_verified: true }, 'claim');
    expect(email).toMatchObject({ canonical: 'ann@xn--ab-vbc.example' });
    expect(email).not.toMatchObject({ canonical: parseEmailAddress('ann@a\u03c2b.example')?.canonical });
  });

  it.each([true, false, undefined, null, 'true', 'True', 1, 0, '1', [true], {}])(
    'is proven by the word %j if it is the boolean true and claims count, always where the provider is trusted, and never where not',
    (email_verified) => {
      const proven = TRUSTS.map((trust) => readPersonalClaims({ email: EMAIL, email_verified }, trust).emailIsProven);
      expect(proven).toEqual([email_verified === true, true, false]);
    },
  );

  it.each([
    ['capitals', 'ANN@example.test', true],
    ['a domain in capitals', 'ann@EXAMPLE.test', true],
    ['a domain in full-width letters', 'ann@\uff45xample.test', true],
    ['a domain of another script', 'ann@b\u00fccher.test', true],
    ['a local part of another script', '\u738b@example.test', true],
    ['Greek capitals, of which one ends the word', '\u039f\u0394\u039f\u03a3@example.test', true],
    ['full-width letters', '\uff41nn@example.test', false],
    ['a ligature', 'o\ufb03ce@example.test', false],
    ['a full-width at sign', 'ann\uff20example.test', false],
  ])('is proven or not by a trusted word, where the provider writes it with %s', (_, email, proven) => {
    const trusted = [
      readPersonalClaims({ email }, 'always'),
      readPersonalClaims({ email, email_verified: true }, 'claim'),
    ];
    expect(trusted.map(({ emailIsProven }) => emailIsProven)).toEqual([proven, proven]);
  });
});

describe('the claims that a first sign-in would be the better for', () => {
  const everything = { email: EMAIL, email_verified: false, name: 'Ann' };

  it.each([
    ['nothing', everything, []],
    ['nothing, as a part of a name is a name', { ...everything, name: undefined, family_name: 'Example' }, []],
    ['the email', { ...everything, email: undefined }, ['email']],
    ['an email that is null', { ...everything, email: null }, ['email']],
    ['an email that is a text', { ...everything, email: 7 }, ['email']],
    ['every name', { ...everything, name: undefined }, ['name']],
    ['a name that is not null', { ...everything, name: null }, ['name']],
    ['email and name', { email_verified: true }, ['email', 'name']],
  ])('are told, whatever the trust, where the ID token lacks %s', (_, claims, lacking) => {
    expect(TRUSTS.map((trust) => lackingClaims(claims, trust))).toEqual([lacking, lacking, lacking]);
  });

  it('are the word about the email where that is missing and would count, and not where it is told', () => {
    const claims = { ...everything, email_verified: undefined };
    expect(TRUSTS.map((trust) => lackingClaims(claims, trust))).toEqual([['email_verified'], [], []]);
    for (const told of [true, false, 'true', 0]) {
      const lacking = TRUSTS.map((trust) => lackingClaims({ ...claims, email_verified: told }, trust));
      expect(lacking).toEqual([[], [], []]);
    }
    // Says nothing.
    const silent = TRUSTS.map((trust) => lackingClaims({ ...claims, email_verified: null }, trust));
    expect(silent).toEqual([['email_verified'], [], []]);
  });
});

describe('a sign-in', () => {
  let app: TestApp;
  let shop: Shop;
  let provider: HostileProvider;
  let signIn: SignIn;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    provider = await HostileProvider.start(app.clock, { claimsIn: 'id_token' });
    signIn = await givenSignIn(shop, provider);
  });
  afterAll(() => provider.stop());

  const customers = () => app.database.prisma.customer.count({ where: { storeId: shop.storeId } });

  async function enter(person: HostileProvider['person']) {
    const [before, asked] = [await customers(), provider.calls.userinfo];
    provider.person = person;
    const result = await signIn.through(new Browser(app));
    const logged = await app.log.ofRequest(result.requestId);
    return { result, logged, made: (await customers()) - before, asked: provider.calls.userinfo - asked };
  }

  it.each([
    ['no email', {}, 'email_missing'],
    ['an email that is no text', { email: ['ann@example.test'] }, 'email_missing'],
    ['an email that is no address', { email: 'ann' }, 'email_invalid'],
  ])(
    'without a usable email is refused, tells the log which claim it was, and makes no customer: %s',
    async (...given) => {
      const [fault, claims, reason] = given;
      const { result, logged, made } = await enter({ sub: fault, name: 'Ann', email_verified: true, ...claims });

      expect(result.parameters).toEqual({
        error: 'access_denied',
        error_description: 'email_missing',
        state: result.state,
      });
      expect(logged).toMatchObject({ reason, claim: 'email', events: ['sign_in_refused'] });
      expect(made).toBe(0);
    },
  );

  it('asks for no userinfo where the ID token tells all, and asks once where it does not', async () => {
    const email = uniqueEmail();
    const all = { sub: email, email, email_verified: false, name: 'Ann' };
    expect(await enter(all)).toMatchObject({ made: 1, asked: 0 });
    expect(await enter({ sub: `${email} without a name`, email, email_verified: false })).toMatchObject({
      made: 1,
      asked: 1,
    });
  });

  it('takes the email for a name where the provider tells none', async () => {
    const email = uniqueEmail();
    const { logged } = await enter({ sub: email, email, email_verified: true });
    const customer = await app.database.prisma.customer.findUniqueOrThrow({
      where: { storeId_id: { storeId: shop.storeId, id: String(logged['customer_id']) } },
    });
    expect(customer).toMatchObject({ name: email, nameFolded: email, email, emailVerified: true });
  });
});
