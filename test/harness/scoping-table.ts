import { expect } from 'vitest';
import { bareAddress } from '../addresses/address-book.js';
import {
  belowCustomer,
  byId,
  everywhere,
  forServices,
  listOf,
  ok,
  page,
  refused,
  type ScopingEntry,
  unscoped,
  wrote,
} from './scoping-answers.js';
import { interfaceDocument } from './interface/document.js';
import { attributeEntries } from './scoping-attributes.js';
import { keyEntries } from './scoping-keys.js';
import { orderEntries } from './scoping-orders.js';
import { realmEntries } from './scoping-realms.js';
import { addressMembers } from './shop.js';
import { orderBody, type Person } from './two-stores.js';
import { signOnEntries } from './scoping-sign-on.js';
import { userEntries } from './scoping-users.js';

const text: unknown = expect.any(String);
const seconds: unknown = expect.any(Number);
const times = { timestamps: { created_at: text, updated_at: text } };

const customerPath = ({ customer }: Person) => `/v2/customers/${customer.id}`;
const addressesPath = (person: Person) => `${customerPath(person)}/addresses`;
const addressPath = (person: Person) => `${addressesPath(person)}/${person.address.id}`;
const orderPath = ({ order }: Person) => `/v2/orders/${order.id}`;

const live = everywhere(ok(() => ({ status: 'ok' })));

const newcomer = { name: 'Newcomer', email: 'newcomer@example.test' };
const registered = wrote(201, ['customers'], () => ({
  data: {
    ...newcomer,
    id: text,
    type: 'customer',
    password: false,
    external_ref: null,
    authentication_mechanism: 'password',
    email_verified: false,
    meta: times,
  },
}));

const loggedIn = wrote(200, ['customer_tokens'], ({ ann }) => ({
  data: { type: 'token', id: text, customer_id: ann.customer.id, token: text, expires: seconds },
}));

const addressAdded = wrote(201, ['addresses'], ({ ann }) => ({
  data: {
    ...bareAddress,
    id: text,
    links: { self: expect.stringMatching(/^https:\/\/id\.shop\.example\/v2\/addresses\/[0-9a-f-]{36}$/) as unknown },
    meta: times,
    relationships: { customer: { data: { type: 'customer', id: ann.customer.id } } },
  },
}));

const orderAdded = wrote(201, ['order_items', 'orders'], ({ ann: { order, items } }) => ({
  data: {
    ...order,
    id: text,
    meta: { ...order.meta, ...times },
    relationships: { ...order.relationships, items: { data: [{ type: 'item', id: text }] } },
  },
  included: { items: items.map((item) => ({ ...item, id: text, meta: { ...item.meta, ...times } })) },
}));

function settings(storeId: string, page_length: number) {
  const chosen = { registration: 'open', require_current_password: false, page_length, address_limit: 25 };
  return { data: { id: storeId, type: 'store-settings', ...chosen } };
}

