import { beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors/error-catalog.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { DatabaseState } from '../harness/database-state.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

let app: TestApp;
let shop: Shop;
let ann: TestCustomer;
let callers: Readonly<Record<string, { headers: Record<string, string>; code: ErrorCode }>>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  ann = await shop.customer();
  const service = await shop.service();
  callers = {
    'without a token': { headers: {}, code: 'access_token_invalid' },
    'with a key that may not': {
      headers: await shop.service(await shop.otherKey({ permissions: [] })),
      code: 'forbidden',
    },
    'with a customer token that is none': {
      headers: { ...service, 'x-moltin-customer-token': 'none' },
      code: 'customer_token_invalid',
    },
    'as another customer': { headers: await shop.as(await shop.customer()), code: 'customer_forbidden' },
  };
});

interface Unreadable {
  readonly method?: 'get' | 'put';
  readonly query?: string;
  readonly body?: string;
  readonly type?: string;
  readonly code: ErrorCode;
  /** Where it is not the usual text of the code. */
  readonly told?: readonly { detail: string }[];
}

const CHARACTERS = [{ detail: 'The supplied filter contained unsupported characters' }];

const UNREADABLE: Readonly<Record<string, Unreadable>> = {
  'a body that is no JSON': { method: 'put', body: '{bad', code: 'body_malformed' },
  'a body that is too deep': {
    method: 'put',
    body: '{"a":'.repeat(40) + '1' + '}'.repeat(40),
    code: 'body_malformed',
    told: [{ detail: 'The body is nested deeper than 32 levels.' }],
  },
  'a form': { method: 'put', body: 'a=b', type: 'application/x-www-form-urlencoded', code: 'media_type_unsupported' },
  'a query that cannot be decoded': { query: 'a=%zz', code: 'query_malformed' },
  'a query of too many parts': { query: 'a&'.repeat(101), code: 'query_malformed' },
  'a filter that cannot be decoded': { query: 'filter=eq(name,%ff)', code: 'filter_unsupported', told: CHARACTERS },
};

function send(
  { method = 'get', query = '', body, type = 'application/json' }: Unreadable,
  headers: Record<string, string>,
) {
  const sent = app.http[method](`/v2/customers/${ann.id}/addresses${method === 'put' ? '/x' : ''}?${query}`).set(
    headers,
  );
  return body === undefined ? sent : sent.type(type).send(body);
}

describe('a request with', () => {
  it.each(Object.entries(UNREADABLE))('%s is refused for that, when its sender may call', async (_, unreadable) => {
    const own = await shop.as(ann);
    const state = await DatabaseState.of(app.database);
    const before = await state.checksums();
    expectError(await send(unreadable, own), unreadable.code, unreadable.told);
    expect(await state.checksums()).toEqual(before);
  });

  it.each(Object.entries(UNREADABLE))('%s is refused for its sender first', async (_, unreadable) => {
    for (const { headers, code } of Object.values(callers)) {
      const answer = await send(unreadable, headers);
      expectError(answer, code);
    }
  });

  it('a filter that cannot be decoded is told so in the words for filters, on every list', async () => {
    for (const path of ['/v2/customers', '/v2/orders', '/v2/application-keys', '/v2/authentication-realms']) {
      for (const filter of ['%00', 'eq(name,%zz)', '%ED%A0%80']) {
        expectError(
          await app.http.get(`${path}?filter=${filter}`).set(await shop.service()),
          'filter_unsupported',
          CHARACTERS,
        );
      }
    }
  });
});
