import type { Logger } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOGGER } from '../../src/http/logger.js';
import { ExpiredRows } from '../../src/sso/expired-rows.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { DatabaseGate } from '../harness/database-gate.js';
import { expectError } from '../harness/error-answers.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { freshDatabaseUrl } from '../harness/postgres.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { CodeDesk, tokenOf } from './redemptions.js';

/** How long rows stay beyond their time. */
const KEPT_SECONDS = 600;

let gate: DatabaseGate;
let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;
let identityId: string;

beforeAll(async () => {
  gate = await DatabaseGate.before(await freshDatabaseUrl());
  app = await startApp({ databaseUrl: gate.url, tokenSigningAlg: 'ES256' });
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  provider.person = { sub: 'ann', email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  signIn = await givenSignIn(shop, provider);
  await signIn.through(new Browser(app));
  identityId = (await app.database.prisma.identity.findFirstOrThrow({ where: { storeId: shop.storeId } })).id;
});

beforeEach(async () => {
  await app.database.pool.query('TRUNCATE sso_flows, authorization_codes');
});

afterEach(() => {
  vi.useRealTimers();
});

afterAll(async () => {
  await app.close();
  await gate.close();
  await provider.stop();
});

/** @param secondsAgo that their time was over; negative: it is not yet */
async function given(count: number, secondsAgo: number): Promise<void> {
  const common = [shop.storeId, secondsAgo, count, signIn.redirectUri];
  await app.database.pool.query(
    `INSERT INTO sso_flows (store_id, state_hash, realm_id, profile_id, browser_hash, sealed_secrets, redirect_uri,
       storefront_state, code_challenge, report_callback_replay, created_at, expires_at)
     SELECT $1, sha256(($2 || ':' || n)::bytea), $5, $6, '\\x00', '\\x00', $4, 'state', 'challenge', false, now(),
       now() - $2::int * interval '1 second'
     FROM generate_series(1, $3::int) n`,
    [...common, signIn.realmId, signIn.profileId],
  );
  await app.database.pool.query(
    `INSERT INTO authorization_codes (store_id, code_hash, identity_id, redirect_uri, code_challenge, created_at, expires_at)
     SELECT $1, sha256(($2 || ':' || n)::bytea), $5, $4, 'challenge', now(), now() - $2::int * interval '1 second'
     FROM generate_series(1, $3::int) n`,
    [...common, identityId],
  );
}

/** The database's clock cannot be moved: what it wrote is. */
async function timePasses(seconds: number): Promise<void> {
  const moved = ['created_at', 'expires_at', 'used_at'];
  await app.database.pool.query(
    `UPDATE authorization_codes SET ${moved.map((name) => `${name} = ${name} - $1 * interval '1 second'`).join(', ')}`,
    [seconds],
  );
}

async function left(): Promise<{ flows: number; codes: number }> {
  const { prisma } = app.database;
  return { flows: await prisma.ssoFlow.count(), codes: await prisma.authorizationCode.count() };
}

describe('sweeping', () => {
  it('removes sign-ins and codes ten minutes after their time, and no others', async () => {
    await given(3, -60);
    await given(4, 0);
    await given(5, KEPT_SECONDS - 60);
    await given(7, KEPT_SECONDS + 60);
    await given(2, 86_400);
    await app.database.pool.query('TRUNCATE authorization_codes');
    await given(6, KEPT_SECONDS + 120);
    expect(await app.nest.get(ExpiredRows).sweep()).toBe(7 + 2 + 6 + 6);
    expect(await left()).toEqual({ flows: 12, codes: 0 });
    expect(await app.nest.get(ExpiredRows).sweep()).toBe(0);
  });

  it('leaves a code that was exchanged as long as its token lives, so that a replay still ends that token', async () => {
    const desk = await CodeDesk.open(app);
    // That of the sign-in by which it was opened.
    await app.database.pool.query('TRUNCATE authorization_codes');
    const [code, unused] = [await desk.newCode(), await desk.newCode()];
    const { id, token } = tokenOf(await desk.redeem(code));
    const lifeSeconds = app.config.customerTokenLifetimeSeconds;

    await timePasses(lifeSeconds - 60);

    expect(await app.nest.get(ExpiredRows).sweep()).toBe(1);
    expect(await desk.stored(unused)).toBeNull();
    const again = await desk.redeem(code);
    expectError(again, 'grant_invalid');
    expect(await desk.logged(again)).toEqual({
      reason: 'code_used',
      events: ['authorization_code_replayed', 'customer_tokens_revoked', 'login_failed'],
    });
    expect(await desk.liveTokens()).not.toContain(id);
    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);

    await timePasses(60 + KEPT_SECONDS + 1);

    expect(await app.nest.get(ExpiredRows).sweep()).toBe(1);
    expect(await desk.stored(code)).toBeNull();
    await desk.close();
  });

  it('takes as many turns as there are rows for, and leaves what is still used', async () => {
    await given(2_500, KEPT_SECONDS + 60);
    await given(10, -60);
    expect(await app.nest.get(ExpiredRows).sweep()).toBe(5_000);
    expect(await left()).toEqual({ flows: 10, codes: 10 });
  });

  it('is done by two processes at once without harm: what one has removed, the other does not find', async () => {
    await given(2_000, KEPT_SECONDS + 60);
    const swept = await Promise.all([1, 2, 3].map(() => app.nest.get(ExpiredRows).sweep()));
    expect(swept.reduce((sum, each) => sum + each, 0)).toBe(4_000);
    expect(await left()).toEqual({ flows: 0, codes: 0 });
  });

  it('happens every minute while the service runs, also after a round without the database, and then no more', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const sweeper = new ExpiredRows(app.database, app.nest.get<Logger>(LOGGER));
    sweeper.onApplicationBootstrap();
    await given(1, KEPT_SECONDS + 60);
    vi.advanceTimersByTime(59_999);
    expect(await left()).toEqual({ flows: 1, codes: 1 });
    await gate.shut();
    vi.advanceTimersByTime(1);
    const warnings = () => app.log.entries().filter(({ msg }) => msg === 'expired sign-ins could not be removed');
    await eventually(() => expect(warnings()).toHaveLength(1));
    expect(warnings()[0]).toMatchObject({ level: 40, failure: expect.stringMatching(/^\w+$/) as unknown });
    await gate.open();
    await eventually(async () => expect(await left()).toEqual({ flows: 1, codes: 1 }));
    vi.advanceTimersByTime(60_000);
    await eventually(async () => expect(await left()).toEqual({ flows: 0, codes: 0 }));

    sweeper.onApplicationShutdown();
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** Waits for a condition while the interval timers are the test's. */
async function eventually(condition: () => void | Promise<void>): Promise<void> {
  for (let turns = 0; ; turns += 1) {
    try {
      await condition();
      return;
    } catch (cause) {
      if (turns === 500) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
