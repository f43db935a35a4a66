import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

/** In the order of their creation, an hour apart; each is changed a day after it was made. */
const PEOPLE = [
  { key: 'ron', name: 'Ron Swanson', email: 'ron+1@swanson.example', external_ref: 'crm-1' },
  { key: 'leslie', name: 'leslie KNOPE', email: 'Leslie.Knope@Parks.example', external_ref: 'CRM-1' },
  { key: 'ann', name: 'Ann Perkins', email: 'ann@health.parks.example', external_ref: null },
  { key: 'percent', name: '100% Ann_Lee \\ *star*', email: 'ann_lee@other.example', external_ref: '' },
  { key: 'quote', name: `O'Brien, "Pat" (née Ünal)`, email: 'pat@bücher.example', external_ref: 'a,b)c:d|e' },
  { key: 'mixed', name: 'ＲＯＮ Swanson', email: 'ann1@swanson.example', external_ref: 'crm-2' },
] as const;

type Key = (typeof PEOPLE)[number]['key'];

const BEGIN = Date.parse('2026-02-01T10:00:00.000Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let app: TestApp;
let shop: Shop;
let service: Record<string, string>;
const customers = new Map<Key, TestCustomer>();
const keys = new Map<string, Key>();

const idOf = (key: Key) => `0000000${PEOPLE.findIndex((person) => person.key === key)}-0000-4000-8000-00000000000a`;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  service = await shop.service();
  // Somebody in another store fits every filter too.
  const other = await givenShop(app);
  for (const store of [shop, other]) {
    for (const [index, { key, ...members }] of PEOPLE.entries()) {
      const customer = await store.customer({ id: idOf(key), password: null, ...members });
      const createdAt = new Date(BEGIN + index * HOUR + 789);
      await app.database.prisma.customer.update({
        where: { storeId_id: { storeId: store.storeId, id: customer.id } },
        data: { createdAt, updatedAt: new Date(createdAt.getTime() + DAY) },
      });
      customers.set(key, customer);
      keys.set(customer.id, key);
    }
  }
});

/** Those whom a filter finds, by their keys and oldest first. @param filter as it stands in the URL */
async function found(filter: string, headers = service): Promise<(string | undefined)[]> {
  const answer = await app.http.get(`/v2/customers?sort=created_at&filter=${filter}`).set(headers);
  expect(answer.status).toBe(200);
  const { data, meta } = answer.body as { data: { id: string }[]; meta: { results: unknown } };
  expect(meta.results).toEqual({ total: data.length });
  return data.map(({ id }) => keys.get(id));
}

const quoted = (text: string) => encodeURIComponent(`"${text.replace(/[\\"]/g, '\\$&')}"`);

