import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { expectError } from '../harness/error-answers.js';
import { waitersFor } from '../harness/held-row.js';
import type { SignInResult } from '../harness/identity-provider/sign-in.js';
import { accountExists, type Door, LinkingWorld } from '../harness/linking-world.js';
import { withClient } from '../harness/postgres.js';
import { until } from '../harness/service-process.js';
import { uniqueEmail } from '../harness/shop.js';
import { tallyStatuses } from '../harness/status-tally.js';
import { sized } from '../harness/tier/sizes.js';

/** So many rounds take their time on a busy machine; what is asserted does not depend on it. */
const PATIENCE_MS = 90_000;
/** Of one person, or of two with one email, in each way. */
const ROUNDS = sized('rounds of first sign-ins at once', { test: 4, thorough: 20 });

let app: TestApp;
let twin: TestApp;
/** One email may belong to several customers here, and to one there. */
let open: LinkingWorld;
let strict: LinkingWorld;

beforeAll(async () => {
  app = await sharedApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  open = await LinkingWorld.open(app, { policy: 'allowed', unproven: 'refuse', trust: 'claim' });
  strict = await LinkingWorld.open(app, { policy: 'api_only', unproven: 'refuse', trust: 'claim' });
});

afterAll(async () => {
  await open.close();
  await strict.close();
  await twin.close();
});

/** Takes a browser as far as the provider lets it, and returns what sends it back to the service. */
async function readyToReturn({ signIn }: Door, at: TestApp): Promise<() => Promise<SignInResult>> {
  const browser = new Browser(at);
  const begun = signIn.begin();
  const hops = await browser.follow(begun.url, (url) => url.startsWith(signIn.callbackEndpoint));
  const back = hops.at(-1)?.location ?? '';
  return async () => signIn.ended(begun, await browser.follow(back));
}

/** All at once, each as fast as it can. */
function atOnce<Result>(requests: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  return Promise.all(requests.map((request) => request()));
}

/** All at once, and none makes a customer before two of them have found that there is none. */
function sideBySide<Result>(requests: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  return withClient(app.config.databaseUrl, async (client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE');
    const results = atOnce(requests);
    await until(async () => ((await waitersFor(client)) >= 2 ? true : null));
    await client.query('COMMIT');
    return results;
  });
}

type Together = typeof atOnce;
const WAYS: [how: string, together: Together][] = [
  ['as fast as they come', atOnce],
  ['and two find nobody, before either makes a customer', sideBySide],
];

/** The one customer of all these sign-ins, each of which got a token that works. */
async function oneCustomerOf(world: LinkingWorld, results: readonly SignInResult[]): Promise<string> {
  const logins = await Promise.all(results.map((result) => world.door.customerOf(result)));
  const ids = new Set(logins.map(({ id }) => id));
  expect(ids.size).toBe(1);
  const [id = ''] = ids;
  for (const { token } of logins) {
    expect(await world.readsProfile(id, token)).toBe(200);
    expect(await world.readsProfile(id, token, twin)).toBe(200);
  }
  return id;
}

describe('first sign-ins of one person at once, through two apps on one database', { timeout: PATIENCE_MS }, () => {
  it.each(WAYS)(`give one customer and one identity and a token each, in ${ROUNDS} rounds, %s`, async (_, together) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const email = uniqueEmail();
      const world = round % 2 === 0 ? open : strict;
      world.door.provider.person = { sub: email, email, email_verified: true, name: 'Ann Example' };
      const returns = await Promise.all([app, twin].map((at) => readyToReturn(world.door, at)));

      const results = await together(returns);

      const id = await oneCustomerOf(world, results);
      const holders = await world.holdersOf(email);
      expect(holders.map(({ customer, identities }) => [customer.id, identities])).toEqual([
        [id, [world.door.heldIdentity(email, email)]],
      ]);
    }
  });

  it('give one customer and one identity and a token each, when eight come at once', async () => {
    const email = uniqueEmail();
    open.door.provider.person = { sub: email, email, email_verified: true };
    const places = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? app : twin));
    const returns = await Promise.all(places.map((at) => readyToReturn(open.door, at)));

    const results = await sideBySide(returns);

    const id = await oneCustomerOf(open, results);
    const holders = await open.holdersOf(email);
    expect(holders.map(({ customer, identities }) => [customer.id, identities])).toEqual([
      [id, [open.door.heldIdentity(email, email)]],
    ]);
  });
});

