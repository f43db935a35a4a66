import { expect } from 'vitest';
import { sha256 } from '../../src/crypto/digest.js';
import type { Browser, Hop } from '../harness/browser.js';
import type { Begun, SignIn } from '../harness/identity-provider/sign-in.js';
import type { Shop } from '../harness/shop.js';

/** A sign-in whose browser is about to come back from the provider. */
export interface Returning {
  readonly begun: Begun;
  /** Where the provider sends the browser, with its answer. */
  readonly callback: string;
  /** The state between the service and the provider. */
  readonly state: string;
  /** `name=value`, as the service set it. */
  readonly cookie: string;
}

/** Takes a sign-in to the provider, and stops before the browser is back. */
export async function returning(signIn: SignIn, browser: Browser, begun = signIn.begin()): Promise<Returning> {
  const hops = await browser.follow(begun.url, (url) => url.startsWith(signIn.callbackEndpoint));
  const callback = hops.at(-1)?.location ?? '';
  const state = new URL(callback).searchParams.get('state') ?? '';
  return { begun, callback, state, cookie: hops[0]?.setCookies[0]?.split(';')[0] ?? '' };
}

/** The same callback with parameters changed; null leaves one out. */
export function altered(callback: string, changes: Readonly<Record<string, string | null>>): string {
  const url = new URL(callback);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
}

/** All that a sign-in can leave behind in a store. */
export async function storedBySignIns({ app, storeId }: Shop) {
  const { prisma } = app.database;
  const where = { storeId };
  const [flows, customers, users, identities, codes, tokens] = await Promise.all([
    prisma.ssoFlow.findMany({ where, orderBy: { stateHash: 'asc' } }),
    prisma.customer.count({ where }),
    prisma.authenticationUser.count({ where }),
    prisma.identity.count({ where }),
    prisma.authorizationCode.count({ where }),
    prisma.customerToken.count({ where }),
  ]);
  return { flows, customers, users, identities, codes, tokens };
}

/** Moves the end of a sign-in's time. @param seconds from now */
export async function endsIn({ app, storeId }: Shop, state: string, seconds: number): Promise<void> {
  const { rowCount } = await app.database.pool.query(
    `UPDATE sso_flows SET expires_at = clock_timestamp() + $3 * interval '1 second' WHERE store_id = $1 AND state_hash = $2`,
    [storeId, sha256(state), seconds],
  );
  expect(rowCount).toBe(1);
}

/** The whole answer to a browser that comes back with nothing that says where it belongs. */
export function expectDeadEnd({ status, headers, body, location, setCookies }: Hop): void {
  expect(status).toBe(400);
  expect(location).toBeNull();
  expect(setCookies).toEqual([]);
  expect(Object.fromEntries([...headers].filter(([name]) => DECISIVE.has(name)))).toEqual({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  expect(body).toContain('<h1>This sign-in cannot be continued</h1>');
  expect(body.length).toBeLessThan(500);
}

const DECISIVE = new Set([
  'content-type',
  'content-security-policy',
  'cache-control',
  'referrer-policy',
  'refresh',
  'x-content-type-options',
]);
