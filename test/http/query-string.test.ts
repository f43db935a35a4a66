import { beforeAll, describe, expect, it } from 'vitest';
import { parseQueryString, unreadablePart } from '../../src/http/query-string.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';

/** A copy with ordinary prototypes, which `toEqual` compares by. */
function parse(raw: string): unknown {
  return JSON.parse(JSON.stringify(parseQueryString(raw)));
}

describe('a query string', () => {
  it.each([
    ['', {}],
    ['&&', {}],
    ['a=1', { a: '1' }],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['=1', { '': '1' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a%20b=%C3%BC', { 'a b': 'ü' }],
    ['a=1;b=2', { a: '1;b=2' }],
    ['page[limit]=5&page[offset]=10', { page: { limit: '5', offset: '10' } }],
    ['page%5Blimit%5D=5', { page: { limit: '5' } }],
    ['page[limit', { page: { limit: '' } }],
    ['filter[]=1&filter[]=2', { filter: { '': ['1', '2'] } }],
    ['filter[a][b]=1', { filter: { 'a][b': '1' } }],
    ['filter=1&filter[]=2', { filter: ['1', '2'] }],
    ['[limit]=1', { '[limit]': '1' }],
  ])('is read as it stands: %j', (raw, expected) => {
    expect(parse(raw)).toEqual(expected);
    expect(unreadablePart(parseQueryString(raw))).toBeNull();
  });

  it('keeps a plus as a plus, raw and encoded, and reads only %20 as a blank', () => {
    expect(parse('filter=eq(email,ann+1@example.test)')).toEqual({ filter: 'eq(email,ann+1@example.test)' });
    expect(parse('filter=eq(email,ann%2B1@example.test)')).toEqual({ filter: 'eq(email,ann+1@example.test)' });
    expect(parse('filter=like(name,*Ann%20Example*)')).toEqual({ filter: 'like(name,*Ann Example*)' });
  });

  it('makes a list of a repeated name, in and out of brackets', () => {
    expect(parse('a=1&a=2&a=3')).toEqual({ a: ['1', '2', '3'] });
    expect(parse('page[limit]=1&page[limit]=2')).toEqual({ page: { limit: ['1', '2'] } });
  });

  it.each([
    ['filter[]=eq(a,b)', { filter: { '': 'eq(a,b)' } }],
    ['filter[a][b]=c', { filter: { 'a][b': 'c' } }],
    ['filter[[]]=c', { filter: { '[]': 'c' } }],
  ])(
    'files brackets of an odd form under what stands before them, so that nothing is overlooked: %s',
    (raw, expected) => {
      expect(parse(raw)).toEqual(expected);
    },
  );

  it('is marked where it has more than a hundred parts, however cheap they are', () => {
    for (const part of ['a=1', 'a', '', `${'b'.repeat(20)}=1`, 'page[limit]=1']) {
      const hundred = Array<string>(100).fill(part).join('&');
      expect(unreadablePart(parseQueryString(hundred))).toBeNull();
      expect(unreadablePart(parseQueryString(`${hundred}&filter=eq(a,b)`))).toBe('query');
    }
  });

  it('never lets one spelling of a name hide the other', () => {
    expect(parse('page=1&page[limit]=2')).toEqual({ page: ['1', '2'] });
    expect(parse('page[limit]=2&page=1')).toEqual({ page: [{ limit: '2' }, '1'] });
  });

  it('has no prototype that a name could reach', () => {
    const query = parseQueryString('__proto__=1&constructor=2&page[__proto__]=3&__proto__[polluted]=4');
    expect(Object.getPrototypeOf(query)).toBeNull();
    expect(Object.keys(query)).toEqual(['__proto__', 'constructor', 'page']);
    expect('polluted' in {}).toBe(false);
    expect(parseQueryString('a=1')['toString']).toBeUndefined();
  });

  it.each(['%', '%zz', 'a=%E0%A4%A', 'a=%C3%28', '%ff=1', 'page[%]=1', 'a=1&b=%ED%A0%80', 'a=%00', '%00=1', 'x=a%00b'])(
    'that cannot be decoded, or that holds a NUL, is marked and throws nothing: %s',
    (raw) => {
      expect(unreadablePart(parseQueryString(raw))).toBe('query');
    },
  );

  it.each([
    ['filter=%zz', 'filter'],
    ['a=1&filter=eq(a,%00)&b=2', 'filter'],
    ['filter=%00&filter=%00', 'filter'],
    ['filter=%00&a=%zz', 'query'],
    ['a=%zz&filter=%00', 'query'],
    ['filter[x]=%00', 'query'],
  ] as const)('tells whether it is the filter alone that cannot be read: %s', (raw, part) => {
    expect(unreadablePart(parseQueryString(raw))).toBe(part);
  });
});

describe('a request', () => {
  let app: TestApp;
  let shop: Shop;
  let service: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    service = await shop.service();
  });

  it.each(['%', 'a=%E0%A4%A', 'page[limit]=%zz', 'filter=%00&a=%00', '%C0%AF=1'])(
    'with a query that cannot be read is answered 400, which does not quote it: %s',
    async (query) => {
      for (const path of ['/v2/customers', '/v2/orders', '/health/live', '/.well-known/jwks.json']) {
        const answer = await app.http.get(`${path}?${query}`).set(service);
        expectError(answer, 'query_malformed');
      }
    },
  );

  it('with a repeated page parameter is answered 400', async () => {
    const answer = await app.http.get('/v2/customers?page[limit]=1&page[limit]=2').set(service);
    expectError(answer, 'page_invalid', [{ detail: 'page[limit] must be a whole number.' }]);
  });

  it('may spell the brackets of a page parameter raw or encoded', async () => {
    for (const query of ['page[limit]=7&page[offset]=3', 'page%5Blimit%5D=7&page%5Boffset%5D=3']) {
      const answer = await app.http.get(`/v2/customers?${query}`).set(service);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ meta: { page: { limit: 7, offset: 3, current: 1, total: 1 } } });
    }
  });

  it.each([
    ['page=1', 'page must be given as page[limit] and page[offset].'],
    ['page', 'page must be given as page[limit] and page[offset].'],
    ['page=1&page[limit]=2', 'page must be given as page[limit] and page[offset].'],
    ['page[]=1', 'page must be given as page[limit] and page[offset].'],
    ['page[limit][x]=1', 'page must be given as page[limit] and page[offset].'],
    ['page[limit]=', 'page[limit] must be a whole number.'],
    ['page[limit]=1+1', 'page[limit] must be a whole number.'],
    ['page[limit]=+5', 'page[limit] must be a whole number.'],
    ['page[limit]=%205', 'page[limit] must be a whole number.'],
  ])('with a page that is none is answered 400: %s', async (query, detail) => {
    const answer = await app.http.get(`/v2/customers?${query}`).set(service);
    expectError(answer, 'page_invalid', [{ detail }]);
  });

  it.each(['filter[]=eq(a,b)', 'filter[a][b]=c', 'filter[=c', 'filter=&filter=eq(a,b)', 'filter=eq(a,b)&filter[x]=1'])(
    'with a filter in a spelling that nobody understands is answered 400, not everything: %s',
    async (query) => {
      expectError(await app.http.get(`/v2/customers?${query}`).set(service), 'filter_unsupported');
      expectError(await app.http.get(`/v2/orders?${query}`).set(service), 'filter_unsupported');
    },
  );

  const EMPTY = [
    'filter=',
    'filter',
    'filter&sort=',
    'f%69lter=',
    'filter=%20',
    'filter=+',
    'filter=%20%20&page[limit]=1',
  ];
  const NESTED = ['filter[]=', 'filter[]', 'filter%5B%5D=', 'filter[email]=', 'filter=&filter=', 'filter=&filter[]='];
  it.each([...EMPTY, ...NESTED])(
    'with an empty filter is answered 400 by every list, not everybody: %s',
    async (query) => {
      const realms = await app.http.get('/v2/authentication-realms').set(service).expect(200);
      const realm = `/v2/authentication-realms/${(realms.body as { data: { id: string }[] }).data[0]?.id}`;
      const { id } = await shop.customer();
      for (const path of [
        '/v2/customers',
        `/v2/customers/${id}/addresses`,
        '/v2/orders',
        '/v2/orders/00000000-0000-4000-8000-000000000000/items',
        '/v2/application-keys',
        '/v2/authentication-realms',
        `${realm}/oidc-profiles`,
        `${realm}/user-authentication-info`,
      ]) {
        expectError(await app.http.get(`${path}?${query}`).set(service), 'filter_unsupported');
      }
    },
  );

  it.each(['filter=%09', 'filter=%0A', 'filter=%C2%A0'])(
    'with a filter of other blanks is answered 400: %s',
    async (query) => {
      expect((await app.http.get(`/v2/customers?${query}`).set(service)).status).toBe(400);
    },
  );

  it('with an empty order is answered in the usual one', async () => {
    const usual = await app.http.get('/v2/customers').set(service);
    expect((await app.http.get('/v2/customers?sort=').set(service)).body).toEqual(usual.body);
  });

  it('with parameters that nobody knows is answered as without them', async () => {
    const plain = await app.http.get('/v2/customers').set(service);
    const answer = await app.http.get('/v2/customers?utm_source=x&__proto__=1&include=nothing&a[b]=c').set(service);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(plain.body);
  });
});
