import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { changeMeanwhile } from '../harness/held-row.js';
import { expectError } from '../harness/error-answers.js';
import type { SignInResult } from '../harness/identity-provider/sign-in.js';
import { accountExists, type Holding, LinkingWorld } from '../harness/linking-world.js';
import { type TestCustomer, uniqueEmail } from '../harness/shop.js';

const PASSWORD = 'a password of the attacker';

/** Somebody who took the email of somebody else for a customer, in the hope that the owner comes and uses it. */
interface Attack {
  readonly ownEmail: string;
  readonly victimEmail: string;
  readonly customerId: string;
  readonly token: string;
  /** A code that the attacker keeps for later. */
  readonly keptCode: SignInResult;
}

let app: TestApp;
let world: LinkingWorld;

beforeAll(async () => {
  app = await sharedApp();
  world = await LinkingWorld.open(app, { policy: 'api_only', unproven: 'reset', trust: 'claim' });
});

afterAll(() => world.close());

/** Signs in with an own, proven email, takes the victim's email for the customer, and sets a password. */
async function prepareAttack(): Promise<Attack> {
  const [ownEmail, victimEmail] = [uniqueEmail(), uniqueEmail()];
  const attacker = () => world.door.enter({ sub: ownEmail, email: ownEmail, email_verified: true });
  const { id, token } = await world.door.customerOf(await attacker());
  const own = { ...(await world.shop.implicit()), 'x-moltin-customer-token': token };
  const change = { email: victimEmail, password: PASSWORD };
  await app.http.put(`/v2/customers/${id}`).set(own).send({ data: change }).expect(200);
  await world.shop.login({ email: victimEmail, password: PASSWORD });
  await world.furnish(id);
  return { ownEmail, victimEmail, customerId: id, token, keptCode: await attacker() };
}

function victim({ victimEmail }: Attack): Promise<SignInResult> {
  return world.door.enter({ sub: victimEmail, email: victimEmail, email_verified: true, name: 'Vera Victim' });
}

async function onlyHolderOf(email: string): Promise<Holding> {
  const [holding, another] = await world.holdersOf(email);
  if (holding === undefined || another !== undefined) throw new Error(`not exactly one customer has ${email}`);
  return holding;
}

async function passwordLogin({ email, password }: Pick<TestCustomer, 'email' | 'password'>) {
  return app.http
    .post('/v2/customers/tokens')
    .set(await world.shop.implicit())
    .send({ data: { type: 'token', email, password } });
}

describe('a customer whose email was taken by somebody who never proved it, where unproven customers are reset', () => {
  it('loses identity, password, tokens, codes and addresses of the earlier holder when the owner signs in, and keeps the orders', async () => {
    const attack = await prepareAttack();
    const before = await onlyHolderOf(attack.victimEmail);
    expect(before).toMatchObject({
      customer: { id: attack.customerId, email_verified: false, password_hash: expect.stringContaining('$argon2id$') },
      identities: [world.door.heldIdentity(attack.ownEmail, attack.ownEmail)],
      live_tokens: [expect.any(String), expect.any(String)],
      addresses: [expect.any(String)],
      orders: [expect.any(String)],
    });

    const { storeId } = world.shop;
    const address = await app.database.prisma.address.findFirstOrThrow({
      where: { storeId, customerId: attack.customerId },
    });

    const vera = await world.door.customerOf(await victim(attack));

    const events = await app.database.prisma.event.findMany({ where: { storeId, subjectId: address.id } });
    expect(events.map(({ type, actorType, data }) => ({ type, actorType, data }))).toContainEqual({
      type: 'address_deleted',
      actorType: 'browser',
      data: { customer_id: attack.customerId },
    });
    expect(vera.id).toBe(attack.customerId);
    const after = await onlyHolderOf(attack.victimEmail);
    expect(after).toEqual({
      customer: {
        ...before.customer,
        password_hash: null,
        email_verified: true,
        updated_at: expect.any(String),
      },
      identities: [world.door.heldIdentity(attack.victimEmail, attack.victimEmail)],
      live_tokens: [expect.any(String)],
      addresses: [],
      orders: before.orders,
    });
    expect(await world.readsProfile(vera.id, attack.token)).toBe(403);
    expectError(await passwordLogin({ email: attack.victimEmail, password: PASSWORD }), 'credentials_invalid');
    expectError(await world.door.signIn.redeem(attack.keptCode), 'grant_invalid');
    expect(await world.readsProfile(vera.id, vera.token)).toBe(200);
  });

  it('is not what the earlier holder gets at the next sign-in, but another customer, at that and at all later ones', async () => {
    const attack = await prepareAttack();
    const vera = await world.door.customerOf(await victim(attack));

    const again = () => world.door.enter({ sub: attack.ownEmail, email: attack.ownEmail, email_verified: true });
    const first = await world.door.customerOf(await again());
    const second = await world.door.customerOf(await again());

    expect(first.id).not.toBe(vera.id);
    expect(second.id).toBe(first.id);
    expect((await onlyHolderOf(attack.ownEmail)).customer.id).toBe(first.id);
    expect(await world.door.customerOf(await victim(attack))).toMatchObject({ id: vera.id });
  });

  it('is refused to the earlier holder also when that one claims its email, unproven, at the same provider', async () => {
    const attack = await prepareAttack();
    await victim(attack);
    const before = await world.holdersOf(attack.victimEmail);

    const claim = { sub: attack.ownEmail, email: attack.victimEmail, email_verified: false };
    const result = await world.door.enter(claim);

    expect(result.parameters).toEqual(accountExists(result));
    expect(await world.holdersOf(attack.victimEmail)).toEqual(before);
  });

  it('keeps an identity for which a provider vouched for this very email, when it became unproven by the doing of its owner', async () => {
    const attack = await prepareAttack();
    const vera = await world.door.customerOf(await victim(attack));
    // The owner takes another email and comes back to the first: it is unproven again, by the service's own doing.
    const own = { ...(await world.shop.implicit()), 'x-moltin-customer-token': vera.token };
    const path = `/v2/customers/${vera.id}`;
    for (const email of [uniqueEmail(), attack.victimEmail]) {
      await app.http.put(path).set(own).send({ data: { email } }).expect(200);
    }

    const claims = { sub: 'at the other provider', email: attack.victimEmail, email_verified: true };
    const result = await world.otherDoor.enter(claims);

    expect(await world.otherDoor.customerOf(result)).toMatchObject({ id: vera.id });
    expect((await onlyHolderOf(attack.victimEmail)).identities).toEqual([
      world.door.heldIdentity(attack.victimEmail, attack.victimEmail),
      world.otherDoor.heldIdentity('at the other provider', attack.victimEmail),
    ]);
  });
});

