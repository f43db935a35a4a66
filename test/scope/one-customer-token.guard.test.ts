import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../../src/http/route-table.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { type RawAnswer, requestBytes, sendBytes } from '../harness/raw-http.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

const HEADER = 'X-Moltin-Customer-Token';
const TOLD = [{ detail: `The header ${HEADER} is given more than once.` }];

let app: TestApp;
let shop: Shop;
let ann: TestCustomer;
let authorization: string;
let token: string;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  ann = await shop.customer();
  authorization = `Authorization: ${(await shop.service())['authorization']}`;
  token = (await shop.as(ann))['x-moltin-customer-token'] ?? '';
});

async function ask(line: string, headers: readonly string[], body = ''): Promise<RawAnswer> {
  const more = body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
  const [answer] = await sendBytes(app.origin, requestBytes(line, [...headers, ...more], body));
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

describe('a customer token that is given twice', () => {
  it.each([
    ['twice the same', () => [token, token]],
    ['a good one first', () => [token, 'stale']],
    ['a good one last', () => ['stale', token]],
    ['an empty one first', () => ['', token]],
    ['two that count as none', () => ['undefined', '']],
  ])('is answered 400: %s', async (_, tokens) => {
    const [one = '', other = ''] = tokens();
    for (const grant of [authorization, `Authorization: ${(await shop.implicit())['authorization']}`]) {
      const headers = [grant, `${HEADER}: ${one}`, `${HEADER.toLowerCase()}: ${other}`];
      expectError(await ask('GET /v2/customers', headers), 'request_malformed', TOLD);
    }
  });

  it('is told before anybody is asked who they are', async () => {
    const headers = ['Authorization: Bearer bad', `${HEADER}: ${token}`, `${HEADER}: ${token}`];
    expectError(await ask('GET /v2/customers', headers), 'request_malformed', TOLD);
  });

  it('is refused by the routes that refuse a stale one, and by no other', async () => {
    const routes = registeredRoutes(app.nest.getHttpAdapter().getInstance()).filter(
      ({ method, url }) => !['HEAD', 'OPTIONS'].includes(method) && !url.includes('*'),
    );
    const stale: string[] = [];
    const twice: string[] = [];
    for (const { method, url } of routes) {
      const line = `${method} ${url.replaceAll(/:\w+/g, 'no-id')}`;
      const ofStale = await ask(line, [authorization, `${HEADER}: stale`]);
      if (ofStale.body.includes('"customer_token_invalid"')) stale.push(line);
      const ofTwice = await ask(line, [authorization, `${HEADER}: stale`, `${HEADER}: stale`]);
      if (ofTwice.body.includes(HEADER)) twice.push(line);
    }
    expect(twice).toEqual(stale);
    expect(twice.length).toBeGreaterThan(10);
  });

  it('does not keep a customer from registering and logging in', async () => {
    const data = {
      type: 'customer',
      name: 'Bob',
      email: `${randomUUID()}@example.test`,
      password: 'correct horse battery',
    };
    const headers = [authorization, `${HEADER}: stale`, `${HEADER}: ${token}`];
    expect((await ask('POST /v2/customers', headers, JSON.stringify({ data }))).status).toBe(201);
    const login = JSON.stringify({ data: { type: 'token', email: data.email, password: data.password } });
    expect((await ask('POST /v2/customers/tokens', headers, login)).status).toBe(200);
  });
});
