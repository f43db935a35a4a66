import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenIdentity, givenUser, identitiesPath } from '../harness/given-realm.js';
import { waitersFor } from '../harness/held-row.js';
import { LinkingWorld } from '../harness/linking-world.js';
import { withClient } from '../harness/postgres.js';
import { until } from '../harness/service-process.js';
import { type TestCustomer, uniqueEmail } from '../harness/shop.js';

const RIGHT_PERSON = 'the right person';

let app: TestApp;
let world: LinkingWorld;

beforeAll(async () => {
  app = await sharedApp();
  world = await LinkingWorld.open(app, { policy: 'api_only', unproven: 'refuse', trust: 'claim' });
});

afterAll(() => world.close());

/** A customer whose identity stands for somebody, as a back end has said. */
interface Linked {
  readonly customer: TestCustomer;
  readonly former: string;
  /** Says that the identity stands for the right person. */
  readonly relink: () => Promise<number>;
}

async function givenLinked(): Promise<Linked> {
  const customer = await world.shop.customer();
  const former = `former ${customer.id}`;
  const { profileId } = world.door.signIn;
  await givenUser(world.shop, world.realmId, customer);
  const identity = await givenIdentity(world.shop, world.realmId, customer.id, {
    subject: former,
    oidc_profile_id: profileId,
  });
  const path = `${identitiesPath(world.realmId, customer.id)}/${identity.id}`;
  const data = { type: 'user_authentication_oidc_profile_info', subject: `${RIGHT_PERSON} ${customer.id}` };
  const relink = async () => (await app.http.put(path).set(world.service).send({ data })).status;
  return { customer, former, relink };
}

/** The work begins while the change of the identity waits for the customer, and waits behind it. */
async function behindRelink<Result>({ customer, relink }: Linked, work: () => Promise<Result>): Promise<Result> {
  return withClient(app.config.databaseUrl, async (client) => {
    await client.query('BEGIN');
    const which = [world.shop.storeId, customer.id];
    await client.query('SELECT FROM customers WHERE store_id = $1 AND id = $2 FOR UPDATE', which);
    const relinked = relink();
    await until(async () => ((await waitersFor(client)) > 0 ? true : null));
    const result = work();
    await until(async () => {
      // Within a transaction, statistics stay as they were first read.
      await client.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await client.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return (rows[0]?.waiting ?? 0) >= 2 ? true : null;
    });
    await client.query('COMMIT');
    expect(await relinked).toBe(200);
    return result;
  });
}

async function identityOf({ customer }: Linked) {
  const where = { storeId: world.shop.storeId, customerId: customer.id };
  const { subject, provenEmail } = await app.database.prisma.identity.findFirstOrThrow({ where });
  const tokens = await app.database.prisma.customerToken.count({ where });
  const codes = await app.database.prisma.authorizationCode.count({ where: { storeId: where.storeId } });
  return { subject, provenEmail, tokens, codes };
}

describe('an identity that is given to another person', () => {
  it('gives no token to its former person, whose code is being exchanged meanwhile', async () => {
    const linked = await givenLinked();
    const result = await world.door.enter({ sub: linked.former, email: uniqueEmail(), email_verified: true });
    expect(result.parameters).toHaveProperty('code');

    expectError(await behindRelink(linked, () => world.door.signIn.redeem(result)), 'grant_invalid');

    const subject = `${RIGHT_PERSON} ${linked.customer.id}`;
    expect(await identityOf(linked)).toEqual({ subject, provenEmail: null, tokens: 0, codes: 0 });
  });

  it('gives no code to its former person, who comes back from the provider meanwhile, and has no email from there', async () => {
    const linked = await givenLinked();
    const claims = { sub: linked.former, email: linked.customer.email, email_verified: true };

    const result = await behindRelink(linked, () => world.door.enter(claims));

    expect(result.parameters).not.toHaveProperty('code');
    const subject = `${RIGHT_PERSON} ${linked.customer.id}`;
    expect(await identityOf(linked)).toEqual({ subject, provenEmail: null, tokens: 0, codes: 0 });
  });
});
