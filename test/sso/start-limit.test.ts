import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartLimit } from '../../src/sso/start-limit.js';
import { MovableClock, startApp, type TestApp, testConfig } from '../harness/app.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop } from '../harness/shop.js';
import { AuthorizationEndpoint, requestExactly } from './authorization-endpoint.js';

const PER_MINUTE = 3;
/** A full minute. */
const NOON = 1_763_640_000;

function givenLimit(): { limit: StartLimit; clock: MovableClock } {
  const clock = new MovableClock();
  clock.stopAt(NOON);
  return { limit: new StartLimit({ ...testConfig, databaseUrl: '', ssoStartsPerMinute: PER_MINUTE }, clock), clock };
}

/** How many of so many starts are allowed. */
const allowed = (limit: StartLimit, address: string, starts: number) =>
  Array.from({ length: starts }, () => limit.allows(address)).filter(Boolean).length;

describe('the limit of starts per client address', () => {
  it('allows as many as configured in a minute, and again in the next', () => {
    const { limit, clock } = givenLimit();
    expect(allowed(limit, '203.0.113.7', PER_MINUTE + 2)).toBe(PER_MINUTE);
    clock.stopAt(NOON + 59);
    expect(allowed(limit, '203.0.113.7', 1)).toBe(0);
    clock.stopAt(NOON + 60);
    expect(allowed(limit, '203.0.113.7', PER_MINUTE + 2)).toBe(PER_MINUTE);
  });

  it('counts each IPv4 address alone, also where it comes mapped into IPv6', () => {
    const { limit } = givenLimit();
    for (const address of ['203.0.113.7', '203.0.113.8', '::ffff:203.0.113.7', '::ffff:203.0.113.8']) {
      expect([address, allowed(limit, address, PER_MINUTE + 1)]).toEqual([address, PER_MINUTE]);
    }
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8:1:2::', '2001:db8:1:2:3:4:5:6'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::9'],
    ['2001:db8::1', '2001:db8:0:0:1::1'],
    ['2001:db8::1:2:3:4', '2001:db8::5'],
    ['::1', '::2'],
    ['::', '::abcd:1'],
    ['fe80::1', 'fe80::2%eth0'],
    ['2001:0:0:1::9', '2001::1:2:3:4:5'],
  ])('counts what one IPv6 subscriber has together: %s and %s', (one, other) => {
    const { limit } = givenLimit();
    expect(allowed(limit, one, PER_MINUTE)).toBe(PER_MINUTE);
    expect(allowed(limit, other, 1)).toBe(0);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8:1::1', '2001:db8:2::1'],
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['2001:db8:0:1::', '2001:db8:1::'],
    ['::1', '0:0:0:1::1'],
    ['2001::1:2:3:4:5', '2001::7:2:3:4:5'],
  ])('counts different IPv6 subscribers alone: %s and %s', (one, other) => {
    const { limit } = givenLimit();
    expect(allowed(limit, one, PER_MINUTE + 1)).toBe(PER_MINUTE);
    expect(allowed(limit, other, PER_MINUTE + 1)).toBe(PER_MINUTE);
  });
});

describe('an authorization endpoint whose client has begun too many sign-ins', () => {
  let app: TestApp;
  let provider: HostileProvider;
  let signIn: SignIn;
  let endpoint: AuthorizationEndpoint;

  beforeAll(async () => {
    app = await startApp({ ssoStartsPerMinute: PER_MINUTE, trustProxy: true, tokenSigningAlg: 'ES256' });
    provider = await HostileProvider.start(app.clock);
    signIn = await givenSignIn(await givenShop(app), provider);
    endpoint = new AuthorizationEndpoint(signIn);
  });

  afterAll(async () => {
    await app.close();
    await provider.stop();
  });

  const from = (address: string, changes = {}) =>
    requestExactly(app, `${endpoint.path}?${endpoint.query(changes)}`, 'GET', { 'x-forwarded-for': address });

  it('sends the browser back with a word to come later, writes no row, and serves the others', async () => {
    app.clock.stopAt(Math.ceil(Date.now() / 60_000) * 60);
    for (let start = 0; start < PER_MINUTE; start += 1) {
      expect((await from('2001:db8:1:2::1')).headers.location).toMatch(/\/authorize\?/);
    }
    const refused = await from('2001:db8:1:2::2', { state: 'kept' });
    expect([refused.status, refused.headers.location]).toEqual([
      303,
      `${signIn.redirectUri}?error=temporarily_unavailable&error_description=too_many_sign_ins&state=kept`,
    ]);
    expect(refused.headers).not.toHaveProperty('set-cookie');
    expect(await app.log.ofRequest(String(refused.headers['x-request-id']))).toMatchObject({
      address: '2001:db8:1:2::2',
      reason: 'starts_limited',
      events: ['sign_in_refused'],
    });
    expect(await endpoint.flows()).toBe(PER_MINUTE);
    expect((await from('2001:db8:1:3::1')).headers.location).toMatch(/\/authorize\?/);

    app.clock.goOn();
    app.clock.advanceSeconds(120);
    expect((await from('2001:db8:1:2::1')).headers.location).toMatch(/\/authorize\?/);
  });

  it('does not count what begins nothing: a request with a fault', async () => {
    app.clock.stopAt(Math.ceil(Date.now() / 60_000) * 60 + 600);
    for (let fault = 0; fault < PER_MINUTE * 2; fault += 1) {
      expect((await from('203.0.113.9', { scope: 'email' })).status).toBe(307);
      expect((await from('203.0.113.9', { client_id: 'nobody' })).status).toBe(400);
    }
    expect((await from('203.0.113.9')).headers.location).toMatch(/\/authorize\?/);
  });

  it('still lets browsers come back', async () => {
    app.clock.stopAt(Math.ceil(Date.now() / 60_000) * 60 + 1_200);
    provider.person = { sub: 'ann', email: 'ann@example.test', email_verified: true, name: 'Ann Example' };
    const started = await from('203.0.113.10');
    for (let start = 1; start < PER_MINUTE + 1; start += 1) await from('203.0.113.10');
    const cookie = String(started.headers['set-cookie']).split(';')[0] ?? '';
    const atProvider = await fetch(started.headers.location ?? '', { redirect: 'manual' });
    const { pathname, search } = new URL(atProvider.headers.get('location') ?? '');
    const ended = await requestExactly(app, pathname + search, 'GET', { cookie, 'x-forwarded-for': '203.0.113.10' });
    expect(ended.headers.location).toMatch(/\?code=[\w-]{43}&state=a-state$/);
  });
});
