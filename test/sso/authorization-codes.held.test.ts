import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { changeMeanwhile } from '../harness/held-row.js';
import { until } from '../harness/service-process.js';
import { CodeDesk, type Redemption, redemptionBody, tokenOf } from './redemptions.js';

let app: TestApp;
let twin: TestApp;
let desk: CodeDesk;

beforeAll(async () => {
  app = await sharedApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  desk = await CodeDesk.open(app);
});

afterAll(async () => {
  await desk.close();
  await twin.close();
});

/** Lets a redemption run until its token is about to be made, changes the code's row, and lets it go on. */
function redeemMeanwhile<Answer>(request: () => Promise<Answer>, change: () => Promise<unknown>): Promise<Answer> {
  return changeMeanwhile(desk.world.shop, desk.customerId, request, change);
}

async function setTimes(code: Redemption, times: string): Promise<void> {
  await app.database.pool.query(
    `UPDATE authorization_codes SET ${times} WHERE store_id = $1 AND code_hash = sha256($2::text::bytea)`,
    [desk.storeId, code.oauth_authorization_code],
  );
}

/** The database says which of two moments that it wrote came first, in microseconds. */
async function isAnsweredAfterLateUse(code: Redemption): Promise<boolean | null> {
  const { rows } = await app.database.pool.query<{ after: boolean | null }>(
    `SELECT answered_at > late_use_at AS after FROM authorization_codes
     WHERE store_id = $1 AND code_hash = sha256($2::text::bytea)`,
    [desk.storeId, code.oauth_authorization_code],
  );
  return rows[0]?.after ?? null;
}

/** The answer waits until the test ends it. */
const HELD = `used_at = clock_timestamp() + interval '1 hour', late_use_at = clock_timestamp() + interval '1 hour'`;
const LET_GO = `used_at = clock_timestamp(), late_use_at = NULL`;

/** Settles when the token is made and its answer waits. */
async function isHeld(code: Redemption): Promise<void> {
  await until(async () => ((await desk.stored(code))?.tokenId ? true : null));
  expect(await desk.stored(code)).toMatchObject({ answeredAt: null });
}

describe('the answer to the use of a code that won', () => {
  it('leaves when no other use has come for a while, so that those on their way are not taken for replays', async () => {
    const code = await desk.newCode();

    const answer = await redeemMeanwhile(
      () => desk.redeem(code),
      () =>
        setTimes(code, `used_at = clock_timestamp(), late_use_at = clock_timestamp() + interval '300 milliseconds'`),
    );

    const { token } = tokenOf(answer);
    expect(await isAnsweredAfterLateUse(code)).toBe(true);
    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(200);
  });

  it.each([
    ['here', () => app],
    ['in another process', () => twin],
  ])('is told of each other use %s, which is refused and ends nothing', async (_, place) => {
    const code = await desk.newCode();
    expect(await desk.stored(code)).toMatchObject({ lateUseAt: null });
    const late = { reason: 'code_used', events: ['login_failed'] };

    const answer = await redeemMeanwhile(
      () => desk.redeem(code),
      async () => {
        const other = await desk.redeem(code, { at: place() });
        expectError(other, 'grant_invalid');
        expect(await desk.logged(other, place())).toEqual(late);
        expect(await desk.stored(code)).toMatchObject({ lateUseAt: expect.any(Date), answeredAt: null });
      },
    );

    const { id, token } = tokenOf(answer);
    expect(await isAnsweredAfterLateUse(code)).toBe(true);
    expect(await desk.liveTokens()).toContain(id);
    for (const at of [app, twin]) expect(await desk.world.readsProfile(desk.customerId, token, at)).toBe(200);
  });

  it('leaves in the end, however many uses come', async () => {
    const code = await desk.newCode();

    const answer = await redeemMeanwhile(
      () => desk.redeem(code),
      () => setTimes(code, `late_use_at = clock_timestamp() + interval '1 hour'`),
    );

    expect(await desk.world.readsProfile(desk.customerId, tokenOf(answer).token)).toBe(200);
    expect(await isAnsweredAfterLateUse(code)).toBe(false);
  });

  it('holds no connection to the database while it waits', async () => {
    const code = await desk.newCode();
    const answer = redeemMeanwhile(
      () => desk.redeem(code, { at: twin }),
      () => setTimes(code, HELD),
    );
    await isHeld(code);
    const { pool } = twin.database;

    await until(() => (pool.idleCount === pool.totalCount ? true : null));

    expect(await desk.stored(code)).toMatchObject({ answeredAt: null });
    await setTimes(code, LET_GO);
    tokenOf(await answer);
  });

  it('is recorded also when the client has gone meanwhile, and a use after that ends the token', async () => {
    const code = await desk.newCode();
    const client = new AbortController();
    const gone = redeemMeanwhile(
      () =>
        fetch(`${app.origin}/v2/customers/tokens`, {
          method: 'POST',
          headers: { ...desk.implicit, 'content-type': 'application/json' },
          body: JSON.stringify(redemptionBody(code)),
          signal: client.signal,
        }).catch((cause: unknown) => cause),
      () => setTimes(code, HELD),
    );
    await isHeld(code);
    client.abort();
    expect(await gone).toMatchObject({ name: 'AbortError' });

    await setTimes(code, LET_GO);

    const { tokenId } = await until(async () => {
      const row = await desk.stored(code);
      return row?.answeredAt ? row : null;
    });
    expect(await desk.liveTokens()).toContain(tokenId);
    expectError(await desk.redeem(code), 'grant_invalid');
    expect(await desk.liveTokens()).not.toContain(tokenId);
  });

  it('still comes when the service shuts down meanwhile', async () => {
    const ending = await startApp({ databaseUrl: app.config.databaseUrl });
    const code = await desk.newCode();
    const answer = redeemMeanwhile(
      () => desk.redeem(code, { at: ending }),
      () => setTimes(code, HELD),
    );
    await isHeld(code);

    const closed = ending.close();
    await setTimes(code, LET_GO);

    const { token } = tokenOf(await answer);
    await closed;
    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(200);
  });

  it('leaves also when the person is removed while it waits, and the token is worth nothing', async () => {
    const removed = await CodeDesk.open(app);
    const code = await removed.newCode();
    const answer = changeMeanwhile(
      removed.world.shop,
      removed.customerId,
      () => removed.redeem(code),
      () => app.database.pool.query(`UPDATE authorization_codes SET ${HELD} WHERE store_id = $1`, [removed.storeId]),
    );
    await until(async () => ((await removed.stored(code))?.tokenId ? true : null));

    await app.http.delete(`/v2/customers/${removed.customerId}`).set(removed.world.service).expect(204);

    expect(await removed.world.readsProfile(removed.customerId, tokenOf(await answer).token)).toBe(403);
    expect(await removed.liveTokens()).toEqual([]);
    await removed.close();
  });
});
