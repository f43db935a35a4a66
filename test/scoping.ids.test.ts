import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './harness/app.js';
import { DatabaseState } from './harness/database-state.js';
import { scopingTable } from './harness/scoping-table.js';
import { addressMembers, type Shop } from './harness/shop.js';
import { sampleOf } from './harness/tier/sizes.js';
import {
  type Credentials,
  givenTwoStores,
  headersOf,
  orderBody,
  type Person,
  type TwoStores,
} from './harness/two-stores.js';

type Headers = Readonly<Record<string, string>>;
/** By the name of the parameter in the template of a route. */
type Ids = Readonly<Record<string, string>>;

const COMPARED = [
  'no token',
  'implicit',
  'implicit, own customer',
  'other store, implicit, its customer',
  'other store, implicit, own customer',
  'service',
  'service, own customer',
  'other store, service',
] as const satisfies readonly Credentials[];

const SPELLINGS = [
  'x',
  'null',
  'attribute',
  '%00',
  '%',
  '%zz',
  '%ff',
  '%25',
  '%2F',
  '%F0%9F%98%80',
  "1'%20OR%20'1'='1",
  '0190a5d4111172228333abcdefabcdef',
  '0190a5d4-1111-7222-8333-abcdefabcdef0',
  'a'.repeat(3_000),
];

/** Each asked for in every path, with all credentials. */
const MALFORMED = sampleOf('malformed ids in a path', SPELLINGS, {
  take: 4,
  always: (id) => id === 'x' || id.includes('OR'),
});

let app: TestApp;
let stores: TwoStores;
let headers: Record<Credentials, Headers>;
let state: DatabaseState;

beforeAll(async () => {
  app = await startApp({ tokenSigningAlg: 'ES256' });
  stores = await givenTwoStores(app);
  headers = await headersOf(stores);
  state = await DatabaseState.of(app.database);
});
afterAll(async () => {
  await stores.providers.stop();
  await app.close();
});

const people = (): Person[] => [stores.ann, stores.bob, stores.cleo];

/** Whom these credentials let a request see, or whose place to sign in. */
function visible(route: string, credential: (typeof COMPARED)[number]): Person[] {
  const { ann, bob, cleo } = stores;
  // Open to browsers: whoever knows the ids is shown where they lead.
  if (route.includes('/oidc-idp/')) return [ann, bob, cleo];
  if (route.includes('/:realmId') && !route.includes('/user-authentication-info')) {
    return credential.startsWith('other store') ? [cleo] : [ann, bob];
  }
  if (credential === 'service') return [ann, bob];
  if (credential === 'other store, service' || credential === 'other store, implicit, its customer') return [cleo];
  return credential.endsWith(', own customer') && !credential.startsWith('other store') ? [ann] : [];
}

function idsOf(person: Person): Ids {
  return {
    customerId: person.customer.id,
    addressId: person.address.id,
    orderId: person.order.id,
    storeId: person.storeId,
    realmId: person.realm.id,
    profileId: person.profile.id,
    userId: person.user.id,
    infoId: person.identity.id,
    keyId: person.keys.at(-1)?.id ?? '',
  };
}

/** The same text for every id. */
function idsOfNobody(id: string): Ids {
  return Object.fromEntries(Object.keys(idsOf(stores.ann)).map((name) => [name, id]));
}

/** Everything of an answer but what differs from request to request: bytes, not meaning. */
async function bytesOf(route: string, ids: Ids, sent: Headers): Promise<string> {
  const [method = '', template = ''] = route.split(' ');
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? '');
  const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
  const body = scopingTable[route]?.body?.(stores.ann, stores);
  const request = app.http[verb](path).set(sent);
  const answer = await (body === undefined ? request : request.send(body));
  const { 'x-request-id': requestId = '', date: _date, ...stable } = answer.headers as Record<string, string>;
  expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
  return `${answer.status} ${JSON.stringify(stable)} ${answer.text.replaceAll(requestId, '<request id>')}`;
}

async function expectOneAnswer(route: string, spellings: readonly Ids[], credential: Credentials): Promise<string> {
  const answers = new Map<string, Ids>();
  for (const ids of spellings) answers.set(await bytesOf(route, ids, headers[credential]), ids);
  expect([...answers.keys()]).toHaveLength(1);
  return [...answers.keys()].join();
}

/** But the login, whose answer quotes what was wrong: it has a test of its own. */
const routesWithIds = Object.keys(scopingTable).filter(
  (route) => route.includes('/:') && !route.includes('/oidc-idp/login/'),
);

