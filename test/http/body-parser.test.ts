import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { requestBytes, sendBytes } from '../harness/raw-http.js';
import { addressMembers, givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

let app: TestApp;
let shop: Shop;
let customer: TestCustomer;
let service: Record<string, string>;
const valid = JSON.stringify({ data: addressMembers });

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app, { addressLimit: 1_000 });
  customer = await shop.customer();
  service = await shop.service();
});

const path = () => `/v2/customers/${customer.id}/addresses`;

function addressCount(): Promise<number> {
  return app.database.prisma.address.count({ where: { storeId: shop.storeId } });
}

/** Writes the address with exactly these bytes and this content type; null sends no content type at all. */
async function write(body: string | Buffer, contentType: string | null, contentCoding?: string) {
  const headers = [
    `Authorization: ${service['authorization']}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(contentType === null ? [] : [`Content-Type: ${contentType}`]),
    ...(contentCoding === undefined ? [] : [`Content-Encoding: ${contentCoding}`]),
  ];
  const head = requestBytes(`POST ${path()}`, headers);
  const [answer] = await sendBytes(app.origin, Buffer.concat([Buffer.from(head), Buffer.from(body)]));
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

describe('the content type of a body below /v2', () => {
  it.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['APPLICATION/JSON;charset=UTF-8'],
    ['application/vnd.api+json'],
    ['application/x-www-form-urlencoded'],
    ['application/x-www-form-urlencoded; charset=UTF-8'],
    ['text/plain'],
    ['application/octet-stream'],
    ['nonsense'],
    ['*/*'],
    ['application/json, text/html'],
    [';'],
    [' '],
    [null],
  ])('does not matter for a body that begins with a brace: %s is read as JSON', async (contentType) => {
    const before = await addressCount();
    const answer = await write(valid, contentType);
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.body)).toMatchObject({ data: addressMembers });
    expect(await addressCount()).toBe(before + 1);
  });

  it('does not matter either where blanks or a byte order mark come before the brace', async () => {
    expect((await write(` \r\n\t${valid}`, 'application/x-www-form-urlencoded')).status).toBe(201);
    expect((await write(`\uFEFF${valid}`, 'text/plain')).status).toBe(201);
    expect((await write(`\uFEFF${valid}`, 'application/json')).status).toBe(201);
  });

  it.each(['multipart/form-data; boundary=x', 'Multipart/Mixed', 'multipart/form-data', 'multipart/', 'multipart/a b'])(
    'is never multipart: %s is answered 415, also for a body that begins with a brace',
    async (contentType) => {
      const before = await addressCount();
      expectError(await write(valid, contentType), 'media_type_unsupported');
      expectError(await write('--x\r\n\r\n{}\r\n--x--', contentType), 'media_type_unsupported');
      expect(await addressCount()).toBe(before);
    },
  );

  it.each([
    ['application/x-www-form-urlencoded', 'data=1'],
    ['text/plain', 'hello'],
    ['application/xml', '<data/>'],
    [null, '[1]'],
    ['text/plain', '"data"'],
  ])('is 415 where neither type nor text is JSON: %s', async (contentType, body) => {
    const before = await addressCount();
    expectError(await write(body, contentType), 'media_type_unsupported');
    expect(await addressCount()).toBe(before);
  });
});

describe('a content coding', () => {
  const detail = 'The body must not have a content coding.';
  const CODINGS = [
    'gzip',
    'x-gzip',
    'GZIP',
    'deflate',
    'br',
    'zstd',
    'identity, gzip',
    'gzip, identity',
    'nothing',
    '*',
  ];

  it.each(CODINGS)('of %s is answered 415, which says what is taken, and nothing is stored', async (coding) => {
    const before = await addressCount();
    for (const body of [valid, gzipSync(valid)]) {
      const answer = await write(body, 'application/json', coding);
      expectError(answer, 'media_type_unsupported', [{ detail }]);
      expect(answer.headers['accept-encoding']).toBe('identity');
    }
    expect(await addressCount()).toBe(before);
  });

  it('is refused of a DELETE too, whose body may be ignored in any other form, and nothing is removed', async () => {
    const address = await shop.address(customer);
    const remove = (coding: string) =>
      app.http.delete(`${path()}/${address.id}`).set(service).set('content-encoding', coding).type('json').send(valid);
    for (const coding of ['gzip', 'br, gzip', 'unknown']) {
      const answer = await remove(coding);
      expectError(answer, 'media_type_unsupported', [{ detail }]);
      expect(answer.headers['accept-encoding']).toBe('identity');
    }
    expect((await remove('identity')).status).toBe(204);
  });

  it.each(['identity', 'Identity', '', ' ', 'identity, identity'])('of %j is none', async (coding) => {
    expect((await write(valid, 'application/json', coding)).status).toBe(201);
  });

  it('is refused at the OAuth endpoints, too', async () => {
    const form = app.http.post('/oauth/access_token').type('form').set('content-encoding', 'gzip');
    const beside = { error: 'invalid_request', error_description: detail };
    expectError(await form.send({ grant_type: 'implicit' }), 'media_type_unsupported', [{ detail }], beside);
  });

  it('is refused when it is known who asks', async () => {
    const answer = await app.http.post('/v2/orders').set('content-encoding', 'gzip').type('json').send(valid);
    expectError(answer, 'access_token_invalid');
  });

  it('of no body is of no importance', async () => {
    const answer = await app.http.get(`/v2/customers/${customer.id}`).set(service).set('content-encoding', 'gzip');
    expect(answer.status).toBe(200);
  });
});

describe('a body that is no JSON document', () => {
  it.each([
    '{"data":{"password":"canary-1234"},}',
    '{"data":',
    '{data: 1}',
    "{'data': 1}",
    '{"data":1}{"data":2}',
    '{"data":\u00a01x}',
    '{"data":NaN}',
    '{"data":01}',
    '{"data":"\t"}',
    '{"canary-1234',
  ])('is answered 400, which does not quote it: %s', async (body) => {
    const before = await addressCount();
    for (const contentType of ['application/json', 'application/x-www-form-urlencoded', null]) {
      const answer = await write(body, contentType);
      expectError(answer, 'body_malformed');
      expect(answer.body).not.toContain('canary-1234');
    }
    expect(await addressCount()).toBe(before);
  });

  it('does not appear in the log either', () => {
    expect(app.log.lines.filter((line) => line.includes('canary-1234'))).toEqual([]);
  });

  it.each(['null', '[]', '"text"', '7', 'true', '[{"data":{}}]'])(
    'that is JSON but no object is told that data is missing: %s',
    async (body) => {
      const answer = await write(body, 'application/json');
      expectError(answer, 'member_invalid', [{ source: 'data', title: 'required', detail: 'data is required' }]);
    },
  );

  it.each(['{}', '{"data":null}', '{"date":{}}'])('and neither does an object without data: %s', async (body) => {
    const answer = await write(body, 'application/json');
    expectError(answer, 'member_invalid', [{ source: 'data', title: 'required', detail: 'data is required' }]);
  });

  it('is told that data must be an object where it is something else', async () => {
    for (const data of ['[]', '"text"', '1', 'true']) {
      const answer = await write(`{"data":${data}}`, 'application/json');
      expectError(answer, 'member_invalid', [{ source: 'data', title: 'invalid', detail: 'data must be an object' }]);
    }
  });
});

describe('no body', () => {
  it('is told that data is missing, with and without a JSON content type', async () => {
    for (const contentType of ['application/json', 'application/x-www-form-urlencoded', null]) {
      const answer = await write('', contentType);
      expectError(answer, 'member_invalid', [{ source: 'data', title: 'required', detail: 'data is required' }]);
    }
  });

  it('of GET and DELETE may still have a JSON content type, as SDKs send it on every verb', async () => {
    const address = await shop.address(customer);
    const json = { ...service, 'content-type': 'application/json' };
    const read = await app.http.get(`${path()}/${address.id}`).set(json);
    expect(read.status).toBe(200);
    expect(read.body).toEqual({ data: address });
    const removed = await app.http.delete(`${path()}/${address.id}`).set(json);
    expect(removed.status).toBe(204);
    expect(removed.text).toBe('');
    expect((await app.http.get(`${path()}/${address.id}`).set(json)).status).toBe(404);
  });
});

describe('the body of a DELETE', () => {
  it.each([
    ['application/json', '{"data":{}}'],
    ['application/json', '{}'],
    ['application/x-www-form-urlencoded', '{"data":{}}'],
    ['application/json', '{"data":{"id":"another"}}'],
    ['application/json', '{"data":'],
    ['application/json', '{"data":"\\ud800"}'],
    ['text/plain', 'please'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['nonsense', '<data/>'],
  ])('of an address is ignored, also where it cannot be read: %s %s', async (contentType, body) => {
    const address = await shop.address(customer);
    const answer = await app.http
      .delete(`${path()}/${address.id}`)
      .set(service)
      .set('content-type', contentType)
      .send(body);
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect((await app.http.get(`${path()}/${address.id}`).set(service)).status).toBe(404);
  });
});

describe('a member named __proto__', () => {
  it('changes no prototype and is ignored like every unknown member of an address', async () => {
    const answer = await write(
      `{"__proto__":{"polluted":1},"data":{"__proto__":{"first_name":"Eve","polluted":1},"constructor":{"prototype":{"polluted":1}},${valid.slice(9, -2)}}}`,
      'application/json',
    );
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.body)).toMatchObject({ data: addressMembers });
    expect(answer.body).not.toContain('polluted');
    expect('polluted' in {}).toBe(false);
  });
});