const publicBase = 'https://id.shop.example';
const metadata = {
  issuer: publicBase,
  jwks_uri: `${publicBase}/.well-known/jwks.json`,
  token_endpoint: `${publicBase}/oauth/access_token`,
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  grant_types_supported: ['client_credentials', 'implicit'],
  response_types_supported: [],
  introspection_endpoint: `${publicBase}/oauth/introspect`,
  introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
};
const keySet = { keys: [{ kty: 'EC', crv: 'P-256', x: text, y: text, kid: text, alg: 'ES256', use: 'sig' }] };
const openidMembers = { subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'] };

/** Every route by `METHOD template`; HEAD stands with GET. A route that is not here fails the test. */
export const scopingTable: Readonly<Record<string, ScopingEntry>> = {
  'OPTIONS *': { path: customerPath, answers: everywhere({ status: 204 }) },
  'GET /health/live': { path: () => '/health/live', answers: live },
  'GET /health/ready': { path: () => '/health/ready', answers: live },
  'GET /.well-known/jwks.json': {
    path: () => '/.well-known/jwks.json',
    answers: everywhere(ok(() => keySet)),
  },
  'GET /.well-known/oauth-authorization-server': {
    path: () => '/.well-known/oauth-authorization-server',
    answers: everywhere(ok(() => metadata)),
  },
  'GET /.well-known/openid-configuration': {
    path: () => '/.well-known/openid-configuration',
    answers: everywhere(ok(() => ({ ...metadata, ...openidMembers }))),
  },

  'GET /openapi.json': {
    path: () => '/openapi.json',
    answers: everywhere(ok(() => ({ ...interfaceDocument, servers: [{ url: publicBase }] }))),
  },
  // Pages and scripts for people: text that the client does not parse.
  'GET /docs': { path: () => '/docs', answers: everywhere(ok(() => ({}))) },
  'GET /docs/start.js': { path: () => '/docs/start.js', answers: everywhere(ok(() => ({}))) },
  'GET /docs/swagger-ui-bundle.js': { path: () => '/docs/swagger-ui-bundle.js', answers: everywhere(ok(() => ({}))) },
  'GET /docs/swagger-ui.css': { path: () => '/docs/swagger-ui.css', answers: everywhere(ok(() => ({}))) },
  'GET /docs/favicon-32x32.png': {
    path: () => '/docs/favicon-32x32.png',
    answers: everywhere(ok(() => expect.any(Buffer) as unknown)),
  },

  // Their own credentials decide; a bearer is no client authentication.
  'POST /oauth/access_token': {
    path: () => '/oauth/access_token',
    form: true,
    body: (_, { shop }) => ({ grant_type: 'implicit', client_id: shop.key.clientId }),
    answers: everywhere(
      ok(() => ({
        access_token: text,
        token_type: 'Bearer',
        identifier: 'implicit',
        expires: seconds,
        expires_in: 3_600,
      })),
    ),
  },
  'POST /oauth/introspect': {
    path: () => '/oauth/introspect',
    form: true,
    body: (_, { shop, cleo }) => ({
      client_id: shop.key.clientId,
      client_secret: shop.key.clientSecret,
      token: cleo.token,
    }),
    answers: everywhere(ok(() => ({ active: false }))),
  },

  'GET /v2/settings/store': {
    path: () => '/v2/settings/store',
    answers: unscoped({
      implicit: refused('forbidden'),
      foreignImplicit: refused('forbidden'),
      service: ok(({ shop }) => settings(shop.storeId, 25)),
      foreignService: ok(({ otherShop }) => settings(otherShop.storeId, 25)),
    }),
  },
  'PUT /v2/settings/store': {
    path: () => '/v2/settings/store',
    body: () => ({ data: { page_length: 26 } }),
    answers: unscoped({
      implicit: refused('forbidden'),
      foreignImplicit: refused('forbidden'),
      service: wrote(200, ['stores'], ({ shop }) => settings(shop.storeId, 26)),
      foreignService: wrote(200, ['stores'], ({ otherShop }) => settings(otherShop.storeId, 26)),
    }),
  },

  ...keyEntries,
  ...realmEntries,
  ...userEntries,
  ...signOnEntries,

  'POST /v2/customers': {
    path: () => '/v2/customers',
    body: () => ({ data: newcomer }),
    answers: unscoped({
      implicit: registered,
      foreignImplicit: registered,
      service: registered,
      foreignService: registered,
    }),
  },
  'POST /v2/customers/tokens': {
    path: () => '/v2/customers/tokens',
    body: ({ customer: { email, password } }) => ({ data: { type: 'token', email, password } }),
    answers: unscoped({
      implicit: loggedIn,
      service: loggedIn,
      // Cleo has the same email there, and a password of her own.
      foreignImplicit: refused('credentials_invalid'),
      foreignService: refused('credentials_invalid'),
    }),
  },
  'GET /v2/customers': {
    path: () => '/v2/customers',
    answers: listOf('/v2/customers', ({ resource }) => resource),
  },
  'GET /v2/customers/:customerId': {
    path: customerPath,
    answers: belowCustomer(ok(({ ann }) => ({ data: ann.resource }))),
  },
  'PUT /v2/customers/:customerId': {
    path: customerPath,
    body: () => ({ data: { name: 'Changed' } }),
    answers: belowCustomer(
      wrote(200, ['customers'], ({ ann }) => ({ data: { ...ann.resource, name: 'Changed', meta: times } })),
    ),
  },
  'DELETE /v2/customers/:customerId': {
    path: customerPath,
    answers: belowCustomer(
      wrote(204, ['addresses', 'authentication_users', 'customer_tokens', 'customers', 'identities', 'orders']),
    ),
  },

  'GET /v2/customers/:customerId/addresses': {
    path: addressesPath,
    answers: belowCustomer(ok(({ ann }) => page(addressesPath(ann), [ann.address]))),
  },
  'POST /v2/customers/:customerId/addresses': {
    path: addressesPath,
    body: () => ({ data: addressMembers }),
    answers: belowCustomer(addressAdded),
  },
  'GET /v2/customers/:customerId/addresses/:addressId': {
    path: addressPath,
    answers: belowCustomer(ok(({ ann }) => ({ data: ann.address }))),
  },
  'PUT /v2/customers/:customerId/addresses/:addressId': {
    path: addressPath,
    body: () => ({ data: { name: 'Changed' } }),
    answers: belowCustomer(
      wrote(200, ['addresses'], ({ ann }) => ({ data: { ...ann.address, name: 'Changed', meta: times } })),
    ),
  },
  'DELETE /v2/customers/:customerId/addresses/:addressId': {
    path: addressPath,
    answers: belowCustomer(wrote(204, ['addresses'])),
  },
  'GET /v2/addresses/:addressId': {
    path: ({ address }) => `/v2/addresses/${address.id}`,
    answers: byId(
      ok(({ ann }) => ({ data: ann.address })),
      'address_not_found',
    ),
  },

  ...attributeEntries,
  ...orderEntries,
  'GET /v2/orders': {
    path: () => '/v2/orders?include=items',
    answers: listOf(
      '/v2/orders?include=items',
      ({ order }) => order,
      (people) => ({ included: { items: people.flatMap(({ items }) => items) } }),
    ),
  },
  'POST /v2/orders': {
    path: () => '/v2/orders',
    body: ({ customer }) => orderBody(customer.id),
    // To a service of the other store, Ann is nobody.
    answers: forServices(orderAdded, refused('validation_failed', 'The selected data.customer.id is invalid.')),
  },
  'GET /v2/orders/:orderId': {
    path: orderPath,
    answers: byId(
      ok(({ ann }) => ({ data: ann.order })),
      'order_not_found',
    ),
  },
  'GET /v2/orders/:orderId/items': {
    path: (person) => `${orderPath(person)}/items`,
    answers: byId(
      ok(({ ann }) => ({ data: ann.items })),
      'order_not_found',
    ),
  },
  'DELETE /v2/orders/:orderId': {
    path: orderPath,
    answers: forServices(wrote(204, ['order_items', 'orders']), refused('order_not_found')),
  },
};
