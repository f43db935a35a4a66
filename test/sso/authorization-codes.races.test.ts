import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { aSecondLater } from '../harness/process-time.js';
import { until } from '../harness/service-process.js';
import { tallyStatuses } from '../harness/status-tally.js';
import { CodeDesk, type Redemption, redemptionBody, type TokenAnswer, tokenOf } from './redemptions.js';

const ROUNDS = 20;
const AT_ONCE = 50;
/** So many rounds take their time on a busy machine; what is asserted does not depend on it. */
const PATIENCE_MS = 90_000;

interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

let app: TestApp;
let twin: TestApp;
let desk: CodeDesk;
/** Connections that stay open, so that requests arrive together. */
const pools = new Map<TestApp, Pool>();

beforeAll(async () => {
  app = await sharedApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  desk = await CodeDesk.open(app);
  for (const at of [app, twin]) pools.set(at, new Pool(at.origin, { connections: AT_ONCE, pipelining: 1 }));
});

afterAll(async () => {
  for (const pool of pools.values()) await pool.close();
  await desk.close();
  await twin.close();
});

async function post(at: TestApp, redemption: object): Promise<PlainAnswer> {
  const pool = pools.get(at);
  if (pool === undefined) throw new Error('no connections to this app');
  const { statusCode, headers, body } = await pool.request({
    method: 'POST',
    path: '/v2/customers/tokens',
    headers: { ...desk.implicit, 'content-type': 'application/json' },
    body: JSON.stringify(redemptionBody(redemption)),
  });
  return { status: statusCode, headers, body: await body.text() };
}

function redeemAtOnce(places: readonly TestApp[], redemption: object): Promise<PlainAnswer[]> {
  return Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => post(places[index % places.length] ?? app, redemption)),
  );
}

/** One winner whose token works, and losers who cannot be told from each other. */
async function expectOneWinner(places: readonly TestApp[], redemption: Redemption): Promise<TokenAnswer> {
  const before = await desk.liveTokens();

  const answers = await redeemAtOnce(places, redemption);

  expect(tallyStatuses(answers)).toEqual({ 200: 1, 400: AT_ONCE - 1 });
  const losers = answers.filter(({ status }) => status === 400);
  for (const loser of losers) expectError(loser, 'grant_invalid');
  const bodies = new Set(losers.map(({ headers, body }) => body.replace(String(headers['x-request-id']), '')));
  expect(bodies.size).toBe(1);
  const [winner] = answers.filter(({ status }) => status === 200);
  const token = (JSON.parse(winner?.body ?? '{}') as { data: TokenAnswer }).data;
  for (const at of places) expect(await desk.world.readsProfile(desk.customerId, token.token, at)).toBe(200);
  expect(await desk.liveTokens()).toEqual([...before, token.id].toSorted());
  return token;
}

describe(`${AT_ONCE} uses of one code at once, over connections that are open`, { timeout: PATIENCE_MS }, () => {
  it.each([
    ['one app', () => [app]],
    ['two apps on one database', () => [app, twin]],
  ])(
    `give one token, which works, and ${AT_ONCE - 1} × 400 of one body, in ${ROUNDS} rounds, through %s`,
    async (_, places) => {
      await redeemAtOnce(places(), { ...(await desk.newCode()), oauth_authorization_code: 'none' });
      for (let round = 0; round < ROUNDS; round += 1) await expectOneWinner(places(), await desk.newCode());
    },
  );

  it('give no token at all, when the first of them comes with a wrong verifier', async () => {
    const code = await desk.newCode();
    const before = await desk.liveTokens();
    expectError(await post(app, { ...code, oauth_code_verifier: 'b'.repeat(43) }), 'grant_invalid');

    expect(tallyStatuses(await redeemAtOnce([app, twin], code))).toEqual({ 400: AT_ONCE });

    expect(await desk.liveTokens()).toEqual(before);
  });
});

describe('a use of a code that came before the answer to the one that won', () => {
  it('is refused and ends nothing, however long it had to wait for the database', async () => {
    const code = await desk.newCode();
    const { pool } = twin.database;
    const held = await Promise.all(Array.from({ length: twin.config.databasePoolSize }, () => pool.connect()));
    const late = post(twin, code);
    await until(async () => (pool.waitingCount > 0 ? true : null));

    const { id, token } = tokenOf(await desk.redeem(code));
    for (const client of held) client.release();

    const answer = await late;
    expectError(answer, 'grant_invalid');
    expect(await desk.logged(answer, twin)).toEqual({ reason: 'code_used', events: ['login_failed'] });
    expect(await desk.liveTokens()).toContain(id);
    for (const at of [app, twin]) expect(await desk.world.readsProfile(desk.customerId, token, at)).toBe(200);
  });
});

describe('a use of a code after the answer to the one that won', () => {
  const replayed = {
    reason: 'code_used',
    events: ['authorization_code_replayed', 'customer_tokens_revoked', 'login_failed'],
  };

  it.each([
    ['the same', {}],
    ['a wrong verifier', { oauth_code_verifier: 'b'.repeat(43) }],
    ['a wrong redirect URI', { oauth_redirect_uri: 'https://elsewhere.example.test/cb' }],
  ])(
    'with %s is refused and ends the token at once here, and within a second in another process',
    async (_, members) => {
      const code = await desk.newCode();
      const { id, token } = tokenOf(await desk.redeem(code));
      // Both processes remember that the token is good.
      for (const at of [app, twin]) expect(await desk.world.readsProfile(desk.customerId, token, at)).toBe(200);

      const answer = await desk.redeem({ ...code, ...members });

      expectError(answer, 'grant_invalid');
      expect(await desk.logged(answer)).toEqual(replayed);
      expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);
      await aSecondLater(async () => {
        expect(await desk.world.readsProfile(desk.customerId, token, twin)).toBe(403);
      });
      expect(await desk.liveTokens()).not.toContain(id);
    },
  );

  it('in another process is refused and ends the token there at once, and here within a second', async () => {
    const code = await desk.newCode();
    const { token } = tokenOf(await desk.redeem(code));
    for (const at of [app, twin]) expect(await desk.world.readsProfile(desk.customerId, token, at)).toBe(200);

    const answer = await desk.redeem(code, { at: twin });

    expectError(answer, 'grant_invalid');
    expect(await desk.logged(answer, twin)).toEqual(replayed);
    expect(await desk.world.readsProfile(desk.customerId, token, twin)).toBe(403);
    await aSecondLater(async () => {
      expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);
    });
  });

  it('ends the token also when the code has expired meanwhile, and ends no other token of that customer', async () => {
    const other = tokenOf(await desk.redeem(await desk.newCode()));
    const code = await desk.newCode();
    const { token } = tokenOf(await desk.redeem(code));
    await app.database.pool.query(
      `UPDATE authorization_codes SET expires_at = clock_timestamp() - interval '5 minutes' WHERE store_id = $1`,
      [desk.storeId],
    );

    expectError(await desk.redeem(code), 'grant_invalid');

    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(403);
    expect(await desk.world.readsProfile(desk.customerId, other.token)).toBe(200);
  });
});
