import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationKeyRules } from '../../src/application-keys/application-keys.query.js';
import { userRules } from '../../src/identities/user-authentication-info.query.js';
import type { FilterFields } from '../../src/jsonapi/filter-fields.js';
import { orderRules } from '../../src/orders/orders.query.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { DatabaseState } from '../harness/database-state.js';
import { givenRealm, givenUser, usersPath } from '../harness/given-realm.js';
import { filtersWith, HOSTILE_VALUES, REFUSED_FILTERS } from '../harness/hostile-filters.js';
import { Client } from '../harness/interface/client.js';
import { givenShop } from '../harness/shop.js';
import { sampleOf } from '../harness/tier/sizes.js';
import { givenOrder } from '../orders/given-order.js';

interface Caller {
  readonly headers: Record<string, string>;
  readonly path: string;
  /** What this list takes of what is refused elsewhere. */
  readonly takes?: RegExp;
}

/** What names a secret, and what tries to be SQL, is always among them. */
const REFUSED = sampleOf('filters that every list refuses', REFUSED_FILTERS, {
  take: 60,
  always: (filter) => /^eq\(password|^like\(store_id|OR 1=1|UNION|SELECT/.test(filter),
  each: [(filter) => /^\w+\(/.exec(filter)?.[0]],
});
const VALUES = sampleOf('hostile values in a filter', HOSTILE_VALUES, {
  take: 12,
  always: (value) => /OR '1'='1|^%$|^_$|^\\$/.test(value),
});

let app: TestApp;
/** For thousands of requests. */
let client: Client;
let callers: Caller[];
/** Lists of other resources, each with its caller. */
let others: Record<'orders' | 'own orders' | 'users' | 'application keys', Caller>;

beforeAll(async () => {
  app = await sharedApp();
  client = new Client(app.origin);
  const shop = await givenShop(app);
  const service = await shop.service();
  const ann = await shop.customer();
  const own = await shop.as(ann);
  await shop.address(ann);
  for (const crowd of [shop, await givenShop(app)]) await crowd.address(await crowd.customer({ external_ref: 'x' }));
  const realm = await givenRealm(shop);
  await givenUser(shop, realm.id, ann);
  for (const customer of [{ id: ann.id }, { name: 'Bob', email: 'bob@example.test' }])
    await givenOrder(shop, { customer });
  const orders = { path: '/v2/orders', takes: /^(eq|in|like|ilike|is_null)\(customer_id\b/ };
  others = {
    orders: { headers: service, ...orders },
    'own orders': { headers: own, ...orders },
    users: { headers: service, path: usersPath(realm.id) },
    'application keys': { headers: service, path: '/v2/application-keys' },
  };
  const addresses = `/v2/customers/${ann.id}/addresses`;
  callers = [
    { headers: service, path: '/v2/customers' },
    { headers: own, path: '/v2/customers' },
    { headers: { ...own, ...service }, path: '/v2/customers' },
    { headers: own, path: addresses },
    ...Object.values(others),
  ];
});

afterAll(() => client.close());

/** MD5 over all rows of a table, by table. */
async function rowsInAll(): Promise<unknown> {
  return (await DatabaseState.of(app.database)).checksums();
}

async function ask(
  path: string,
  filter: string,
  headers: Caller['headers'],
): Promise<{ status: number; body: unknown }> {
  const answer = await client.send({ method: 'get', path: `${path}?filter=${encodeURIComponent(filter)}`, headers });
  return { status: answer.status, body: answer.json };
}

/** Status and what was told to each caller, without what differs between two refusals. */
async function answersTo(filter: string, asked: readonly Caller[]): Promise<unknown[]> {
  return Promise.all(
    asked.map(async ({ headers, path }) => {
      const answer = await ask(path, filter, headers);
      const { data, errors } = answer.body as { data?: unknown[]; errors?: { code: string }[] };
      return [answer.status, data ?? errors?.map(({ code }) => code)];
    }),
  );
}

/** That each of the filters is understood and finds nothing. */
async function expectNothing({ headers, path }: Caller, filters: readonly string[]): Promise<void> {
  const answers = await Promise.all(
    filters.map(async (filter) => {
      const { status, body } = await ask(path, filter, headers);
      return [filter, status, body];
    }),
  );
  const nothing = { data: [], meta: { results: { total: 0 } } };
  expect(answers).toMatchObject(filters.map((filter) => [filter, 200, nothing]));
}

describe('a hostile filter', () => {
  it('is refused for every caller, when it names what nobody may ask for, or is none', async () => {
    expect(REFUSED_FILTERS.length).toBeGreaterThan(400);
    expect(HOSTILE_VALUES.length).toBeGreaterThan(65);
    const before = await rowsInAll();
    for (const filter of REFUSED) {
      const asked = callers.filter(({ takes }) => takes?.test(filter) !== true);
      expect([filter, await answersTo(filter, asked)]).toEqual([
        filter,
        asked.map(() => [400, ['filter_unsupported']]),
      ]);
    }
    expect(await rowsInAll()).toEqual(before);
  });

  it.each(['name', 'email'])('in a value of %s is text like any other, which nobody has', async (attribute) => {
    const before = await rowsInAll();
    for (const value of VALUES) {
      for (const caller of callers.slice(0, 2)) await expectNothing(caller, filtersWith(value, attribute));
    }
    expect(await rowsInAll()).toEqual(before);
  });

  const orderFilters = orderRules({ storeId: '', customer: null }).filters;

  it.each<[keyof typeof others, FilterFields]>([
    ['orders', orderFilters],
    ['own orders', orderFilters],
    ['users', userRules.filters],
    ['application keys', applicationKeyRules.filters],
  ])('in a value of the list of %s is text like any other, which nothing has', async (list, fields) => {
    const before = await rowsInAll();
    const attributes = Object.keys(fields).filter((attribute) => fields[attribute]?.ilike !== undefined);
    for (const [index, value] of VALUES.entries()) {
      // Each attribute meets some of the values: all of them with all would take minutes.
      await expectNothing(others[list], filtersWith(value, attributes[index % attributes.length] ?? ''));
    }
    expect(await rowsInAll()).toEqual(before);
  });

  it.each(['external_ref', 'id', 'created_at'])('in a value of %s finds nobody or is refused', async (attribute) => {
    const before = await rowsInAll();
    const service = callers.map(({ headers }) => headers)[0] ?? {};
    for (const value of VALUES) {
      const quoted = `"${value.replace(/[\\"]/g, '\\$&')}"`;
      for (const filter of [`eq(${attribute},${quoted})`, `in(${attribute},${quoted})`]) {
        const answer = await ask('/v2/customers', filter, service);
        const { data, errors } = answer.body as { data?: unknown[]; errors?: { code: string }[] };
        expect([
          [200, []],
          [400, ['filter_unsupported']],
        ]).toContainEqual([answer.status, data ?? errors?.map(({ code }) => code)]);
        if (attribute !== 'created_at') expect([filter, answer.status]).toEqual([filter, 200]);
      }
    }
    expect(await rowsInAll()).toEqual(before);
  });
});