describe('a customer whose email was taken by somebody who never proved it, where unproven customers are refused', () => {
  beforeAll(() => world.setRealm({ unproven_email: 'refuse' }));
  afterAll(() => world.setRealm({ unproven_email: 'reset' }));

  it('is not given to the owner of the email, who is told that the account exists, and stays as it is', async () => {
    const attack = await prepareAttack();
    const before = await world.holdersOf(attack.victimEmail);

    const result = await victim(attack);

    expect(result.parameters).toEqual(accountExists(result));
    expect(await app.log.ofRequest(result.requestId)).toMatchObject({ reason: 'email_unproven', claim: 'email' });
    expect(await world.holdersOf(attack.victimEmail)).toEqual(before);
    expect(await world.door.customerOf(attack.keptCode)).toMatchObject({ id: attack.customerId });
  });
});

describe('a customer who changes while a sign-in with the same email waits for the row', () => {
  /** The sign-in found a customer with this email, proven, and meets another state of it when the row is free. */
  async function signInWhile(statement: string, values: readonly unknown[] = []) {
    const email = uniqueEmail();
    const customer = await world.shop.customer({ email, email_verified: true });
    const result = await changeMeanwhile(
      world.shop,
      customer.id,
      () => world.door.enter({ sub: email, email, email_verified: true }),
      (client) => client.query(statement, [world.shop.storeId, customer.id, ...values]),
    );
    const identities = await app.database.prisma.identity.count({
      where: { storeId: world.shop.storeId, customerId: customer.id },
    });
    return { result, identities, email };
  }

  it('is left as it is, when the email is another one by then, and the owner of the email gets a new customer', async () => {
    const other = uniqueEmail();
    const { result, identities, email } = await signInWhile(
      `UPDATE customers SET email = $3, email_canonical = $3, login_email = $3, email_verified = false
       WHERE store_id = $1 AND id = $2`,
      [other],
    );
    const { id } = await world.door.customerOf(result);
    expect((await onlyHolderOf(email)).customer).toMatchObject({ id, authentication_mechanism: 'oidc' });
    expect(identities).toBe(0);
    const left = await onlyHolderOf(other);
    expect(left.customer['password_hash']).toMatch(/^\$argon2id\$/);
    expect(left.identities).toEqual([]);
  });

  it('is not attached as it is but reset, when the email is unproven by then', async () => {
    const { result, email } = await signInWhile(
      'UPDATE customers SET email_verified = false WHERE store_id = $1 AND id = $2',
    );
    const { id } = await world.door.customerOf(result);
    expect((await onlyHolderOf(email)).customer).toMatchObject({ id, password_hash: null, email_verified: true });
  });

  it('is left behind, when it is deleted by then, and the owner of the email gets a new customer', async () => {
    const { result, identities, email } = await signInWhile('DELETE FROM customers WHERE store_id = $1 AND id = $2');
    const { id } = await world.door.customerOf(result);
    expect((await onlyHolderOf(email)).customer).toMatchObject({ id, authentication_mechanism: 'oidc' });
    expect(identities).toBe(0);
  });
});
