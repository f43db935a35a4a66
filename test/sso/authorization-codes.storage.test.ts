import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { changeMeanwhile } from '../harness/held-row.js';
import { withClient } from '../harness/postgres.js';
import { uniqueEmail } from '../harness/shop.js';
import { CodeDesk, type Redemption, tokenOf } from './redemptions.js';

let app: TestApp;
let desk: CodeDesk;

beforeAll(async () => {
  // A database of its own, as tables break in it.
  app = await startApp();
  desk = await CodeDesk.open(app);
});

afterAll(async () => {
  await desk.close();
  await app.close();
});

/** SQLSTATE of a full disk, which nobody expects, and of a server that shuts down. */
const FAILURES = [
  ['the disk is full', '53100', 'internal_error'],
  ['the server shuts down', '57P01', 'unavailable'],
] as const;

/** Makes every such write fail, from another connection. */
async function breakWrites(write: string, state: string): Promise<void> {
  await withClient(app.config.databaseUrl, async (client) => {
    await client.query(`CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'broken for a test' USING ERRCODE = '${state}'; END $$`);
    await client.query(`CREATE TRIGGER broken ${write} EXECUTE FUNCTION break()`);
  });
}

async function mend(): Promise<void> {
  await withClient(app.config.databaseUrl, (client) => client.query('DROP FUNCTION IF EXISTS break() CASCADE'));
}

afterEach(mend);

const USE = 'BEFORE UPDATE ON authorization_codes FOR EACH ROW WHEN (OLD.used_at IS NULL)';
const TOKEN = 'BEFORE INSERT ON customer_tokens FOR EACH ROW';
const REVOCATION = 'BEFORE UPDATE ON customer_tokens FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL)';
const ISSUE = 'BEFORE INSERT ON authorization_codes FOR EACH ROW';

/** The whole answer is an error: no part of a token is in it. */
async function expectFailure(redemption: Redemption, code: 'internal_error' | 'unavailable'): Promise<void> {
  expectError(await desk.redeem(redemption), code);
}

describe.each(FAILURES)('an exchange of a code while %s', (_, state, answered) => {
  it('fails with a clean error and leaves the code as it was, when the use cannot be recorded', async () => {
    const code = await desk.newCode();
    const before = await desk.liveTokens();
    await breakWrites(USE, state);

    await expectFailure(code, answered);

    await mend();
    expect(await desk.stored(code)).toMatchObject({ usedAt: null, tokenId: null });
    expect(await desk.liveTokens()).toEqual(before);
    expect(tokenOf(await desk.redeem(code)).customer_id).toBe(desk.customerId);
  });

  it('fails with a clean error, gives no token and burns the code, when the token cannot be stored', async () => {
    const code = await desk.newCode();
    const before = await desk.liveTokens();
    await breakWrites(TOKEN, state);

    await expectFailure(code, answered);

    await mend();
    expect(await desk.stored(code)).toMatchObject({ usedAt: expect.any(Date) });
    const again = await desk.redeem(code);
    expectError(again, 'grant_invalid');
    expect(await desk.logged(again)).toEqual({ reason: 'code_used', events: ['login_failed'] });
    expect(await desk.liveTokens()).toEqual(before);
  });

  it('that was won already never says that all is well, and ends the token as soon as that can be stored', async () => {
    const code = await desk.newCode();
    const { id, token } = tokenOf(await desk.redeem(code));
    await desk.timePassedSinceUse(code, 2.5);
    await breakWrites(REVOCATION, state);

    await expectFailure(code, answered);
    expect(await desk.liveTokens()).toContain(id);

    await mend();
    expectError(await desk.redeem(code), 'grant_invalid');
    expect(await desk.liveTokens()).not.toContain(id);
    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);
  });

  it('is not reached, as the sign-in before it ends without a code and with an error, when the code cannot be stored', async () => {
    const { door } = desk.world;
    const email = uniqueEmail();
    const claims = { sub: email, email, email_verified: true };
    await breakWrites(ISSUE, state);

    const result = await door.enter(claims);

    const error = answered === 'unavailable' ? 'temporarily_unavailable' : 'server_error';
    const error_description = answered === 'unavailable' ? 'service_unavailable' : 'service_failed';
    expect(result.parameters).toEqual({ error, error_description, state: result.state });
    await mend();
    const { id } = await door.customerOf(await door.enter(claims));
    const holders = await desk.world.holdersOf(email);
    expect(holders.map(({ customer, identities }) => [customer.id, identities.length])).toEqual([[id, 1]]);
  });
});

describe('a code whose person goes away between its use and the token', () => {
  it.each([
    ['identity', 'DELETE FROM identities WHERE store_id = $1 AND customer_id = $2'],
    ['customer', 'DELETE FROM customers WHERE store_id = $1 AND id = $2'],
  ])('gives no token: the %s is removed', async (_, statement) => {
    const gone = await CodeDesk.open(app);
    const code = await gone.newCode();

    const answer = await changeMeanwhile(
      gone.world.shop,
      gone.customerId,
      () => gone.redeem(code),
      (client) => client.query(statement, [gone.storeId, gone.customerId]),
    );

    expectError(answer, 'grant_invalid');
    expect(await gone.logged(answer)).toEqual({ reason: 'customer_gone', events: ['login_failed'] });
    expect(await gone.liveTokens()).toEqual([]);
    await gone.close();
  });
});