describe.each(routesWithIds)('%s', (route) => {
  it('answers a foreign, an unknown and a malformed id alike, byte for byte, and touches no table', async () => {
    const before = await state.checksums();
    for (const credential of COMPARED) {
      const unseen = people().filter((person) => !visible(route, credential).includes(person));
      const nobody = [...MALFORMED, randomUUID(), randomUUID().toUpperCase()].map(idsOfNobody);
      await expectOneAnswer(route, [...unseen.map(idsOf), ...nobody], credential);
    }
    expect(await state.checksums()).toEqual(before);
  });
});

describe('below a customer who may be seen', () => {
  const belowCustomers = routesWithIds.filter(
    (route) => route.includes('/:customerId') && route.includes('/:addressId'),
  );

  it.each(belowCustomers)("%s answers another customer's address as an unknown one", async (route) => {
    const { ann, bob, cleo } = stores;
    const before = await state.checksums();
    for (const credential of ['implicit, own customer', 'service, own customer', 'service'] as const) {
      const ids = [bob.address.id, cleo.address.id, ann.order.id, ann.customer.id, randomUUID(), ...MALFORMED];
      const answer = await expectOneAnswer(
        route,
        ids.map((addressId) => ({ customerId: ann.customer.id, addressId })),
        credential,
      );
      expect(answer).toContain('"code":"address_not_found"');
    }
    expect(await state.checksums()).toEqual(before);
  });

  it.each(belowCustomers)(
    "%s answers the own address below another customer as that customer's path",
    async (route) => {
      const { ann, bob, cleo } = stores;
      const customers = [bob.customer.id, cleo.customer.id, randomUUID(), ...MALFORMED];
      const below = customers.map((customerId) => ({ customerId, addressId: ann.address.id }));
      expect(await expectOneAnswer(route, below, 'implicit, own customer')).toContain('"code":"customer_forbidden"');
      // To a service of the store, Bob is somebody, who does not have this address.
      const [toBob, ...toNobody] = below;
      expect(await expectOneAnswer(route, toNobody, 'service')).toContain('"code":"customer_not_found"');
      expect(await bytesOf(route, toBob ?? {}, headers.service)).toContain('"code":"address_not_found"');
    },
  );
});

describe('ids that are in use in both stores', () => {
  const id = randomUUID();
  let here: Headers;
  let there: Headers;

  async function givenTwin(shop: Shop, name: string): Promise<Headers> {
    const service = await shop.service();
    const post = (path: string, data: object) => app.http.post(path).set(service).send({ data }).expect(201);
    await post('/v2/customers', { id, name, email: 'twin@example.test' });
    await post(`/v2/customers/${id}/addresses`, { ...addressMembers, id, name });
    await post('/v2/orders', { ...orderBody(id).data, id, order_number: name });
    return service;
  }

  beforeAll(async () => {
    here = await givenTwin(stores.shop, 'Here');
    there = await givenTwin(stores.otherShop, 'There');
  });

  it('lead each store to its own', async () => {
    const members = [
      [`/v2/customers/${id}`, 'name'],
      [`/v2/customers/${id}/addresses/${id}`, 'name'],
      [`/v2/addresses/${id}`, 'name'],
      [`/v2/orders/${id}`, 'order_number'],
    ] as const;
    for (const [path, member] of members) {
      expect((await app.http.get(path).set(here)).body).toMatchObject({ data: { id, [member]: 'Here' } });
      expect((await app.http.get(path).set(there)).body).toMatchObject({ data: { id, [member]: 'There' } });
    }
  });

  it('let each store change and remove its own only', async () => {
    const before = await Promise.all(
      [`/v2/customers/${id}`, `/v2/addresses/${id}`, `/v2/orders/${id}?include=items`].map(async (path) => {
        return { path, body: (await app.http.get(path).set(there)).body as unknown };
      }),
    );
    const address = `/v2/customers/${id}/addresses/${id}`;
    const change = { data: { name: 'Changed' } };
    expect((await app.http.put(`/v2/customers/${id}`).set(here).send(change)).status).toBe(200);
    expect((await app.http.put(address).set(here).send(change)).status).toBe(200);
    expect((await app.http.delete(address).set(here)).status).toBe(204);
    expect((await app.http.delete(`/v2/orders/${id}`).set(here)).status).toBe(204);
    expect((await app.http.delete(`/v2/customers/${id}`).set(here)).status).toBe(204);
    for (const { path, body } of before) {
      expect((await app.http.get(path).set(here)).status).toBe(404);
      expect((await app.http.get(path).set(there)).body).toEqual(body);
    }
  });
});
