import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../../src/http/route-table.js';
import type { OidcProfileResource } from '../../src/realms/oidc-profiles.contract.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { type DiscoveryServer, startDiscoveryServer } from '../harness/discovery-server.js';
import { expectError } from '../harness/error-answers.js';
import { givenIdentity, givenProfile, givenRealm, givenUser } from '../harness/given-realm.js';
import { addressMembers, givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';
import { orderBody } from '../harness/two-stores.js';

/**
 * What each token may do, as the documentation of the interface has it and its clients rely on. This table is written from that
 * documentation and imports nothing of what the service declares: one that was changed by mistake shows here.
 */
const COLUMNS = [
  'implicit',
  'implicit + the customer',
  'implicit + another customer',
  'client_credentials',
  'client_credentials + the customer',
] as const;
type Column = (typeof COLUMNS)[number];

/**
 * In the order of the columns. A number is the status of success; `own` is the status of success with what belongs to the
 * customer of the token alone; `no` is 403 `forbidden`; `other` is the answer about what belongs to somebody else.
 */
type Cell = number | 'no' | 'other';
type Row = readonly [Cell, Cell, Cell, Cell, Cell];

const everybody = (status: number): Row => [status, status, status, status, status];
/** Customers and their addresses: their own, or everybody's with client credentials. */
const own = (status: number): Row => ['no', status, 'other', status, status];
/** With client credentials only. A customer token narrows them, whatever the grant is. */
const services = (status: number): Row => ['no', 'no', 'no', status, 'no'];
/** The same where the customer token is never looked at. */
const blindServices = (status: number): Row => ['no', 'no', 'no', status, status];

const TABLE: Readonly<Record<string, Row>> = {
  'POST /v2/customers': everybody(201),
  'POST /v2/customers/tokens': everybody(200),
  // With a customer token: the list of the one.
  'GET /v2/customers': ['no', 200, 200, 200, 200],
  'GET /v2/customers/:customerId': own(200),
  'PUT /v2/customers/:customerId': own(200),
  'DELETE /v2/customers/:customerId': own(204),
  'GET /v2/customers/:customerId/addresses': own(200),
  'POST /v2/customers/:customerId/addresses': own(201),
  'GET /v2/customers/:customerId/addresses/:addressId': own(200),
  'PUT /v2/customers/:customerId/addresses/:addressId': own(200),
  'DELETE /v2/customers/:customerId/addresses/:addressId': own(204),
  'GET /v2/addresses/:addressId': own(200),
  'GET /v2/orders': ['no', 200, 200, 200, 200],
  'GET /v2/orders/:orderId': own(200),
  'GET /v2/orders/:orderId/items': own(200),
  'POST /v2/orders': services(201),
  'PUT /v2/orders/:orderId': services(200),
  'DELETE /v2/orders/:orderId': services(204),
  'POST /v2/orders/anonymize': services(200),
  'GET /v2/authentication-realms': everybody(200),
  'GET /v2/authentication-realms/:realmId': everybody(200),
  'PUT /v2/authentication-realms/:realmId': blindServices(200),
  'GET /v2/authentication-realms/:realmId/oidc-profiles': everybody(200),
  'GET /v2/authentication-realms/:realmId/oidc-profiles/:profileId': everybody(200),
  'POST /v2/authentication-realms/:realmId/oidc-profiles': blindServices(201),
  'PUT /v2/authentication-realms/:realmId/oidc-profiles/:profileId': blindServices(200),
  'DELETE /v2/authentication-realms/:realmId/oidc-profiles/:profileId': blindServices(204),
  'GET /v2/settings/customer-authentication': everybody(200),
  'GET /v2/authentication-realms/:realmId/user-authentication-info': services(200),
  'POST /v2/authentication-realms/:realmId/user-authentication-info': services(201),
  'GET /v2/authentication-realms/:realmId/user-authentication-info/:userId': services(200),
  'PUT /v2/authentication-realms/:realmId/user-authentication-info/:userId': services(200),
  'DELETE /v2/authentication-realms/:realmId/user-authentication-info/:userId': services(204),
  'GET /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info':
    services(200),
  'POST /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info':
    services(201),
  'GET /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info/:infoId':
    services(200),
  'PUT /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info/:infoId':
    services(200),
  'DELETE /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info/:infoId':
    services(204),
  // Of this service alone.
  'GET /v2/settings/store': blindServices(200),
  'PUT /v2/settings/store': blindServices(200),
  'GET /v2/application-keys': services(200),
  'POST /v2/application-keys': services(201),
  'GET /v2/application-keys/:keyId': services(200),
  'PUT /v2/application-keys/:keyId': services(200),
  'POST /v2/application-keys/:keyId/rotate': services(200),
  'DELETE /v2/application-keys/:keyId': services(204),
};

/** Lists of members that name nobody, for whoever may read the resource. */
const DESCRIPTIONS = /\/attributes$/;

/** Not served: they belong to other services, and are answered like any path that is not there, whoever asks. */
const NOT_SERVED = [
  'POST /v2/orders/:orderId/payments',
  'POST /v2/orders/:orderId/transactions/:orderId/confirm',
  'GET /v2/orders/:orderId/transactions',
  'GET /v2/authentication-realms/:realmId/password-profiles',
  'POST /v2/authentication-realms/:realmId/password-profiles/:profileId/one-time-password-token-request',
];

let app: TestApp;
let shop: Shop;
let providers: DiscoveryServer;
let realmId: string;
let headers: Record<'implicit' | 'service', Record<string, string>>;
let other: TestCustomer;
let otherToken: string;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  providers = await startDiscoveryServer();
  realmId = (await givenRealm(shop)).id;
  headers = { implicit: await shop.implicit(), service: await shop.service() };
  other = await shop.customer({ name: 'Bob' });
  otherToken = (await shop.login(other)).token;
});
afterAll(() => providers.stop());