describe('GET /v2/customers with a filter', () => {
  it.each<[string, Key[]]>([
    // Names: eq as they are, like in any case.
    ['eq(name,Ron%20Swanson)', ['ron']],
    ['eq(name,%22Ron%20Swanson%22)', ['ron']],
    ["eq(name,'Ron%20Swanson')", ['ron']],
    ['eq(name,%20%20Ron%20Swanson%20%20)', ['ron']],
    ['eq(name,%22%20Ron%20Swanson%22)', []],
    ['eq(name,Ron+Swanson)', []],
    ['eq(name,ron%20swanson)', []],
    ['eq(name,*Swanson)', []],
    ['in(name,Ron%20Swanson,Ann%20Perkins,ann%20perkins,Nobody)', ['ron', 'ann']],
    ['like(name,ron%20swanson)', ['ron', 'mixed']],
    ['like(name,RON*)', ['ron', 'mixed']],
    ['like(name,*swan*)', ['ron', 'mixed']],
    ['like(name,*SWANSON)', ['ron', 'mixed']],
    ['ilike(name,*Swanson)', ['ron', 'mixed']],
    ['like(name,swan*)', []],
    ['like(name,*ron)', []],
    ['like(name,r*n)', []],
    ['like(name,LESLIE*)', ['leslie']],
    ['like(name,*%C3%BCnal)', []],
    ['like(name,*%C3%9CNAL%5C))', ['quote']],
    [`like(name,${quoted('*(NÉE ÜNAL)')})`, ['quote']],
    ['like(name,*)', ['ron', 'leslie', 'ann', 'percent', 'quote', 'mixed']],
    ['like(name,**)', ['ron', 'leslie', 'ann', 'percent', 'quote', 'mixed']],
    ['like(name,%22%22)', []],
    // What means something in SQL, or in the filter language, is text like any other.
    ['like(name,100%25*)', ['percent']],
    ['like(name,*0%25*)', ['percent']],
    ['like(name,*r%25n*)', []],
    ['like(name,ann_*)', []],
    ['like(name,*ann_lee*)', ['percent']],
    ['like(name,*a_n*)', []],
    ['like(name,*%5C%5C*)', ['percent']],
    ['like(name,*%5C*star*)', ['percent']],
    ['like(name,%5C*100*)', []],
    [`eq(name,${quoted('100% Ann_Lee \\ *star*')})`, ['percent']],
    [`eq(name,${quoted(`O'Brien, "Pat" (née Ünal)`)})`, ['quote']],
    ["like(name,o'brien*)", ['quote']],
    ["like(name,'o%5C'brien*')", ['quote']],
    ['like(name,*%22pat%22*)', ['quote']],
    // Emails: every spelling of an address is that address, and a plus is a plus.
    ['eq(email,ron+1@swanson.example)', ['ron']],
    ['eq(email,ron%2B1@swanson.example)', ['ron']],
    ['eq(email,ron%201@swanson.example)', []],
    ['eq(email,RON+1@Swanson.EXAMPLE)', ['ron']],
    ['eq(email,leslie.knope@parks.example)', ['leslie']],
    ['eq(email,pat@b%C3%BCcher.example)', ['quote']],
    ['eq(email,pat@xn--bcher-kva.example)', ['quote']],
    ['eq(email,nobody@swanson.example)', []],
    ['eq(email,no%20address)', []],
    ['in(email,ron+1@swanson.example,ANN@health.parks.example,x)', ['ron', 'ann']],
    ['like(email,Leslie.Knope@PARKS.example)', ['leslie']],
    ['like(email,*@swanson.example)', ['ron', 'mixed']],
    ['like(email,*@SWANSON.example)', ['ron', 'mixed']],
    ['like(email,*@parks.example)', ['leslie']],
    ['like(email,*parks.example)', ['leslie', 'ann']],
    ['like(email,*@example)', []],
    ['like(email,*@)', []],
    ['like(email,*@b%C3%BCcher.example)', ['quote']],
    ['like(email,*@xn--bcher-kva.example)', ['quote']],
    ['like(email,*@swanson*)', ['ron', 'mixed']],
    ['like(email,ann*)', ['ann', 'percent', 'mixed']],
    ['like(email,ann_*)', ['percent']],
    ['like(email,ron+*)', ['ron']],
    ['ilike(email,LESLIE*)', ['leslie']],
    // References: as they are.
    ['eq(external_ref,crm-1)', ['ron']],
    ['eq(external_ref,CRM-1)', ['leslie']],
    ['eq(external_ref,%22%22)', ['percent']],
    ['eq(external_ref,%22a,b)c:d|e%22)', ['quote']],
    ['eq(external_ref,a%5C,b%5C)c:d|e)', ['quote']],
    ['in(external_ref,crm-1,CRM-1,crm-3)', ['ron', 'leslie']],
    ['is_null(external_ref)', ['ann']],
    // Ids.
    [`eq(id,${idOf('ann')})`, ['ann']],
    [`eq(id,${idOf('ann').toUpperCase()})`, ['ann']],
    ['eq(id,42)', []],
    [`in(id,${idOf('ann')},${idOf('ron')},42)`, ['ron', 'ann']],
    [`gt(id,${idOf('percent')})`, ['quote', 'mixed']],
    [`ge(id,${idOf('percent')})`, ['percent', 'quote', 'mixed']],
    [`lt(id,${idOf('leslie')})`, ['ron']],
    [`le(id,${idOf('leslie')})`, ['ron', 'leslie']],
    // Joined.
    ['like(name,ron*):like(email,ron*)', ['ron']],
    ['like(name,ron*):like(email,leslie*)', []],
    ['(like(name,leslie*)|eq(external_ref,crm-1))', ['ron', 'leslie']],
    ['(like(name,leslie*)%7Ceq(external_ref,crm-1))', ['ron', 'leslie']],
    ['like(email,*@swanson.example):(eq(external_ref,crm-2)|is_null(external_ref))', ['mixed']],
    ['(like(name,ron*):like(email,ron*)|like(name,ann*))', ['ron', 'ann']],
    [
      'like(name,*ron*):like(email,*@swanson.example):ge(created_at,2026-02-01):lt(created_at,2026-02-02)',
      ['ron', 'mixed'],
    ],
  ])('%s finds those who match, of this store', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  const all: Key[] = ['ron', 'leslie', 'ann', 'percent', 'quote', 'mixed'];
  const eleven = BEGIN + HOUR;

  it.each([
    ['RFC 3339', '2026-02-01T11:00:00Z'],
    ['RFC 3339 in quotes', '%222026-02-01T11:00:00Z%22'],
    ['RFC 3339 with a part of a second', '2026-02-01T11:00:00.123Z'],
    ['RFC 3339 at another place', '2026-02-01T12:30:00+01:30'],
    ['milliseconds', String(eleven)],
    ['milliseconds within the second', String(eleven + 999)],
    ['milliseconds in quotes', `'${eleven}'`],
  ])('compares times as they are shown, in whole seconds: %s', async (_, moment) => {
    expect(await found(`eq(created_at,${moment})`)).toEqual(['leslie']);
    expect(await found(`in(created_at,${moment})`)).toEqual(['leslie']);
    expect(await found(`gt(created_at,${moment})`)).toEqual(all.slice(2));
    expect(await found(`ge(created_at,${moment})`)).toEqual(all.slice(1));
    expect(await found(`lt(created_at,${moment})`)).toEqual(all.slice(0, 1));
    expect(await found(`le(created_at,${moment})`)).toEqual(all.slice(0, 2));
  });

  it.each<[string, Key[]]>([
    ['ge(created_at,2026-02-01)', all],
    ['gt(created_at,2026-02-02)', []],
    ['lt(created_at,2026-02-01)', []],
    ['lt(created_at,2026-02-02)', all],
    ['le(created_at,9999-12-31T23:59:59Z)', all],
    ['ge(created_at,0001-01-01)', all],
    ['ge(created_at,-1)', all],
    ['eq(created_at,2026-02-01T11:00:01Z)', []],
    ['ge(updated_at,2026-02-02T14:00:00Z)', ['quote', 'mixed']],
    ['eq(updated_at,2026-02-02T10:00:00Z)', ['ron']],
    ['gt(updated_at,2026-02-02T10:00:00Z):lt(updated_at,2026-02-02T12:00:00Z)', ['leslie']],
  ])('%s finds those of that time', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it('searches under a customer token among the one customer only', async () => {
    const crowd = await givenShop(app);
    const ann = await crowd.customer({ name: 'Ann' });
    await crowd.customer({ name: 'Ann' });
    keys.set(ann.id, 'ann');
    for (const headers of [await crowd.as(ann), { ...(await crowd.as(ann)), ...(await crowd.service()) }]) {
      expect(await found('eq(name,Ann)', headers)).toEqual(['ann']);
      expect(await found('like(name,*)', headers)).toEqual(['ann']);
      expect(await found('(eq(name,Ann)|like(name,*))', headers)).toEqual(['ann']);
      expect(await found('eq(name,Bob)', headers)).toEqual([]);
      expectError(await app.http.get('/v2/customers?filter=eq(password,x)').set(headers), 'filter_unsupported');
    }
  });

  it('carries filter, sort order and counting method, as they were sent, in every link', async () => {
    const kept =
      'filter=(like(email,*@swanson.example)|eq(email,ann@health.parks.example))&sort=-name&page[total_method]=exact';
    const url = (offset: number) => `https://id.shop.example/v2/customers?page[offset]=${offset}&page[limit]=1&${kept}`;
    const seen: (Key | undefined)[] = [];
    let query: string | null = `?${kept}&page[limit]=1`;
    while (query !== null) {
      const answer = await app.http.get(`/v2/customers${query}`).set(service);
      const { data, ...envelope } = answer.body as { data: { id: string }[]; links: { next: string | null } };
      const at = seen.length;
      expect(envelope).toEqual({
        links: {
          current: url(at),
          first: url(0),
          last: url(2),
          next: at < 2 ? url(at + 1) : null,
          prev: at > 0 ? url(at - 1) : null,
        },
        meta: {
          page: { limit: 1, offset: at, current: at + 1, total: 3 },
          results: { total: 3, total_method: 'exact' },
        },
      });
      seen.push(...data.map(({ id }) => keys.get(id)));
      query = envelope.links.next?.replace('https://id.shop.example/v2/customers', '') ?? null;
    }
    expect(seen).toEqual(['mixed', 'ron', 'ann']);
  });

  it('answers an offset behind the last match with an empty list', async () => {
    const answer = await app.http.get('/v2/customers?filter=like(name,ron*)&page[offset]=25').set(service);
    expect(answer.body).toMatchObject({ data: [], meta: { results: { total: 2 } } });
  });
});

describe('GET /v2/customers with a sort order', () => {
  it.each<[string, Key[]]>([
    ['created_at', ['ron', 'leslie', 'ann', 'percent', 'quote', 'mixed']],
    ['updated_at', ['ron', 'leslie', 'ann', 'percent', 'quote', 'mixed']],
    ['id', ['ron', 'leslie', 'ann', 'percent', 'quote', 'mixed']],
    ['name', ['percent', 'ann', 'leslie', 'quote', 'ron', 'mixed']],
    ['email', ['mixed', 'ann', 'percent', 'leslie', 'quote', 'ron']],
  ])('%s lists in that order, ties by id, and backwards with a minus', async (sort, expected) => {
    for (const [order, descending] of [
      [sort, false],
      [`-${sort}`, true],
    ] as const) {
      const answer = await app.http.get(`/v2/customers?sort=${order}`).set(service);
      expect(answer.status).toBe(200);
      const { data } = answer.body as { data: { id: string }[] };
      expect(data.map(({ id }) => keys.get(id))).toEqual(descending ? expected.toReversed() : expected);
    }
  });
});
