import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from './harness/app.js';
import { identitiesPath, profilesPath, usersPath } from './harness/given-realm.js';
import { LinkingWorld } from './harness/linking-world.js';
import { addressMembers, type Shop, uniqueEmail } from './harness/shop.js';
import { itemMembers } from './orders/given-order.js';

const guide = readFileSync(new URL('../docs/moving-from-elastic-path.md', import.meta.url), 'utf8').replaceAll(
  /\s+/g,
  ' ',
);

let app: TestApp;
let world: LinkingWorld;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  world = await LinkingWorld.open(app, { policy: 'allowed', unproven: 'refuse', trust: 'claim' });
  shop = world.shop;
});
afterAll(() => world.close());

async function post(path: string, data: object): Promise<{ status: number; data: Record<string, unknown> }> {
  const answer = await app.http.post(path).set(world.service).send({ data });
  const { data: resource = {} } = answer.body as { data?: Record<string, unknown> };
  return { status: answer.status, data: resource };
}

async function load(email: string, members: object = {}): Promise<string> {
  const id = newId();
  const answer = await post('/v2/customers', { type: 'customer', id, name: 'First', email, ...members });
  expect([answer.status, answer.data['id']]).toEqual([201, id]);
  return id;
}

describe('a load by the guide for moving', () => {
  it('a second time is 409 for all that is there, but for OIDC profiles, of which it makes others', async () => {
    const [email, id, orderId] = [uniqueEmail(), newId(), newId()];
    const { provider, signIn } = world.door;
    const identity = { issuer: provider.issuer, subject: id, oidc_profile_id: signIn.profileId };
    const profile = { name: 'A', discovery_url: `${provider.issuer}/.well-known/openid-configuration`, client_id: 'a' };
    const steps: [string, object][] = [
      ['/v2/customers', { type: 'customer', id, name: 'First', email }],
      [`/v2/customers/${id}/addresses`, { ...addressMembers, id: newId() }],
      ['/v2/orders', { type: 'order', id: orderId, customer: { id }, included: { items: [itemMembers({})] } }],
      [usersPath(world.realmId), { name: 'First', email }],
      [identitiesPath(world.realmId, id), identity],
      [profilesPath(world.realmId), { ...profile, client_secret: 'a secret of the provider' }],
    ];
    const statuses = { first: [] as number[], second: [] as number[] };
    for (const run of ['first', 'second'] as const) {
      for (const [path, data] of steps) statuses[run].push((await post(path, data)).status);
    }

    expect(statuses).toEqual({ first: [201, 201, 201, 201, 201, 201], second: [409, 409, 409, 409, 409, 201] });
    expect(guide).toContain('a second `POST` makes a second one');
  });

  it('tells an email that somebody else has by the same 409, and the id that is not there by 404', async () => {
    const [email, id] = [uniqueEmail(), newId()];
    await load(email);
    expect((await post('/v2/customers', { type: 'customer', id, name: 'Second', email })).status).toBe(409);
    await app.http.get(`/v2/customers/${id}`).set(world.service).expect(404);
  });

  it('keeps members of the store’s own: numbers up to 2^53 − 1, larger ones as text, fractions in double precision', async () => {
    const create = (members: string) =>
      app.http
        .post('/v2/customers')
        .set({ ...world.service, 'content-type': 'application/json' })
        .send(`{"data":{"type":"customer","name":"Ann","email":"${uniqueEmail()}",${members}}}`);
    await create('"points":9007199254740992').expect(422);
    const answer = await create('"points":9007199254740991,"card":"9007199254740993","rate":0.12345678901234567890');
    expect(answer.status).toBe(201);
    expect((answer.body as { data: object }).data).toMatchObject({
      points: Number.MAX_SAFE_INTEGER,
      card: '9007199254740993',
      rate: 0.12345678901234568,
    });
    expect(guide).toContain(`${Number.MAX_SAFE_INTEGER} (2^53 − 1)`);
  });

  it('never changes whose order it is', async () => {
    const [one, other] = [await load(uniqueEmail()), await load(uniqueEmail())];
    const order = { type: 'order', id: newId(), customer: { id: one }, included: { items: [itemMembers({})] } };
    expect((await post('/v2/orders', order)).status).toBe(201);
    const change = { data: { customer: { id: other } } };
    await app.http.put(`/v2/orders/${order.id}`).set(world.service).send(change).expect(422);
  });
});

describe('of customers who share an email, by the guide', () => {
  /** What the provider says of the one who logs in by single sign-on. */
  const other = (email: string) => ({ sub: `other ${email}`, email, email_verified: true, name: 'Second' });

  it('a user with that email is the first one, so that an identity linked there opens the first one’s account', async () => {
    const email = uniqueEmail();
    const first = await load(email);
    const user = await post(usersPath(world.realmId), { name: 'Second', email });
    expect([user.status, user.data['id']]).toEqual([201, first]);

    const { provider, signIn } = world.door;
    const identity = { issuer: provider.issuer, subject: other(email).sub, oidc_profile_id: signIn.profileId };
    await post(identitiesPath(world.realmId, first), identity);
    const entered = await world.door.customerOf(await world.door.enter(other(email)));
    expect(entered.id).toBe(first);
  });

  it('with `allowed` the other one becomes a customer of their own at the first login, whose new id takes what was held back', async () => {
    const email = uniqueEmail();
    const first = await load(email, { password: 'correct horse battery' });
    await world.furnish(first);
    const { id } = await world.door.customerOf(await world.door.enter(other(email)));
    await world.furnish(id);

    const holders = await world.holdersOf(email);
    expect(holders.map(({ customer, identities }) => [customer.id, identities.map(({ subject }) => subject)])).toEqual([
      [first, []],
      [id, [other(email).sub]],
    ]);
    expect(holders.map(({ addresses, orders }) => [addresses.length, orders.length])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const { token } = await shop.login({ email, password: 'correct horse battery' });
    expect(await world.readsProfile(first, token)).toBe(200);

    const users = await app.http
      .get(usersPath(world.realmId))
      .query({ filter: `eq(email,${email})` })
      .set(world.service);
    expect((users.body as { data: object[] }).data).toEqual([expect.objectContaining({ id })]);
    const identities = await app.http.get(identitiesPath(world.realmId, id)).set(world.service);
    const named = { issuer: world.door.provider.issuer, subject: other(email).sub };
    expect((identities.body as { data: object[] }).data).toEqual([expect.objectContaining(named)]);
    expect((await post(usersPath(world.realmId), { name: 'Second', email })).status).toBe(409);
  });

  it.each([
    ['is refused', 'refuse', false],
    ['becomes the first one, whose email is proven', 'refuse', true],
    ['becomes the first one, where unproven emails are reset', 'reset', false],
  ] as const)('with `api_only` the other one %s', async (_, unproven_email, email_verified) => {
    await world.setRealm({ duplicate_email_policy: 'api_only', unproven_email });
    try {
      const email = uniqueEmail();
      const first = await load(email, { email_verified });
      const result = await world.door.enter(other(email));
      if (unproven_email === 'refuse' && !email_verified) {
        expect(result.parameters['error_description']).toBe('account_exists');
      } else expect((await world.door.customerOf(result)).id).toBe(first);
    } finally {
      await world.setRealm({ duplicate_email_policy: 'allowed', unproven_email: 'refuse' });
    }
  });
});