/** What a request is about: each cell has its own, since some requests are the end of it. */
interface Target {
  readonly customer: TestCustomer;
  readonly token: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly profile: OidcProfileResource;
}

let untouched: Promise<Target> | undefined;

/** What is only looked at, or refused, can be asked about again and again. */
function sharedTarget(): Promise<Target> {
  untouched ??= givenTarget('/:userId');
  return untouched;
}

async function givenTarget(route: string): Promise<Target> {
  const customer = await shop.customer();
  const { token } = await shop.login(customer);
  const address = await shop.address(customer);
  const order = await app.http.post('/v2/orders').set(headers.service).send(orderBody(customer.id)).expect(201);
  const profile = await givenProfile(shop, realmId, providers.discoveryUrl('honest'));
  const ids: Record<string, string> = {
    customerId: customer.id,
    addressId: address.id,
    orderId: (order.body as { data: { id: string } }).data.id,
    realmId,
    profileId: profile.id,
    keyId: (await shop.otherKey({ grants: ['implicit'], permissions: [] })).keyId,
  };
  if (route.includes('/:userId')) {
    const user = await givenUser(shop, realmId, customer);
    const members = { subject: customer.id, oidc_profile_id: profile.id };
    ids['userId'] = user.id;
    ids['infoId'] = (await givenIdentity(shop, realmId, user.id, members)).id;
  }
  if (route.includes('/anonymize')) {
    await app.database.prisma.order.updateMany({
      where: { storeId: shop.storeId, id: ids['orderId'] ?? '' },
      data: { status: 'cancelled' },
    });
  }
  return { customer, token, ids, profile };
}

