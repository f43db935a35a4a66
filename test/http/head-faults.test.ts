import { beforeAll, describe, expect, it } from 'vitest';
import { HEAD_LINES_MAX, isHost } from '../../src/http/head-faults.js';
import type { TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { type RawAnswer, sendBytes } from '../harness/raw-http.js';
import { addressMembers, type Shop, type TestCustomer } from '../harness/shop.js';
import { type ExactHeads, givenExactHeads } from './exact-heads.js';

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;
let authorization: string;
let ask: ExactHeads['ask'];
const body = JSON.stringify({ data: addressMembers });

beforeAll(async () => {
  ({ app, shop, customer, authorization, ask } = await givenExactHeads());
});

function post(headers: readonly string[]): Promise<RawAnswer> {
  return ask(
    `POST /v2/customers/${customer.id}/addresses HTTP/1.1`,
    ['Host: gatehouse.test', authorization, ...headers],
    body,
  );
}

function lines(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `X-Line-${index}: ${index}`);
}

describe('a head of many lines', () => {
  const line = 'GET /v2/customers HTTP/1.1';
  const detail = `The request has more than ${HEAD_LINES_MAX} header lines.`;

  it('is taken up to 100 of them, the last included', async () => {
    // The line that ends the connection is the hundredth but one.
    const headers = ['Host: gatehouse.test', authorization, ...lines(HEAD_LINES_MAX - 4)];
    const token = `X-Moltin-Customer-Token: ${(await shop.as(customer))['x-moltin-customer-token']}`;
    const answer = await ask(line, [...headers, token]);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ data: [{ id: customer.id }] });
  });

  it.each([101, 200, 1_001, 2_500])(
    'is answered 431 where they are %i, wherever the customer token is',
    async (count) => {
      const token = 'X-Moltin-Customer-Token: none';
      const headers = ['Host: gatehouse.test', authorization, ...lines(count - 4).map((text) => text.slice(0, 12))];
      for (const all of [
        [...headers, token],
        [token, ...headers],
      ]) {
        const answer = await ask(line, all);
        // Node 24 itself refuses a thousand.
        expectError(answer, 'headers_too_large', count > 1_000 && !answer.body.includes(detail) ? [{}] : [{ detail }]);
      }
    },
  );

  it('is answered so before anybody is asked who they are, also where there is no such path, and to a preflight', async () => {
    const headers = ['Host: gatehouse.test', ...lines(100)];
    expectError(await ask(line, headers), 'headers_too_large', [{ detail }]);
    expectError(await ask('GET /nothing HTTP/1.1', headers), 'headers_too_large', [{ detail }]);
    const preflight = ['Origin: http://localhost', 'Access-Control-Request-Method: GET', ...headers];
    expectError(await ask('OPTIONS /v2/customers HTTP/1.1', preflight), 'headers_too_large', [{ detail }]);
  });

  it('is told to scripts of a storefront, too', async () => {
    const answer = await ask(line, ['Host: gatehouse.test', 'Origin: http://localhost:8080', ...lines(100)]);
    expectError(answer, 'headers_too_large', [{ detail }]);
    expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:8080');
  });

  it('does not keep a request from being logged', async () => {
    await ask(line, ['Host: gatehouse.test', 'X-Request-Id: many-lines', ...lines(100)]);
    expect(await app.log.ofRequest('many-lines')).toMatchObject({ status: 431, code: 'headers_too_large' });
  });
});

