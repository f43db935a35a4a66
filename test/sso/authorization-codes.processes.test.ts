import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { withClient } from '../harness/postgres.js';
import { startSecondProcess } from '../harness/second-process.js';
import { endAll, until } from '../harness/service-process.js';
import { tallyStatuses } from '../harness/status-tally.js';
import { CodeDesk, type Redemption, redemptionBody, type TokenAnswer, tokenOf } from './redemptions.js';
import { sized } from '../harness/tier/sizes.js';

const ROUNDS = sized('rounds of fifty uses of one code at once', { test: 3, thorough: 20 });
const AT_ONCE = 50;

let app: TestApp;
let replica: string;
let desk: CodeDesk;

beforeAll(async () => {
  // A database of its own, as the times of uses are moved in it.
  app = await startApp();
  replica = await startSecondProcess(app);
  desk = await CodeDesk.open(app);
});

afterAll(async () => {
  await desk.close();
  await endAll();
  await app.close();
});

async function redeemAt(origin: string, redemption: Redemption) {
  const answer = await fetch(`${origin}/v2/customers/tokens`, {
    method: 'POST',
    headers: { ...desk.implicit, 'content-type': 'application/json' },
    body: JSON.stringify(redemptionBody(redemption)),
  });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

async function readsProfile(origin: string, token: string): Promise<number> {
  const headers = { ...desk.implicit, 'x-moltin-customer-token': token };
  return (await fetch(`${origin}/v2/customers/${desk.customerId}`, { headers })).status;
}

/** Every first use happens an hour later by the database's time: no machine is then too slow for uses that are sent at once. */
async function letUsesHappenLater(): Promise<void> {
  await withClient(app.config.databaseUrl, async (client) => {
    await client.query(`CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.used_at := NEW.used_at + interval '1 hour'; RETURN NEW; END $$`);
    await client.query(`CREATE TRIGGER later BEFORE UPDATE ON authorization_codes FOR EACH ROW
      WHEN (OLD.used_at IS NULL) EXECUTE FUNCTION later()`);
  });
}

async function letUsesHappenNow(): Promise<void> {
  await withClient(app.config.databaseUrl, (client) => client.query('DROP FUNCTION later() CASCADE'));
}

describe(`${AT_ONCE} uses of one code at once through two processes`, () => {
  beforeAll(letUsesHappenLater);
  afterAll(letUsesHappenNow);

  it(`give one token, which works at both, and ${AT_ONCE - 1} × 400 of one body, in ${ROUNDS} rounds`, async () => {
    const origins = [app.origin, replica];
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await desk.liveTokens();
      const code = await desk.newCode();

      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) => redeemAt(origins[index % 2] ?? '', code)),
      );

      expect(tallyStatuses(answers)).toEqual({ 200: 1, 400: AT_ONCE - 1 });
      const losers = answers.filter(({ status }) => status === 400);
      for (const loser of losers) expectError(loser, 'grant_invalid');
      const bodies = losers.map(({ headers, body }) => body.replace(String(headers['x-request-id']), ''));
      expect(new Set(bodies).size).toBe(1);
      const winner = answers.find(({ status }) => status === 200);
      const { id, token } = (JSON.parse(winner?.body ?? '{}') as { data: TokenAnswer }).data;
      for (const origin of origins) expect(await readsProfile(origin, token)).toBe(200);
      expect(await desk.liveTokens()).toEqual([...before, id].toSorted());
    }
  });

  it('give no token at all, when the first of them came with a wrong verifier', async () => {
    const code = await desk.newCode();
    const before = await desk.liveTokens();
    expectError(await desk.redeem({ ...code, oauth_code_verifier: 'b'.repeat(43) }), 'grant_invalid');

    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) => redeemAt(index % 2 === 0 ? app.origin : replica, code)),
    );

    expect(tallyStatuses(answers)).toEqual({ 400: AT_ONCE });
    expect(await desk.liveTokens()).toEqual(before);
  });
});

describe('a valid use 2.5 s after the one that won', () => {
  it.each([
    ['here', () => [app.origin, replica] as const],
    ['in the other process', () => [replica, app.origin] as const],
  ])('is refused %s and ends the token in both processes', async (_, origins) => {
    const [at, elsewhere] = origins();
    const code = await desk.newCode();
    const { id, token } = tokenOf(await desk.redeem(code));
    // Both processes remember that the token is good.
    for (const origin of [at, elsewhere]) expect(await readsProfile(origin, token)).toBe(200);
    await desk.timePassedSinceUse(code, 2.5);

    const answer = await redeemAt(at, code);

    expectError(answer, 'grant_invalid');
    expect(await desk.liveTokens()).not.toContain(id);
    expect(await readsProfile(at, token)).toBe(403);
    await until(async () => ((await readsProfile(elsewhere, token)) === 403 ? true : null));
  });
});
