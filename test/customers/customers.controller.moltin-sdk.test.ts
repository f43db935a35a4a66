import { gateway, MemoryStorageFactory } from '@moltin/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';

/** An answer, as far as these tests read it; the SDK's own types describe the vendor's service. */
interface List {
  data: { name: string; email: string }[];
  links: { next: string | null };
  meta: { page: unknown; results: unknown };
}

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  for (const [name, email] of [
    ['Ann Example', 'ann+1@example.test'],
    ['Ann Other', 'ann1@other.test'],
    ["Bob O'Brien", 'bob@example.test'],
  ] as const) {
    await shop.customer({ name, email, password: null });
  }
});

function customers() {
  const options = {
    client_id: shop.key.clientId,
    client_secret: shop.key.clientSecret,
    host: new URL(app.origin).host,
    // The SDK reads it, its types do not name it.
    protocol: 'http',
    storage: new MemoryStorageFactory(),
  };
  return gateway(options).Customers;
}

/** The SDK's types know the sort orders of other resources only. */
async function namesFor(filter: object, sort = 'name'): Promise<string[]> {
  const answer: unknown = await customers()
    .Filter(filter)
    .Sort(sort as never)
    .All();
  return (answer as List).data.map(({ name }) => name);
}

describe('the Filter, Sort, Limit and Offset of @moltin/sdk', () => {
  it.each<[object, string[]]>([
    [{ eq: { email: 'ann+1@example.test' } }, ['Ann Example']],
    [{ eq: { email: 'ann+1@example.test' }, like: { name: '*Ann Example*' } }, ['Ann Example']],
    [{ eq: { email: 'ann+1@example.test', name: 'Ann Other' } }, []],
    [{ like: { name: '*ann*' } }, ['Ann Example', 'Ann Other']],
    [{ like: { email: '*@example.test' } }, ['Ann Example', "Bob O'Brien"]],
    [{ like: { name: "Bob O'B*" } }, ["Bob O'Brien"]],
    [{ in: { email: ['ann1@other.test', 'bob@example.test'] } }, ['Ann Other', "Bob O'Brien"]],
    [
      { ge: { created_at: '2020-01-01' }, lt: { created_at: '9999-12-31T23:59:59Z' }, like: { name: 'Ann*' } },
      ['Ann Example', 'Ann Other'],
    ],
    [{ ge: { created_at: 1_600_000_000_000 } }, ['Ann Example', 'Ann Other', "Bob O'Brien"]],
    [{ gt: { updated_at: '2999-01-01' } }, []],
  ])('%j finds those who match', async (filter, names) => {
    expect(await namesFor(filter)).toEqual(names);
    expect(await namesFor(filter, '-name')).toEqual(names.toReversed());
  });

  it('answer one page of what was found, with a link to the next', async () => {
    const page: unknown = await customers()
      .Filter({ like: { name: '*n*' } })
      .Sort('-name' as never)
      .Limit(1)
      .Offset(1)
      .All();
    const { data, links, meta } = page as List;

    expect(data.map(({ name }) => name)).toEqual(['Ann Other']);
    expect(links.next).toBe(
      'https://id.shop.example/v2/customers?page[offset]=2&page[limit]=1&sort=-name&filter=like(name,*n*)',
    );
    expect(meta).toEqual({ page: { limit: 1, offset: 1, current: 2, total: 3 }, results: { total: 3 } });
  });

  it.each([
    { eq: { password: 'x' } },
    { eq: { email: '' } },
    { eq: { email: { nested: 'x' } } },
    { like: { id: '*' } },
  ])('%j is refused with the words of the interface', async (filter) => {
    await expect(namesFor(filter)).rejects.toMatchObject({
      errors: [{ status: 400, title: 'Bad Request', detail: 'Could not parse the supplied filter' }],
    });
  });
});
