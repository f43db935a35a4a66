import { randomUUID } from 'node:crypto';
import { uniqueEmail } from '../shop.js';
import { orderBody, REDIRECT_URI } from '../two-stores.js';
import type { World } from './world.js';

type Data = Record<string, unknown>;

/**
 * What a schema says in words only, or what depends on what is stored: prices of one currency, ids of things that exist, emails
 * that nobody has. Everything else of a body stays as it was made.
 */
const settlers: Readonly<Record<string, (data: Data, world: World) => Promise<Data> | Data>> = {
  createCustomer: (data) => ({ ...data, email: uniqueEmail() }),
  updateCustomer: (data) =>
    without({ ...data, ...('email' in data ? { email: uniqueEmail() } : {}) }, 'current_password'),
  createCustomerToken: (data, { owner: { email, password } }) =>
    data['authentication_mechanism'] === 'oidc' ? { email, password } : { ...data, email, password },
  // Two spellings that differ are refused.
  createAddress: (data) => (data['postcode'] ? without(data, 'post_code') : data),
  updateAddress: (data) => ({ ...data, county: 'Shire' }),
  createOrder: (data, { owner }) => ({ ...settledOrder(data), customer: { id: owner.id } }),
  updateOrder: (data) => settledOrder(data),
  // Later sign-ins come back there.
  updateAuthenticationRealm: (data) =>
    Array.isArray(data['redirect_uris']) ? { ...data, redirect_uris: [...data['redirect_uris'], REDIRECT_URI] } : data,
  anonymizeOrders: async (_, world) => ({ order_ids: [await world.order()] }),
  createApplicationKey: (data) => ('preset' in data ? without(data, 'grants', 'permissions') : data),
  createOidcProfile: (data, { providers }) => ({ ...data, discovery_url: providers.discoveryUrl('honest') }),
  updateOidcProfile: (data, { profile }) =>
    'discovery_url' in data ? { ...data, discovery_url: profile.discovery_url } : data,
  createUserAuthenticationInfo: (data) => ({ ...data, email: uniqueEmail() }),
  updateUserAuthenticationInfo: (data) => ({ ...data, ...('email' in data ? { email: uniqueEmail() } : {}) }),
  createUserAuthenticationOidcProfileInfo: (data, { profile }) => ({
    ...without(data, 'issuer'),
    subject: randomUUID(),
    oidc_profile_id: profile.id,
  }),
  updateUserAuthenticationOidcProfileInfo: (data) => ({
    ...without(data, 'issuer', 'oidc_profile_id'),
    ...('subject' in data ? { subject: randomUUID() } : {}),
  }),
};

/** The body of a good request. */
export async function settledBody(operationId: string, body: unknown, world: World): Promise<unknown> {
  const settle = settlers[operationId];
  if (settle === undefined) return body;
  const { data, ...beside } = body as { data: Data };
  // Items are given in one place.
  const rest = operationId.endsWith('Order') ? {} : beside;
  return { ...rest, data: await settle(data, world) };
}

function settledOrder(data: Data): Data {
  const order = without(data, 'customer', 'relationships', 'id');
  return inOneCurrency(withItems(order)) as Data;
}

/** Prices in one currency; each says once whether it includes tax; no sum of them is too large to be counted. */
function inOneCurrency(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOneCurrency);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]): [string, unknown] => {
    if (name === 'currency') return [name, 'EUR'];
    if (name === 'quantity') return [name, Number(member) % 1_000 || 1];
    if (name === 'amount') return [name, Number(member) % 1_000_000];
    if (name === 'include_tax') return [name, null];
    return [name, inOneCurrency(member)];
  });
  return Object.fromEntries(members);
}

/** Without items nobody knows the currency; items that bring the same id twice would be one. */
function withItems(order: Data): Data {
  const { included } = order as { included?: { items?: Data[] | null } | null };
  const given = included?.items ?? [];
  const items = given.length === 0 ? orderBody('').data.included.items : given;
  return { ...order, included: { items: items.map((item) => without(item, 'id')) } };
}

function without(data: Data, ...names: string[]): Data {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !names.includes(name)));
}
