import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import { givenProfile, givenRealm, givenUser, profilesPath, usersPath } from '../harness/given-realm.js';
import { addressMembers, givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { orderBody } from '../harness/two-stores.js';

/** One of each kind: terminal codes, line ends, an override that shows `gpj.exe` as `exe.jpg`, an isolate, a mark. */
const NEVER_IN_A_NAME = ['\u001b[2J', 'a\nb', 'a\tb', 'a\u0085b', 'a\u2028b', '\u202egpj.exe', '\u2067b', 'b\u200f'];
const NEVER_IN_LINES = ['\u001b[2J', 'a\u0007', 'a\u0085b', 'a\u2029b', '\u202egpj.exe', '\u2067b'];
/** Scripts that are written to the left, joiners of Persian and Indic letters and of emoji, a variant of a Japanese letter. */
const NAMES = ['قيس', 'נועה', 'می\u200cخواهم', 'क्\u200dष', '👩\u200d🚀', '葛\u{e0100}', ' Ann  B. ', '<b>"&'];
const LINES = ['1 Road\r\nUpper Town', 'רחוב 5\u200f, 2\u200e', 'a\tb', ...NAMES];

interface Place {
  readonly method: 'post' | 'put';
  readonly path: () => string;
  readonly members: () => Record<string, unknown>;
  readonly names: readonly string[];
  readonly lines?: readonly string[];
  readonly style: 'validation_failed' | 'member_invalid';
  readonly source?: string;
}

let app: TestApp;
let providers: DiscoveryServer;
let shop: Shop;
let paths: Record<
  'customer' | 'address' | 'addresses' | 'realm' | 'profiles' | 'profile' | 'users' | 'user' | 'key',
  string
>;

beforeAll(async () => {
  app = await sharedApp();
  providers = await startDiscoveryServer();
  shop = await givenShop(app, { addressLimit: 1_000 });
  const ann = await shop.customer();
  const realm = await givenRealm(shop);
  const profile = await givenProfile(shop, realm.id, providers.discoveryUrl('honest'));
  const user = await givenUser(shop, realm.id, { name: 'Bob', email: uniqueEmail() });
  const addresses = `/v2/customers/${ann.id}/addresses`;
  paths = {
    customer: `/v2/customers/${ann.id}`,
    addresses,
    address: `${addresses}/${(await shop.address(ann)).id}`,
    realm: `/v2/authentication-realms/${realm.id}`,
    profiles: profilesPath(realm.id),
    profile: `${profilesPath(realm.id)}/${profile.id}`,
    users: usersPath(realm.id),
    user: `${usersPath(realm.id)}/${user.id}`,
    key: `/v2/application-keys/${(await shop.otherKey({})).keyId}`,
  };
});
afterAll(() => providers.stop());

const ADDRESS = {
  names: ['first_name', 'last_name', 'name', 'company_name'],
  lines: ['line_1', 'line_2', 'city', 'county', 'region', 'postcode', 'country', 'phone_number', 'instructions'],
  style: 'member_invalid',
  source: 'data',
} as const;
const USER = { names: ['name', 'given_name', 'family_name', 'middle_name'], style: 'member_invalid' } as const;
const PROFILE = { names: ['name'], style: 'member_invalid' } as const;
const ONE_NAME = { names: ['name'], style: 'validation_failed' } as const;

const PLACES: Record<string, Place> = {
  'a new customer': {
    method: 'post',
    path: () => '/v2/customers',
    members: () => ({ email: uniqueEmail(), name: 'Ann' }),
    ...ONE_NAME,
  },
  'a customer': { method: 'put', path: () => paths.customer, members: () => ({}), ...ONE_NAME },
  'a new address': { method: 'post', path: () => paths.addresses, members: () => addressMembers, ...ADDRESS },
  'an address': { method: 'put', path: () => paths.address, members: () => ({ county: 'Shire' }), ...ADDRESS },
  'a realm': { method: 'put', path: () => paths.realm, members: () => ({}), ...PROFILE },
  'a new profile': {
    method: 'post',
    path: () => paths.profiles,
    members: () => ({
      name: 'IdP',
      discovery_url: providers.discoveryUrl('honest'),
      client_id: 'idp-client',
      client_secret: 'secret',
    }),
    ...PROFILE,
  },
  'a profile': { method: 'put', path: () => paths.profile, members: () => ({}), ...PROFILE },
  'a new user of a realm': {
    method: 'post',
    path: () => paths.users,
    members: () => ({ email: uniqueEmail(), name: 'Bob' }),
    ...USER,
  },
  'a user of a realm': { method: 'put', path: () => paths.user, members: () => ({}), ...USER },
  'a new key': { method: 'post', path: () => '/v2/application-keys', members: () => ({ name: 'Key' }), ...ONE_NAME },
  'a key': { method: 'put', path: () => paths.key, members: () => ({}), ...ONE_NAME },
};

async function send({ method, path, members }: Place, change: Record<string, unknown>) {
  return app.http[method](path())
    .set(await shop.service())
    .send({ data: { ...members(), ...change } });
}

/** Everything that a store keeps of the resources here, in one text. */
async function stored(): Promise<string> {
  const where = { storeId: shop.storeId };
  const { prisma } = app.database;
  return JSON.stringify([
    await prisma.customer.findMany({ where, orderBy: { id: 'asc' } }),
    await prisma.address.findMany({ where, orderBy: { id: 'asc' } }),
    await prisma.authenticationRealm.findMany({ where, orderBy: { id: 'asc' } }),
    await prisma.oidcProfile.findMany({ where, orderBy: { id: 'asc' } }),
    await prisma.authenticationUser.findMany({ where, orderBy: { customerId: 'asc' } }),
    await prisma.applicationKey.findMany({ where, orderBy: { id: 'asc' } }),
  ]);
}

describe.each(Object.entries(PLACES))('the text of %s', (_, place) => {
  const members = [...place.names, ...(place.lines ?? [])];
  const refusalOf = (member: string) =>
    ({
      validation_failed: {
        title: 'Failed Validation',
        detail: `The data.${member} may not hold control characters or changes of direction.`,
      },
      member_invalid: {
        detail: `${member} must not hold control characters or changes of direction`,
        ...(place.source === undefined ? {} : { source: place.source, title: 'invalid' }),
      },
    })[place.style];

  it('is refused with an entry of its own for each member that holds a control or a change of direction, and nothing is stored', async () => {
    const before = await stored();
    for (const member of members) {
      for (const text of place.names.includes(member) ? NEVER_IN_A_NAME : NEVER_IN_LINES) {
        expectError(await send(place, { [member]: text }), place.style, [refusalOf(member)]);
      }
    }
    const answer = await send(place, Object.fromEntries(members.map((member) => [member, 'a\u202eb'])));
    const { errors } = answer.body as { errors: { detail: string }[] };
    expect(errors.map(({ detail }) => detail).toSorted()).toEqual(
      members.map((member) => refusalOf(member).detail).toSorted(),
    );
    expect(await stored()).toBe(before);
  });

  it('is kept as it is sent otherwise, whatever its script', async () => {
    for (const member of members) {
      for (const text of place.names.includes(member) ? NAMES : LINES) {
        const answer = await send(place, { [member]: text });
        const { data } = answer.body as { data: Record<string, unknown> };
        expect([answer.status, data[member]]).toEqual([place.method === 'post' ? 201 : 200, text]);
      }
    }
  });
});

describe('an order, which mirrors what another system sold', () => {
  it('keeps every text as it is sent', async () => {
    const text = 'a\u202eb\u001b\n\u200f';
    const { data } = orderBody((await shop.customer()).id);
    const names = { first_name: text, last_name: text, company_name: text, line_1: text };
    const answer = await app.http
      .post('/v2/orders')
      .set(await shop.service())
      .send({
        data: {
          ...data,
          customer: { ...data.customer, name: text },
          contact: { name: text },
          shipping_address: names,
          billing_address: names,
          included: { items: data.included.items.map((item) => ({ ...item, name: text })) },
        },
      });

    expect(answer.status).toBe(201);
    const order = (answer.body as { data: { id: string } }).data;
    expect(order).toMatchObject({
      customer: { name: text },
      contact: { name: text },
      shipping_address: names,
      billing_address: names,
    });
    const items = await app.http.get(`/v2/orders/${order.id}/items`).set(await shop.service());
    expect((items.body as { data: { name: string }[] }).data.map(({ name }) => name)).toEqual([text]);
  });
});
