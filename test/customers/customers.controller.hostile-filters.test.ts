import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { filtersWith, HOSTILE_VALUES, REFUSED_FILTERS } from '../harness/hostile-filters.js';
import { givenShop } from '../harness/shop.js';

interface Caller {
  readonly headers: Record<string, string>;
  readonly path: string;
}

let app: TestApp;
let callers: Caller[];

beforeAll(async () => {
  app = await sharedApp();
  const shop = await givenShop(app);
  const service = await shop.service();
  const ann = await shop.customer();
  const own = await shop.as(ann);
  await shop.address(ann);
  for (const crowd of [shop, await givenShop(app)]) await crowd.address(await crowd.customer({ external_ref: 'x' }));
  const addresses = `/v2/customers/${ann.id}/addresses`;
  callers = [
    { headers: service, path: '/v2/customers' },
    { headers: own, path: '/v2/customers' },
    { headers: { ...own, ...service }, path: '/v2/customers' },
    { headers: own, path: addresses },
  ];
});

async function rowsInAll(): Promise<unknown> {
  const { prisma } = app.database;
  return Promise.all([prisma.customer.findMany(), prisma.address.findMany(), prisma.store.count()]);
}

/** Status and what was told to each caller, without what differs between two refusals. */
async function answersTo(filter: string): Promise<unknown[]> {
  return Promise.all(
    callers.map(async ({ headers, path }) => {
      const answer = await app.http.get(`${path}?filter=${encodeURIComponent(filter)}`).set(headers);
      const { data, errors } = answer.body as { data?: unknown[]; errors?: { code: string }[] };
      return [answer.status, data ?? errors?.map(({ code }) => code)];
    }),
  );
}

describe('a hostile filter', () => {
  it('is refused for every caller, when it names what nobody may ask for, or is none', async () => {
    expect(REFUSED_FILTERS.length).toBeGreaterThan(400);
    const before = await rowsInAll();
    for (const filter of REFUSED_FILTERS) {
      const code = filter.includes('\u0000') ? 'query_malformed' : 'filter_unsupported';
      expect([filter, await answersTo(filter)]).toEqual([filter, callers.map(() => [400, [code]])]);
    }
    expect(await rowsInAll()).toEqual(before);
  });

  it.each(['name', 'email'])('in a value of %s is text like any other, which nobody has', async (attribute) => {
    const before = await rowsInAll();
    const filters = HOSTILE_VALUES.flatMap((value) => filtersWith(value, attribute));
    expect(filters.length).toBeGreaterThan(500);
    for (const filter of filters) {
      for (const { headers } of callers.slice(0, 2)) {
        const answer = await app.http.get(`/v2/customers?filter=${encodeURIComponent(filter)}`).set(headers);
        expect([filter, answer.status, answer.body]).toMatchObject([
          filter,
          200,
          { data: [], meta: { results: { total: 0 } } },
        ]);
      }
    }
    expect(await rowsInAll()).toEqual(before);
  });

  it.each(['external_ref', 'id', 'created_at'])('in a value of %s finds nobody or is refused', async (attribute) => {
    const before = await rowsInAll();
    const service = callers.map(({ headers }) => headers)[0] ?? {};
    for (const value of HOSTILE_VALUES) {
      const quoted = `"${value.replace(/[\\"]/g, '\\$&')}"`;
      for (const filter of [`eq(${attribute},${quoted})`, `in(${attribute},${quoted})`]) {
        const answer = await app.http.get(`/v2/customers?filter=${encodeURIComponent(filter)}`).set(service);
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