describe('a header that decides, given twice', () => {
  const json = 'Content-Type: application/json';
  const length = `Content-Length: ${body.length}`;

  it('is not there in a request that is good', async () => {
    expect((await post([json, length, 'If-Match: *'])).status).toBe(201);
  });

  it.each([
    ['Host', ['Host: gatehouse.test', json, length]],
    ['Host', ['hOST: another.test', json, length]],
    ['Authorization', ['Authorization: Bearer x', json, length]],
    ['Content-Type', [json, json, length]],
    ['Content-Type', [json, 'content-type: multipart/form-data; boundary=b', length]],
    ['If-Match', ['If-Match: *', 'IF-MATCH: "1"', json, length]],
  ])('is answered 400, and nothing is done: %s', async (name, headers) => {
    const detail = `The header ${name} is given more than once.`;
    expectError(await post(headers), 'request_malformed', [{ detail }]);
  });

  it.each([
    ['Content-Length', [json, length, length]],
    ['Transfer-Encoding', [json, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ])('is answered 400 by the parser where it frames the body: %s', async (_, headers) => {
    expectError(await post(headers), 'request_malformed');
  });

  it('is answered so before anybody is asked who they are', async () => {
    const headers = ['Host: gatehouse.test', 'Authorization: Bearer x', 'Authorization: Bearer x'];
    const detail = 'The header Authorization is given more than once.';
    expectError(await ask('GET /v2/customers HTTP/1.1', headers), 'request_malformed', [{ detail }]);
    expectError(await ask('GET /nothing HTTP/1.1', headers), 'request_malformed', [{ detail }]);
    const oauth = { error: 'invalid_request', error_description: detail };
    expectError(await ask('POST /oauth/access_token HTTP/1.1', headers), 'request_malformed', [{ detail }], oauth);
  });

  it('leaves lists alone, which may stand in several lines', async () => {
    const more = [
      'Cookie: a=1',
      'Cookie: b=2',
      'X-Forwarded-For: 10.0.0.1',
      'X-Forwarded-For: 10.0.0.2',
      'Accept: a/b',
    ];
    expect((await post([json, length, ...more, 'Accept: c/d', 'Content-Encoding: identity'])).status).toBe(201);
  });
});

describe('a Host', () => {
  const HOSTS = ['a', 'shop.example', 'SHOP.example:443', 'a_b.test', 'a.test.', '127.0.0.1:80', '[::1]', '[::1]:3000'];
  const MORE = ['a:', 'a%2Eb', '[v1.x:y]', 'xn--bcher-kva.example', '[::ffff:127.0.0.1]', '999.1.1.1', 'a.test:65535'];
  it.each([...HOSTS, ...MORE])('may be %s', async (host) => {
    expect(isHost(host)).toBe(true);
    expect((await ask('GET /health/live HTTP/1.1', [`Host: ${host}`])).status).toBe(200);
  });

  it('may be empty, where the URI of the client has none (RFC 9112 section 3.2)', async () => {
    expect((await ask('GET /health/live HTTP/1.1', ['Host:'])).status).toBe(200);
  });

  const WRONG = [
    'user@a.test',
    'a b',
    'a.test/path',
    'a.test?q',
    'a.test#f',
    'a.test:x',
    'a.test:65536',
    'a.test:80:80',
  ];
  const MISSHAPEN = [
    ':80',
    ':',
    'http://a.test',
    '[::1',
    '::1',
    '[::1]x',
    '[::1%25eth0]',
    '[1.2.3.4]',
    '[]',
    'a%zz',
    'a%4',
  ];
  const STRANGE = [
    'b\u00fccher.test',
    'a\\b',
    'a"b',
    '<a>',
    'a^b',
    '{a}',
    'a.test, b.test',
    'a\tb',
    '[v1.]',
    'a.test:-1',
  ];
  it.each([...WRONG, ...MISSHAPEN, ...STRANGE])('that is %j is answered 400', async (host) => {
    expect(isHost(host)).toBe(false);
    const detail = 'The header Host is not valid.';
    for (const version of ['1.1', '1.0']) {
      const answer = await ask(`GET /health/live HTTP/${version}`, [`Host: ${host}`]);
      expectError(answer, 'request_malformed', [{ detail }]);
    }
  });

  it('that holds a control character is answered 400', async () => {
    for (const host of ['a\u0001b', 'a\u007fb', 'a\0b']) {
      expect(isHost(host)).toBe(false);
      expect((await ask('GET /health/live HTTP/1.1', [`Host: ${host}`])).status).toBe(400);
    }
  });

  it('is refused before anybody is asked who they are, and to a preflight', async () => {
    const detail = 'The header Host is not valid.';
    const preflight = ['Origin: http://localhost', 'Access-Control-Request-Method: GET', 'Host: a b'];
    expectError(await ask('GET /v2/customers HTTP/1.1', ['Host: a b']), 'request_malformed', [{ detail }]);
    expectError(await ask('OPTIONS /v2/customers HTTP/1.1', preflight), 'request_malformed', [{ detail }]);
  });

  it.each(['http://', 'http:///health/live', 'http://a.test:x/health/live', 'http://a%zz/health/live'])(
    'of a target in absolute form must be one, too: %s',
    async (target) => {
      const detail = 'The host of the request target is not valid.';
      const answer = await ask(`GET ${target} HTTP/1.1`, ['Host: gatehouse.test']);
      // Some never get past the parser.
      expectError(answer, 'request_malformed', answer.body.includes(detail) ? [{ detail }] : [{}]);
    },
  );

  it('is required beside a target in absolute form', async () => {
    expectError(await ask('GET http://a.test/health/live HTTP/1.1', []), 'request_malformed');
    const detail = 'The header Host is not valid.';
    expectError(await ask('GET http://a.test/health/live HTTP/1.1', ['Host: a b']), 'request_malformed', [{ detail }]);
  });
});

describe('a transfer coding', () => {
  it.each([
    ['beyond chunks', '1.1', 'gzip, chunked'],
    ['before HTTP/1.1', '1.0', 'chunked'],
  ])('%s is answered 400, and ends the connection', async (_, version, coding) => {
    const headers = ['Host: gatehouse.test', 'Content-Type: application/json', `Transfer-Encoding: ${coding}`];
    const sent = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: a\r\n\r\n`;
    const path = `/v2/customers/${customer.id}/addresses`;
    const [answer, ...more] = await sendBytes(
      app.origin,
      [`POST ${path} HTTP/${version}`, authorization, ...headers, '', sent].join('\r\n'),
    );
    if (answer === undefined) throw new Error('no answer');
    expectError(answer, 'request_malformed');
    expect(answer.headers['connection']).toBe('close');
    expect(more).toEqual([]);
  });

  it('is chunked in any case of its letters', async () => {
    const headers = ['Host: gatehouse.test', authorization, 'Transfer-Encoding: ChunkeD'];
    const sent = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const answer = await ask(`POST /v2/customers/${customer.id}/addresses HTTP/1.1`, headers, sent);
    expect(answer.status).toBe(201);
  });
});

describe('a fragment in a request target', () => {
  const detail = 'The request target has a fragment.';
  const TARGETS = ['/v2/customers#', '/v2/customers#?filter=eq(name,x)', '/v2/customers?page[limit]=1#', '/nothing#'];

  it.each([...TARGETS, '/health/live#x', '#', 'http://a.test/v2/customers#x', 'http://a.test#/v2/customers', '/%zz#'])(
    'is answered 400, before anybody is asked who they are: %s',
    async (target) => {
      for (const headers of [['Host: a.test'], ['Host: a.test', authorization]]) {
        const answer = await ask(`GET ${target} HTTP/1.1`, headers);
        // Some never get past the parser.
        expectError(answer, 'request_malformed', answer.body.includes(detail) ? [{ detail }] : [{}]);
        expect(answer.body.includes(detail) || !target.startsWith('/')).toBe(true);
      }
    },
  );

  it('is answered so to a preflight, and may stand there as %23', async () => {
    const preflight = ['Host: a.test', 'Origin: http://localhost', 'Access-Control-Request-Method: GET'];
    expectError(await ask('OPTIONS /v2/customers#x HTTP/1.1', preflight), 'request_malformed', [{ detail }]);
    const filter = 'filter=eq(name,%23)';
    expect((await ask(`GET /v2/customers?${filter} HTTP/1.1`, ['Host: a.test', authorization])).status).toBe(200);
  });
});