/** Bodies that change something and are right. */
const BODIES: Readonly<Record<string, (target: Target) => object>> = {
  'POST /v2/customers': () => ({ name: 'New', email: uniqueEmail() }),
  'POST /v2/customers/tokens': ({ customer: { email, password } }) => ({ type: 'token', email, password }),
  'POST /v2/customers/:customerId/addresses': () => addressMembers,
  'POST /v2/orders': ({ customer }) => orderBody(customer.id).data,
  'POST /v2/orders/anonymize': ({ ids }) => ({ order_ids: [ids['orderId']] }),
  'PUT /v2/orders/:orderId': () => ({ order_number: '1042' }),
  'POST /v2/authentication-realms/:realmId/oidc-profiles': () => ({
    name: 'New',
    discovery_url: providers.discoveryUrl('another'),
    client_id: 'client',
    client_secret: 'a secret',
  }),
  'POST /v2/authentication-realms/:realmId/user-authentication-info': ({ customer: { name, email } }) => ({
    name,
    email,
  }),
  'POST /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info': ({
    profile,
  }) => ({ subject: randomUUID(), oidc_profile_id: profile.id }),
  'PUT /v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info/:infoId':
    ({ profile }) => ({ subject: randomUUID(), oidc_profile_id: profile.id }),
  'POST /v2/application-keys': () => ({ name: 'New', preset: 'orders' }),
  'POST /v2/application-keys/:keyId/rotate': () => ({ overlap_seconds: 0 }),
};

function credentialsOf(column: Column, { token }: Target): Record<string, string> {
  const bearer = column.startsWith('implicit') ? headers.implicit : headers.service;
  if (column.endsWith('+ the customer')) return { ...bearer, 'x-moltin-customer-token': token };
  if (column.endsWith('+ another customer')) return { ...bearer, 'x-moltin-customer-token': otherToken };
  return bearer;
}

async function send(route: string, column: Column, target: Target) {
  const [method = '', template = ''] = route.split(' ');
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => target.ids[name] ?? '');
  const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
  const request = app.http[verb](path).set(credentialsOf(column, target));
  if (verb === 'get' || verb === 'delete') return request;
  return request.send({ data: BODIES[route]?.(target) ?? {} });
}

/** Below a customer it is said that this is another one; what has an id of its own is just not there. */
function codeAboutOthers(route: string) {
  if (route.includes('/:customerId')) return 'customer_forbidden';
  return route.includes('/:orderId') ? 'order_not_found' : 'address_not_found';
}

describe.each(Object.entries(TABLE))('%s', (route, row) => {
  it.each(COLUMNS.map((column, at) => [column, row[at] ?? 'no'] as const))('with %s: %s', async (column, cell) => {
    const changesNothing = route.startsWith('GET ') || typeof cell === 'string';
    const target = await (changesNothing ? sharedTarget() : givenTarget(route));
    const answer = await send(route, column, target);
    if (cell === 'no') return expectError(answer, 'forbidden');
    if (cell === 'other') return expectError(answer, codeAboutOthers(route));
    expect(answer.status, answer.text).toBe(cell);
    if (route !== 'GET /v2/customers' && route !== 'GET /v2/orders') return;
    const { data } = answer.body as { data: { id: string }[] };
    const ids = data.map(({ id }) => id);
    const id = route === 'GET /v2/customers' ? target.customer.id : target.ids['orderId'];
    if (column.endsWith('+ the customer')) expect(ids).toEqual([id]);
    else if (column.endsWith('+ another customer'))
      expect(ids).toEqual(route === 'GET /v2/customers' ? [other.id] : []);
    else expect(ids).toContain(id);
  });
});

describe('the table', () => {
  it('has a row for every route that wants an access token, but for those that describe members', () => {
    const routes = registeredRoutes(app.nest.getHttpAdapter().getInstance())
      .filter(({ method, url }) => !['HEAD', 'OPTIONS'].includes(method) && url.startsWith('/v2/'))
      .map(({ method, url }) => `${method} ${url}`)
      .filter((route) => !DESCRIPTIONS.test(route));
    expect([...new Set(routes)].toSorted(byText)).toEqual(Object.keys(TABLE).toSorted(byText));
  });

  it.each(NOT_SERVED)('is silent on %s, which is not served: 404 with every token', async (route) => {
    const target = await givenTarget(route);
    for (const column of COLUMNS) expectError(await send(route, column, target), 'route_not_found');
  });

  it('is silent on writing how customers authenticate: 405 with every token', async () => {
    const target = await givenTarget('');
    for (const column of COLUMNS) {
      expectError(await send('PUT /v2/settings/customer-authentication', column, target), 'method_not_allowed');
    }
  });
});

const byText = (left: string, right: string) => (left < right ? -1 : Number(left > right));
