import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from './harness/app.js';
import { expectError } from './harness/error-answers.js';
import { givenShop, type Shop } from './harness/shop.js';

/*
 * The requests of five pages that the vendor published about customer tokens from 2017 to 2020, as a reader pastes them: only
 * host, tokens and ids are real. The bodies are as printed, but for a comma behind the last member of two of them.
 */

/** What curl sends with `-d` where a page names no content type. */
const CURL_DEFAULT = { 'Content-Type': 'application/x-www-form-urlencoded' };

const PAGE_1_TOKEN = `{
        "data":{
          "type": "token",
          "email": "ron@swanson.com",
          "password": "mysecretpassword"
        }
     }`;

const PAGE_2_CREATE = `{
     "data": {
     "type": "customer",
     "name": "Ron Swanson",
     "email": "ron@swanson.com",
     "password": "mysecretpassword"
     }
}`;
const PAGE_2_UPDATE = `{
     "data": {
           "password": "mynewpassword"
     }
}`;
const PAGE_2_TOKEN = `{
    "data":{
        "type": "token",
        "email": "ron@swanson.com",
        "password": "mysecretpassword"
    }
}`;

const PAGE_3_ADDRESS = `{
  "data": {
    "type": "address",
    "first_name": "Ron",
    "last_name": "Swanson",
    "name": "Home",
    "instructions": "Leave behind the bins",
    "company_name": "Ron Swanson Enterprises",
    "line_1": "1 Sunny Street",
    "line_2": "",
    "city": "Sunny Town",
    "county": "Sunnyville",
    "post_code": "SU33 1YY",
    "country": "US"
  }
}`;

const PAGE_4_TOKEN = ` {
        "data":{
          "type": "token",
          "email": "ron@swanson.com",
          "password": "mysecretpassword",
          "authentication_mechanism": "password"
        }
     }`;
const PAGE_5_UPDATE = `{
     "data": {
     "password": "mynewpassword"
     }
}`;
const PAGE_5_TOKEN = `{
    "data":{
  "type": "token",
  "email": "ron@swanson.com",
  "password": "mysecretpassword"
    }
}`;

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
const SECONDS = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
const MILLISECONDS = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

let app: TestApp;
let shop: Shop;
/** In place of `XXXX`: what a storefront has, and what a back end has. */
let implicit: string;
let service: string;

beforeAll(async () => {
  app = await sharedApp();
});

async function enterStore(): Promise<void> {
  shop = await givenShop(app);
  implicit = await shop.token('implicit');
  service = await shop.token('client_credentials');
}

function send(method: 'GET' | 'POST' | 'PUT', path: string, headers: Record<string, string>, body?: string) {
  const request = { GET: app.http.get(path), POST: app.http.post(path), PUT: app.http.put(path) }[method];
  return body === undefined ? request.set(headers) : request.set(headers).send(body);
}

/** The customer object: the pages print id, type, name, email and password. */
function ron(password: boolean) {
  return {
    data: {
      id: UUID,
      type: 'customer',
      name: 'Ron Swanson',
      email: 'ron@swanson.com',
      password,
      external_ref: null,
      authentication_mechanism: 'password',
      email_verified: false,
      meta: { timestamps: { created_at: SECONDS, updated_at: SECONDS } },
    },
  };
}

async function givenRon(): Promise<string> {
  const headers = { Authorization: `Bearer ${implicit}`, ...CURL_DEFAULT };
  const answer = await send('POST', '/v2/customers', headers, PAGE_2_CREATE).expect(201);
  return (answer.body as { data: { id: string } }).data.id;
}

async function givenToken(): Promise<string> {
  const { token } = await shop.login({ email: 'ron@swanson.com', password: 'mysecretpassword' });
  return token;
}

