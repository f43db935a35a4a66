import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../src/http/route-table.js';
import { startApp, type TestApp } from './harness/app.js';
import { DatabaseState } from './harness/database-state.js';
import { expectError } from './harness/error-answers.js';
import type { Answer } from './harness/scoping-answers.js';
import { scopingTable } from './harness/scoping-table.js';
import { sampleOf } from './harness/tier/sizes.js';
import { credentials, givenTwoStores, type Headers, headersOf, type TwoStores } from './harness/two-stores.js';

/** HEAD goes the way of GET, which is asked with all of them. */
const HEAD_CREDENTIALS = sampleOf('credentials of each HEAD request', credentials, {
  take: 4,
  always: (credential) => credential === 'no token' || credential === 'service',
});

let app: TestApp;
let stores: TwoStores;
let headers: Record<(typeof credentials)[number], Headers>;
let state: DatabaseState;
let untouched: Record<string, string>;

beforeAll(async () => {
  // On a database of its own: the checksums cover every table.
  app = await startApp({ tokenSigningAlg: 'ES256' });
  stores = await givenTwoStores(app);
  headers = await headersOf(stores);
  state = await DatabaseState.of(app.database);
  await state.save();
  untouched = await state.checksums();
});
afterAll(async () => {
  await stores.providers.stop();
  await app.close();
});

/** Sends a request about what belongs to Ann. */
function send(route: string, credential: (typeof credentials)[number]) {
  const [method = ''] = route.split(' ');
  const entry = scopingTable[method === 'HEAD' ? route.replace('HEAD', 'GET') : route];
  if (entry === undefined) throw new Error(`no entry for ${route}`);
  const verb = method.toLowerCase() as 'get' | 'head' | 'post' | 'put' | 'delete' | 'options';
  const request = app.http[verb](entry.path(stores.ann)).set(headers[credential]);
  const body = entry.body?.(stores.ann, stores);
  return body === undefined ? request : request.type(entry.form === true ? 'form' : 'json').send(body);
}

function expectAnswer(answer: Awaited<ReturnType<typeof send>>, expected: Answer): void {
  if ('error' in expected) {
    expectError(answer, expected.error, [expected.detail === undefined ? {} : { detail: expected.detail }]);
    // Not a word about anybody, in either store.
    const { ann, bob, cleo } = stores;
    for (const { customer } of [ann, bob, cleo]) expect(answer.text).not.toContain(customer.email);
    return;
  }
  expect(answer.status, answer.text).toBe(expected.status);
  if (expected.body === undefined) expect(answer.text).toBe('');
  else expect(answer.body).toEqual(expected.body(stores));
}

/** What happened leaves an event, but for the steps of a sign-in that is on its way. */
function writesOf(answer: Answer): string[] {
  const writes = 'error' in answer ? [] : (answer.writes ?? []);
  const isOnItsWay = writes.every((table) => table === 'sso_flows');
  return isOnItsWay ? [...writes] : [...writes, 'events'].toSorted();
}

/** The tables that hold something else than at first, which they hold again afterwards. */
async function takeBackWrites(): Promise<string[]> {
  const now = await state.checksums();
  const written = Object.keys(now).filter((table) => now[table] !== untouched[table]);
  if (written.length > 0) {
    await state.restore();
    expect(await state.checksums()).toEqual(untouched);
  }
  return written.sort();
}

describe('the scoping table', () => {
  it('has an entry for every route of the running service, and for no other', () => {
    const routes = registeredRoutes(app.nest.getHttpAdapter().getInstance())
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url}`);
    expect(routes.filter((route) => !(route in scopingTable))).toEqual([]);
    expect(Object.keys(scopingTable).filter((route) => !routes.includes(route))).toEqual([]);
  });

  it('covers tables with rows of both stores', async () => {
    const tables = ['customers', 'addresses', 'orders', 'order_items', 'customer_tokens', 'application_keys'];
    const signOn = ['authentication_realms', 'oidc_profiles', 'authentication_users', 'identities'];
    for (const table of [...tables, ...signOn]) {
      const { rows } = await app.database.pool.query<{ store_id: string }>(`SELECT DISTINCT store_id FROM ${table}`);
      const ids = rows.map(({ store_id }) => store_id);
      expect(ids).toEqual(expect.arrayContaining([stores.shop.storeId, stores.otherShop.storeId]));
    }
  });
});

describe.each(Object.entries(scopingTable))('%s', (route, entry) => {
  it.each(credentials)('with these credentials: %s', async (credential) => {
    const expected = entry.answers[credential];
    const answer = await send(route, credential);
    expectAnswer(answer, expected);
    expect(await takeBackWrites()).toEqual(writesOf(expected));
  });

  if (!route.startsWith('GET ') || entry.withoutHead === true) return;
  it('answers HEAD with the same status and headers, and no body', async () => {
    for (const credential of HEAD_CREDENTIALS) {
      const get = await send(route, credential);
      const head = await send(route.replace('GET', 'HEAD'), credential);
      expect([credential, head.status, head.text]).toEqual([credential, get.status, undefined]);
      expect(head.headers['content-length']).toBe(get.headers['content-length']);
    }
    expect(await takeBackWrites()).toEqual([]);
  });
});

const withoutHead = Object.keys(scopingTable).filter((route) => scopingTable[route]?.withoutHead === true);

describe.each(withoutHead)('%s, a step of a sign-in', (route) => {
  it('refuses HEAD, which takes no step', async () => {
    for (const credential of HEAD_CREDENTIALS) {
      const { status, headers: sent } = await send(route.replace('GET', 'HEAD'), credential);
      expect([credential, status, sent['allow']]).toEqual([credential, 405, 'GET']);
    }
    expect(await takeBackWrites()).toEqual([]);
  });
});
