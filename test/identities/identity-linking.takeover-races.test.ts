import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { LinkingWorld } from '../harness/linking-world.js';
import { until } from '../harness/service-process.js';
import { addressMembers, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { sized } from '../harness/tier/sizes.js';

const PATIENCE_MS = 120_000;
const ROUNDS = sized('rounds of writes beside the end of their token', { test: 3, thorough: 20 });
/** Half of them at each replica. */
const CONNECTIONS = 4;

/** Somebody who registered with the email of somebody else, and writes as fast as can be. */
interface Attack {
  /** Statuses of the answers, each with whether the request was sent after the end of the token was answered. */
  readonly answers: { readonly status: number; readonly isLate: boolean }[];
  /** From now on the token has ended. */
  end(): void;
  /** Each connection was refused three times since. */
  readonly over: Promise<unknown>;
}

let app: TestApp;
let twin: TestApp;
let world: LinkingWorld;

beforeAll(async () => {
  app = await sharedApp();
  twin = await startApp({ databaseUrl: app.config.databaseUrl });
  world = await LinkingWorld.open(app, { policy: 'api_only', unproven: 'reset', trust: 'claim' });
});

afterAll(async () => {
  await world.close();
  await twin.close();
});

async function begin(attacker: TestCustomer): Promise<Attack> {
  const headers = await world.shop.as(attacker);
  const answers: Attack['answers'] = [];
  let isOver = false;
  const ask = async (at: TestApp, method: 'post' | 'put' | 'delete', addressId: string) => {
    const isLate = isOver;
    const request = at.http[method](`/v2/customers/${attacker.id}/addresses${addressId}`).set(headers);
    const answer = await (method === 'delete' ? request : request.send({ data: addressMembers }));
    answers.push({ status: answer.status, isLate });
    return answer;
  };
  const connection = async (at: TestApp) => {
    for (let refusals = 0; refusals < 3;) {
      const made = await ask(at, 'post', '');
      if (isOver && made.status === 403) refusals += 1;
      if (made.status !== 201) continue;
      const { id } = (made.body as { data: { id: string } }).data;
      await ask(at, 'put', `/${id}`);
      // The last one stands when the owner comes.
      if (!isOver) await ask(at, 'delete', `/${id}`);
    }
  };
  const over = Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => connection(index % 2 === 0 ? app : twin)));
  await until(async () => (answers.length >= 5 * CONNECTIONS ? true : null));
  return { answers, end: () => (isOver = true), over };
}

/** What ends the tokens of whoever registered: each resolves when it is answered. */
const ENDS: [what: string, end: (customer: TestCustomer) => Promise<unknown>, keepsAddresses: boolean][] = [
  [
    'the owner of the email signs in',
    ({ email }) =>
      world.door
        .enter({ sub: email, email, email_verified: true, name: 'Vera Victim' }, twin)
        .then((result) => world.door.customerOf(result)),
    false,
  ],
  [
    'a back end changes the password',
    ({ id }) =>
      app.http
        .put(`/v2/customers/${id}`)
        .set(world.service)
        .send({ data: { password: 'a password of the owner' } })
        .expect(200),
    true,
  ],
];

describe(`writes over ${CONNECTIONS} connections to two replicas, while`, { timeout: PATIENCE_MS }, () => {
  it.each(ENDS)(`%s: none is kept after that, in ${ROUNDS} rounds`, async (_what, end, keepsAddresses) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const attacker = await world.shop.customer({ email: uniqueEmail() });
      const attack = await begin(attacker);

      await end(attacker);
      attack.end();
      const [ended] = await world.holdersOf(attacker.email);
      await attack.over;

      const [holding, another] = await world.holdersOf(attacker.email);
      expect(another).toBeUndefined();
      expect(holding).toEqual(ended);
      expect(holding?.customer.id).toBe(attacker.id);
      if (!keepsAddresses) expect(holding?.addresses).toEqual([]);
      const late = attack.answers.filter(({ isLate }) => isLate).map(({ status }) => status);
      expect(late).toEqual(late.map(() => 403));
      const early = new Set(attack.answers.filter(({ isLate }) => !isLate).map(({ status }) => status));
      expect([201, 200, 204].filter((status) => !early.has(status))).toEqual([]);
      expect([...early].filter((status) => ![201, 200, 204, 403, 404].includes(status))).toEqual([]);
    }
  });
});