describe('first sign-ins of two subjects with one email at once', { timeout: PATIENCE_MS }, () => {
  /** One at each provider and each app. */
  async function bothReady(email: string, email_verified: boolean) {
    const { door, otherDoor } = strict;
    door.provider.person = { sub: `one ${email}`, email, email_verified };
    otherDoor.provider.person = { sub: `two ${email}`, email, email_verified };
    return Promise.all([readyToReturn(door, app), readyToReturn(otherDoor, twin)]);
  }

  it.each(WAYS)(
    `give one customer with two identities, where both providers vouch for the email, in ${ROUNDS / 2} rounds, %s`,
    async (_, together) => {
      for (let round = 0; round < ROUNDS / 2; round += 1) {
        const email = uniqueEmail();
        const results = await together(await bothReady(email, true));

        const id = await oneCustomerOf(strict, results);
        const [holding, another] = await strict.holdersOf(email);
        expect(another).toBe(undefined);
        expect(holding?.customer).toMatchObject({ id, login_email: email, email_verified: true });
        expect(holding?.identities.toSorted((a, b) => a.subject.localeCompare(b.subject))).toEqual([
          strict.door.heldIdentity(`one ${email}`, email),
          strict.otherDoor.heldIdentity(`two ${email}`, email),
        ]);
      }
    },
  );

  it.each(WAYS)(
    `give the customer to one and refuse the other, where no provider vouches for the email, in ${ROUNDS / 2} rounds, %s`,
    async (_, together) => {
      for (let round = 0; round < ROUNDS / 2; round += 1) {
        const email = uniqueEmail();
        const results = await together(await bothReady(email, false));

        const winners = results.filter(({ parameters }) => 'code' in parameters);
        const losers = results.filter(({ parameters }) => !('code' in parameters));
        expect(losers.map(({ parameters }) => parameters)).toEqual(losers.map(accountExists));
        expect([winners.length, losers.length]).toEqual([1, 1]);
        const id = await oneCustomerOf(strict, winners);
        const holders = await strict.holdersOf(email);
        expect(holders.map(({ customer, identities }) => [customer.id, identities.length])).toEqual([[id, 1]]);
      }
    },
  );
});

describe('a first sign-in and a registration with the same email at once', { timeout: PATIENCE_MS }, () => {
  it.each(WAYS)(`give the email to one of the two, in ${ROUNDS / 2} rounds, %s`, async (_, together) => {
    const implicit = await strict.shop.implicit();
    for (let round = 0; round < ROUNDS / 2; round += 1) {
      const email = uniqueEmail();
      strict.door.provider.person = { sub: email, email, email_verified: true };
      const comesBack = await readyToReturn(strict.door, app);
      const data = { type: 'customer', name: 'Somebody Else', email, password: 'a password of another' };
      let result: SignInResult | undefined;
      const [, answer] = await together([
        async () => {
          result = await comesBack();
          return null;
        },
        async () => twin.http.post('/v2/customers').set(implicit).send({ data }),
      ]);

      const holders = await strict.holdersOf(email);
      expect(holders.length).toBe(1);
      if (result === undefined || answer === null || answer === undefined) throw new Error('no answer came');
      if ('code' in result.parameters) {
        expectError(answer, 'email_taken');
        expect((await strict.door.customerOf(result)).id).toBe(holders[0]?.customer.id);
      } else {
        expect(tallyStatuses([answer])).toEqual({ 201: 1 });
        expect(result.parameters).toEqual(accountExists(result));
        expect(holders[0]?.identities).toEqual([]);
      }
    }
  });
});
