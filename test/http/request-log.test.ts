import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import fastify from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Authority, systemOf } from '../../src/database/authority.js';
import { contextOf } from '../../src/database/event-rows.js';
import { logRequests, maskEmail, originOf } from '../../src/http/request-log.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { requestBytes, sendBytes } from '../harness/raw-http.js';
import { givenShop, type Shop, type TestCustomer, uniqueEmail } from '../harness/shop.js';

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;
let ann: Record<string, string>;
let service: Record<string, string>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  customer = await shop.customer();
  ann = await shop.as(customer);
  service = await shop.service();
});

interface Sent {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** Sends the request and returns its one log line, without the two members that no test can foretell. */
async function lineOf({ method, path, headers = {}, body }: Sent): Promise<Record<string, unknown>> {
  const requestId = randomUUID();
  const request = app.http[method](path).set(headers).set('x-request-id', requestId);
  const answer = await (body === undefined ? request : request.send(body as object));
  expect(answer.headers['x-request-id']).toBe(requestId);
  const { time, ms, ...rest } = await app.log.ofRequest(requestId);
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(typeof ms === 'number' && ms > 0 && ms < 60_000).toBe(true);
  return rest;
}

/** Members that every line has. */
function line(requestMembers: Record<string, unknown>): Record<string, unknown> {
  return {
    level: 30,
    service: 'gatehouse',
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    address: '127.0.0.1',
    msg: 'request',
    ...requestMembers,
  };
}

const caller = () => ({ key_id: shop.key.keyId, store_id: shop.storeId });

describe('the log line of a request', () => {
  it('names method, route, status, key and store of an answer to a service, and nothing else', async () => {
    expect(await lineOf({ method: 'get', path: '/v2/customers?page[limit]=1', headers: service })).toEqual(
      line({ method: 'GET', route: '/v2/customers', status: 200, ...caller() }),
    );
  });

  it('names the customer of the customer token, and the route by its template', async () => {
    const path = `/v2/customers/${customer.id}/addresses?include=ann@example.test`;
    const entry = await lineOf({ method: 'get', path, headers: ann });
    const route = '/v2/customers/:customerId/addresses';
    expect(entry).toEqual(line({ method: 'GET', route, status: 200, ...caller(), customer_id: customer.id }));
  });

  it('names the code of an error', async () => {
    expect(await lineOf({ method: 'get', path: '/v2/customers/unknown', headers: service })).toEqual(
      line({
        method: 'GET',
        route: '/v2/customers/:customerId',
        status: 404,
        ...caller(),
        code: 'customer_not_found',
      }),
    );
  });

  it('names what the client is not told where a token was refused', async () => {
    const route = '/v2/customers';
    const refused = { method: 'GET', route, status: 401, code: 'access_token_invalid' };
    const get = { method: 'get', path: route } as const;
    expect(await lineOf(get)).toEqual(line({ ...refused, reason: 'missing' }));
    const garbage = { authorization: 'Bearer a.b.c' };
    expect(await lineOf({ ...get, headers: garbage })).toEqual(line({ ...refused, reason: 'encoding_invalid' }));
    const customerToken = { authorization: `Bearer ${ann['x-moltin-customer-token']}` };
    expect(await lineOf({ ...get, headers: customerToken })).toEqual(line({ ...refused, reason: 'key_unknown' }));
    const bad = { ...service, 'x-moltin-customer-token': 'x' };
    expect(await lineOf({ ...get, headers: bad })).toEqual(
      line({
        ...refused,
        status: 403,
        ...caller(),
        code: 'customer_token_invalid',
        reason: 'encoding_invalid',
      }),
    );
  });

  it('masks the email of a login and names who logged in, or why nobody did', async () => {
    const login = (email: string, password: string) =>
      lineOf({
        method: 'post',
        path: '/v2/customers/tokens',
        headers: { authorization: service['authorization'] ?? '' },
        body: { data: { type: 'token', email, password } },
      });
    const route = '/v2/customers/tokens';
    const masked = 'a***@example.test';
    expect(await login(customer.email, customer.password)).toEqual(
      line({
        method: 'POST',
        route,
        status: 200,
        ...caller(),
        email: masked,
        customer_id: customer.id,
        events: ['login_succeeded'],
      }),
    );
    const failed = { method: 'POST', route, status: 404, ...caller(), email: masked, code: 'credentials_invalid' };
    expect(await login(customer.email, 'wrong password')).toEqual(
      line({ ...failed, reason: 'password_wrong', customer_id: customer.id, events: ['login_failed'] }),
    );
    expect(await login(uniqueEmail(), 'wrong password')).toEqual(
      line({ ...failed, reason: 'email_unknown', events: ['login_failed'] }),
    );
  });

  it('is written for what no route has, without the path', async () => {
    expect(await lineOf({ method: 'get', path: '/v2/nothing/ann@example.test?token=abc' })).toEqual(
      line({ method: 'GET', route: null, status: 404, code: 'route_not_found' }),
    );
    expect(await lineOf({ method: 'patch', path: `/v2/customers/${customer.id}` })).toEqual(
      line({ method: 'PATCH', route: null, status: 405, code: 'method_not_allowed' }),
    );
  });

  it('is written for a preflight', async () => {
    const headers = { origin: 'http://localhost:3000', 'access-control-request-method': 'GET' };
    expect(await lineOf({ method: 'options', path: '/v2/customers', headers })).toEqual(
      line({ method: 'OPTIONS', route: '*', status: 204 }),
    );
  });

  it('is written once for a body that cannot be read, without the body', async () => {
    const entry = await lineOf({
      method: 'post',
      path: '/v2/customers',
      headers: { ...service, 'content-type': 'application/json' },
      body: '{"data":{"password":"canary-in-bad-json"',
    });
    const route = '/v2/customers';
    expect(entry).toEqual(line({ method: 'POST', route, status: 400, code: 'body_malformed', ...caller() }));
    expect(app.log.lines.filter((text) => text.includes('canary-in-bad-json'))).toEqual([]);
  });

  it('is written once for a body that is too large', async () => {
    const body = { data: { filler: 'x'.repeat(102_400) } };
    expect(await lineOf({ method: 'post', path: '/v2/customers', headers: service, body })).toEqual(
      line({ method: 'POST', route: '/v2/customers', status: 413, code: 'body_too_large' }),
    );
  });

  it('holds the address of the connection, whatever a header says', async () => {
    const entry = await lineOf({
      method: 'get',
      path: '/health/live',
      headers: { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' },
    });
    expect(entry).toEqual(line({ method: 'GET', route: '/health/live', status: 200 }));
  });

  it('holds no header, no query and no body of any request of this file', () => {
    const text = app.log.lines.join('');
    for (const secret of [customer.password, customer.email, shop.key.clientSecret, ann['x-moltin-customer-token']]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toContain('page[limit]');
  });
});

describe('a client that goes away at once', () => {
  /** The address that is known of a client while its request is handled, and the lines that were written. */
  async function goneClient(atConnection: (socket: Socket) => void, atRequest: (socket: Socket) => void) {
    const lines: string[] = [];
    const write = (text: string) => void lines.push(text);
    const instance = fastify({ logger: { stream: { write } } });
    instance.server.on('connection', atConnection);
    logRequests(instance);
    let clientAddress: string | undefined;
    instance.get('/', (request, reply) => {
      atRequest(request.raw.socket);
      clientAddress = originOf(request).clientAddress;
      void reply.send('');
    });
    await sendBytes(await instance.listen({ host: '127.0.0.1', port: 0 }), requestBytes('GET /'));
    await instance.close();
    return { clientAddress, lines: lines.filter((text) => text.includes('"route"')) };
  }

  it('has the address that its connection had', async () => {
    const { clientAddress } = await goneClient(
      () => {},
      (socket) => socket.destroy(),
    );
    expect(clientAddress).toBe('127.0.0.1');
  });

  it('has none, and is no failure, where the connection had ended before it was looked at', async () => {
    const { clientAddress, lines } = await goneClient(
      (socket) => Object.defineProperty(socket, 'remoteAddress', { value: undefined }),
      () => {},
    );
    expect(clientAddress).toBe('');
    expect(lines.map((text) => JSON.parse(text) as object)).toEqual([
      expect.objectContaining({ level: 30, status: 200, address: '' }),
    ]);
  });

  it('leaves events without an address', () => {
    const origin = { requestId: 'gone', clientAddress: '', recorded: () => undefined };
    const authority = { ...systemOf(shop.storeId), origin };
    expect(contextOf(authority as Authority, new Date(0))).toMatchObject({ requestId: 'gone', clientAddress: null });
  });
});

describe('the request id', () => {
  it.each(['a', 'trace-1', 'A.b_c-9', 'x'.repeat(64)])('that a caller brings is taken: %s', async (id) => {
    const answer = await app.http.get('/v2/customers').set('x-request-id', id);
    expect(answer.headers['x-request-id']).toBe(id);
    expect(answer.body).toMatchObject({ errors: [{ request_id: id }] });
  });

  it.each(['', 'x'.repeat(65), 'a b', 'a/b', '<script>', '{"level":60}', 'ä', 'a,b'])(
    'that could forge a line or an answer is replaced: %j',
    async (id) => {
      const [answer] = await sendBytes(
        app.origin,
        Buffer.from(requestBytes('GET /v2/customers', [`X-Request-Id: ${id}`])),
      );
      expect(answer?.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
      expect(JSON.parse(answer?.body ?? '')).toMatchObject({
        errors: [{ request_id: answer?.headers['x-request-id'] }],
      });
    },
  );

  it('that is brought twice is replaced', async () => {
    const bytes = requestBytes('GET /v2/customers', ['X-Request-Id: one', 'X-Request-Id: two']);
    const [answer] = await sendBytes(app.origin, bytes);
    expect(answer?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('with line breaks makes no more lines than one, each a JSON object', async () => {
    const before = app.log.lines.length;
    const forged = 'X-Request-Id: a\u0085{"level":60,"msg":"forged"}\u2028b';
    const [answer] = await sendBytes(app.origin, Buffer.from(requestBytes('GET /health/live', [forged])));
    const id = String(answer?.headers['x-request-id']);
    await app.log.ofRequest(id);
    const lines = app.log.lines.slice(before);
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toContain('forged');
    expect(lines.join('').split('\n')).toHaveLength(2);
  });

  it('differs from request to request where none is brought', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await app.http.get('/health/live')).headers['x-request-id'] as string),
    );
    expect(new Set(ids).size).toBe(20);
  });
});

describe('maskEmail', () => {
  it.each([
    ['ann@example.test', 'a***@example.test'],
    ['a@b', 'a***@b'],
    ['"a@b"@example.test', '"***@example.test'],
    ['😀nn@example.test', '😀***@example.test'],
    ['@example.test', '***'],
    ['no address', '***'],
    ['', '***'],
    [`a@${'x'.repeat(300)}`, `a***@${'x'.repeat(249)}`],
  ])('of %s is %s', (email, masked) => {
    expect(maskEmail(email)).toBe(masked);
  });
});
