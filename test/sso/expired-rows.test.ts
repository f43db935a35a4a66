import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { doJob } from '../harness/background-jobs.js';
import { Browser } from '../harness/browser.js';
import { expectError } from '../harness/error-answers.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { CodeDesk, tokenOf } from './redemptions.js';

/** How long rows stay beyond their time. */
const KEPT_SECONDS = 600;

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;
let identityId: string;

beforeAll(async () => {
  app = await startApp({ tokenSigningAlg: 'ES256' });
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

afterAll(async () => {
  await app.close();
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

async function left(): Promise<{ flows: number; codes: number } | undefined> {
  const { rows } = await app.database.pool.query<{ flows: number; codes: number }>(
    `SELECT (SELECT count(*)::int FROM sso_flows) AS flows, (SELECT count(*)::int FROM authorization_codes) AS codes`,
  );
  return rows[0];
}

/** @returns how many rows went */
async function sweep(): Promise<{ flows: number; codes: number }> {
  const [flows, codes] = [await doJob(app, 'expired-sign-ins'), await doJob(app, 'expired-authorization-codes')];
  expect([flows.failure, codes.failure]).toEqual([null, null]);
  return { flows: flows.rows, codes: codes.rows };
}

describe('sweeping', () => {
  it('removes sign-ins and codes ten minutes after their time, and no others', async () => {
    await given(3, -60);
    await given(4, 0);
    await given(5, KEPT_SECONDS - 60);
    await given(7, KEPT_SECONDS + 60);
    await given(2, 86_400);
    expect(await sweep()).toEqual({ flows: 9, codes: 9 });
    expect(await left()).toEqual({ flows: 12, codes: 12 });
    expect(await sweep()).toEqual({ flows: 0, codes: 0 });
  });

  it('leaves a code that was exchanged as long as its token lives, so that a replay still ends that token', async () => {
    const desk = await CodeDesk.open(app);
    // That of the sign-in by which it was opened.
    await app.database.pool.query('TRUNCATE authorization_codes');
    const [code, unused] = [await desk.newCode(), await desk.newCode()];
    const { id, token } = tokenOf(await desk.redeem(code));
    const lifeSeconds = app.config.customerTokenLifetimeSeconds;

    await timePasses(lifeSeconds - 60);

    expect(await sweep()).toMatchObject({ codes: 1 });
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

    expect(await sweep()).toMatchObject({ codes: 1 });
    expect(await desk.stored(code)).toBeNull();
    await desk.close();
  });

  it('takes as many batches as there are rows for', async () => {
    await given(1_300, KEPT_SECONDS + 60);
    await given(10, -60);
    expect(await sweep()).toEqual({ flows: 1_300, codes: 1_300 });
    expect(await left()).toEqual({ flows: 10, codes: 10 });
  });
});
