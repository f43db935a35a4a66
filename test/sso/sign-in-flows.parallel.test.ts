import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { requestExactly } from './authorization-endpoint.js';
import { returning, storedBySignIns } from './returning-browser.js';

const AT_ONCE = 10;
const ROUNDS = 5;

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider);
});

afterAll(() => provider.stop());

describe('ten returns of one browser with one state at once', () => {
  it.each([null, 'true'])('have one winner, which alone asks the provider; replays reported: %s', async (report) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      provider.person = { sub: newId(), email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
      const begun = signIn.begin({ ep_report_callback_replay_error: report });
      const { callback, cookie } = await returning(signIn, new Browser(app), begun);
      const before = await storedBySignIns(shop);
      const calls = { ...provider.calls };
      const { pathname, search } = new URL(callback);
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () => requestExactly(app, pathname + search, 'GET', { cookie })),
      );
      const [winner, ...losers] = answers.sort(
        (a, b) => Number(isCode(b.headers.location)) - Number(isCode(a.headers.location)),
      );
      expect(winner?.status).toBe(303);
      expect(isCode(winner?.headers.location)).toBe(true);
      const replay = `${signIn.redirectUri}?error=callback_replay&error_description=sign_in_already_used&state=${begun.state}`;
      const lost = report === null ? [400, undefined] : [303, replay];
      expect(losers.map(({ status, headers }) => [status, headers.location])).toEqual(losers.map(() => lost));
      expect(provider.calls).toMatchObject({ token: calls.token + 1, userinfo: calls.userinfo + 1 });
      const { flows, ...after } = await storedBySignIns(shop);
      expect(after).toEqual({
        customers: before.customers + 1,
        users: before.users + 1,
        identities: before.identities + 1,
        codes: before.codes + 1,
        tokens: before.tokens,
      });
      expect(flows).toHaveLength(before.flows.length);
    }
  });
});

describe('many sign-ins at once', () => {
  it('each come back with a code of their own and the state of their own tab', async () => {
    const flows = [];
    for (let index = 0; index < AT_ONCE; index += 1) flows.push(await returning(signIn, new Browser(app)));
    provider.person = { sub: newId(), email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
    const ended = await Promise.all(
      flows.map(async ({ callback, cookie }) => {
        const { pathname, search } = new URL(callback);
        return requestExactly(app, pathname + search, 'GET', { cookie });
      }),
    );
    const states = ended.map(({ headers }) => new URL(headers.location ?? '').searchParams.get('state'));
    expect(states).toEqual(flows.map(({ begun }) => begun.state));
    const codes = ended.map(({ headers }) => new URL(headers.location ?? '').searchParams.get('code'));
    expect(new Set(codes).size).toBe(AT_ONCE);
  });
});

function isCode(location: string | undefined): boolean {
  return location?.startsWith(`${signIn.redirectUri}?code=`) ?? false;
}
