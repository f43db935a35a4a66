import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopBusySinceMs } from '../../src/clock/event-loop.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { ClientProcess, type PlainAnswer } from '../harness/client-process.js';
import { expectError } from '../harness/error-answers.js';
import { startSecondProcess } from '../harness/second-process.js';
import { endAll, until } from '../harness/service-process.js';
import { tallyStatuses } from '../harness/status-tally.js';
import { CodeDesk, type Redemption, redemptionBody, type TokenAnswer } from './redemptions.js';

const ROUNDS = 20;
const AT_ONCE = 50;
/** On a busy machine something may keep the client in the middle of a round: what it sends then is not sent at once. */
const ROUNDS_MAX = ROUNDS + 10;
/** So many rounds take their time on a busy machine; what is asserted does not depend on it. */
const PATIENCE_MS = 120_000;

let app: TestApp;
let replica: string;
let client: ClientProcess;
let desk: CodeDesk;

beforeAll(async () => {
  app = await sharedApp();
  replica = await startSecondProcess(app);
  client = new ClientProcess();
  desk = await CodeDesk.open(app);
});

afterAll(async () => {
  await client.stop();
  await desk.close();
  await endAll();
});

function redeemAtOnce(origins: readonly string[], redemption: Redemption): Promise<PlainAnswer[]> {
  const headers = { ...desk.implicit, 'content-type': 'application/json' };
  const body = JSON.stringify(redemptionBody(redemption));
  return client.postAtOnce(
    Array.from({ length: AT_ONCE }, (_, index) => ({
      url: `${origins[index % origins.length]}/v2/customers/tokens`,
      headers,
      body,
    })),
  );
}

async function readsProfile(origin: string, token: string): Promise<number> {
  const headers = { ...desk.implicit, 'x-moltin-customer-token': token };
  return (await fetch(`${origin}/v2/customers/${desk.customerId}`, { headers })).status;
}

describe(`${AT_ONCE} uses of one code at once by a client in another process`, { timeout: PATIENCE_MS }, () => {
  it.each([
    ['two processes on one database, one of which has only just started', () => [app.origin, replica]],
    ['one process', () => [app.origin]],
  ])(
    `give one token, which works, and ${AT_ONCE - 1} × 400, in ${ROUNDS} rounds over new connections, through %s`,
    async (_, origins) => {
      let rounds = 0;
      for (let tries = 0; rounds < ROUNDS; tries += 1) {
        expect(tries, 'rounds in which all uses were sent before the answer left').toBeLessThan(ROUNDS_MAX);
        const before = await desk.liveTokens();
        const code = await desk.newCode();

        const answers = await redeemAtOnce(origins(), code);

        expect(tallyStatuses(answers)).toEqual({ 200: 1, 400: AT_ONCE - 1 });
        for (const loser of answers.filter(({ status }) => status === 400)) expectError(loser, 'grant_invalid');
        const answeredAtMs = (await desk.stored(code))?.answeredAt?.getTime() ?? Number.NaN;
        // A use that is sent after the answer is a replay, and ends the token by right.
        if (!answers.every(({ sentAtMs }) => sentAtMs < answeredAtMs)) continue;
        rounds += 1;
        const winner = answers.find(({ status }) => status === 200);
        const { id, token } = (JSON.parse(winner?.body ?? '{}') as { data: TokenAnswer }).data;
        for (const origin of origins()) expect(await readsProfile(origin, token)).toBe(200);
        expect(await desk.liveTokens()).toEqual([...before, id].toSorted());
      }
    },
  );
});

describe('a use of a code that another process has answered', () => {
  /** The answer of the other process. */
  async function redeemElsewhere(code: Redemption): Promise<TokenAnswer> {
    const [answer] = await client.postAtOnce([
      {
        url: `${replica}/v2/customers/tokens`,
        headers: { ...desk.implicit, 'content-type': 'application/json' },
        body: JSON.stringify(redemptionBody(code)),
      },
    ]);
    return (JSON.parse(answer?.body ?? '') as { data: TokenAnswer }).data;
  }

  it('ends the token when it comes over HTTP after the answer, to a process that had nothing else to do', async () => {
    const code = await desk.newCode();
    const { id, token } = await redeemElsewhere(code);
    expect(await readsProfile(replica, token)).toBe(200);
    const answeredBefore = performance.now();
    await until(() => (loopBusySinceMs() > answeredBefore ? true : null));

    expectError(await desk.redeem(code), 'grant_invalid');

    expect(await desk.liveTokens()).not.toContain(id);
    expect(await readsProfile(app.origin, token)).toBe(403);
  });
});