/** The token object exactly as every page prints it, with 24 hours to live. */
async function expectToken(headers: Record<string, string>, body: string, customerId: string): Promise<void> {
  const before = Math.floor(Date.now() / 1000);
  const answer = await send('POST', '/v2/customers/tokens', headers, body);
  expect(answer.status).toBe(200);
  const { data } = answer.body as { data: { token: string; expires: number } };
  expect(answer.body).toEqual({
    data: { type: 'token', id: UUID, customer_id: customerId, token: data.token, expires: data.expires },
  });
  expect(data.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(data.expires >= before + 86_400 && data.expires <= Date.now() / 1000 + 86_400).toBe(true);
  const use = { Authorization: `Bearer ${implicit}`, 'X-Moltin-Customer-Token': data.token };
  expect((await send('GET', `/v2/customers/${customerId}`, use)).body).toEqual(ron(true));
}

describe('page 1', () => {
  beforeAll(enterStore);

  it('generates a token by email and password', async () => {
    const id = await givenRon();
    const headers = { Authorization: `Bearer ${implicit}`, 'Content-Type': 'application/json' };
    await expectToken(headers, PAGE_1_TOKEN, id);
  });
});

describe.each([
  ['page 2', PAGE_2_UPDATE, PAGE_2_TOKEN],
  ['page 5', PAGE_5_UPDATE, PAGE_5_TOKEN],
])('%s', (_, update, token) => {
  beforeAll(enterStore);

  it('as printed, with a comma behind the last member, is 400 and creates nobody', async () => {
    const printed = PAGE_2_CREATE.replace('"mysecretpassword"', '"mysecretpassword",');
    const headers = { Authorization: `Bearer ${implicit}`, ...CURL_DEFAULT };
    const answer = await send('POST', '/v2/customers', headers, printed);
    expectError(answer, 'body_malformed');
    expect(answer.text).not.toContain('mysecretpassword');
    expect(await app.database.prisma.customer.count({ where: { storeId: shop.storeId } })).toBe(0);
  });

  it('creates a customer with a password, logs in, and reads the scoped customer and the scoped orders', async () => {
    const headers = { Authorization: `Bearer ${implicit}`, ...CURL_DEFAULT };
    const created = await send('POST', '/v2/customers', headers, PAGE_2_CREATE);
    expect(created.status).toBe(201);
    expect(created.body).toEqual(ron(true));
    expect(created.text).not.toContain('mysecretpassword');
    const { id } = (created.body as { data: { id: string } }).data;
    await expectToken(headers, token, id);

    const stranger = await shop.customer();
    const read = { Authorization: `Bearer ${implicit}`, 'X-Moltin-Customer-Token': await givenToken() };
    const customers = await send('GET', '/v2/customers', read);
    expect(customers.status).toBe(200);
    const link = (path: string) => `https://id.shop.example${path}?page[offset]=0&page[limit]=25`;
    const onePage = (path: string, total: number) => ({
      links: { current: link(path), first: link(path), last: null, next: null, prev: null },
      meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total } },
    });
    expect(customers.body).toEqual({ data: [ron(true).data], ...onePage('/v2/customers', 1) });
    expect(customers.body).toMatchObject({ data: [{ id }] });
    expect(customers.text).not.toContain(stranger.id);

    const orders = await send('GET', '/v2/orders', read);
    expect(orders.status).toBe(200);
    expect(orders.body).toEqual({ data: [], ...onePage('/v2/orders', 0) });
  });

  it('sets a password for a customer who has none', async () => {
    await enterStore();
    const withoutPassword = PAGE_2_CREATE.replace(/,\s+"password": "\w+"/, '');
    const headers = { Authorization: `Bearer ${service}`, ...CURL_DEFAULT };
    const made = await send('POST', '/v2/customers', headers, withoutPassword).expect(201);
    expect(made.body).toEqual(ron(false));
    const { id } = (made.body as { data: { id: string } }).data;

    const answer = await send('PUT', `/v2/customers/${id}`, headers, update);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(ron(true));
    expect(answer.body).toMatchObject({ data: { id } });
    const login = await shop.login({ email: 'ron@swanson.com', password: 'mynewpassword' });
    expect(login).toMatchObject({ customer_id: id });
  });
});

describe('page 3', () => {
  beforeAll(enterStore);

  it('lists no address, adds one by `post_code`, and lists it, with a colon behind the scheme', async () => {
    const id = await givenRon();
    const headers = {
      'X-Moltin-Customer-Token': await givenToken(),
      Authorization: `Bearer: ${implicit}`,
    };
    const path = `/v2/customers/${id}/addresses`;
    const none = await send('GET', path, headers);
    expect(none.status).toBe(200);
    expect(none.body).toMatchObject({ data: [] });

    const json = { 'Content-Type': 'application/json; charset=utf-8' };
    const added = await send('POST', path, { ...headers, ...json }, PAGE_3_ADDRESS);
    expect(added.status).toBe(201);
    const { data } = added.body as { data: { id: string } };
    expect(data).toEqual({
      id: UUID,
      type: 'address',
      name: 'Home',
      first_name: 'Ron',
      last_name: 'Swanson',
      company_name: 'Ron Swanson Enterprises',
      line_1: '1 Sunny Street',
      line_2: '',
      city: 'Sunny Town',
      post_code: 'SU33 1YY',
      county: 'Sunnyville',
      country: 'US',
      instructions: 'Leave behind the bins',
      links: { self: `https://id.shop.example/v2/addresses/${data.id}` },
      meta: { timestamps: { created_at: MILLISECONDS, updated_at: MILLISECONDS } },
      // Members that came after the page was written.
      postcode: 'SU33 1YY',
      phone_number: '',
      region: '',
      relationships: { customer: { data: { type: 'customer', id } } },
    });

    const listed = await send('GET', path, headers);
    expect(listed.status).toBe(200);
    expect(listed.body).toMatchObject({ data: [data], meta: { results: { total: 1 } } });
    // "If you authenticate with client_credentials, you do not need to get a customer token."
    expect((await send('GET', path, { Authorization: `Bearer: ${service}` })).body).toEqual(listed.body);
  });
});

describe('page 4', () => {
  beforeAll(enterStore);

  it('generates a token by the mechanism that it names', async () => {
    const id = await givenRon();
    const headers = { Authorization: `Bearer ${implicit}`, 'Content-Type': 'application/json' };
    await expectToken(headers, PAGE_4_TOKEN, id);
  });
});
