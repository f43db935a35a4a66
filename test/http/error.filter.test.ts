import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { sendBytes, requestBytes, type RawAnswer } from '../harness/raw-http.js';
import { givenShop, type Shop } from '../harness/shop.js';

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

async function send(bytes: string | Buffer): Promise<RawAnswer> {
  const answers = await sendBytes(app.origin, bytes);
  expect(answers).toHaveLength(1);
  const [answer] = answers;
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

describe('a path that no route has', () => {
  it.each(['/', '/v2', '/v3/customers', '//v2/customers', '/v2/customers/a/b/c/d', '/v2/CUSTOMERS', '/favicon.ico'])(
    'GET %s is answered 404 in the envelope, also without a token',
    async (path) => {
      const answer = await app.http.get(path);
      expectError(answer, 'route_not_found');
      expect(answer.headers['allow']).toBeUndefined();
    },
  );

  it('is 404 for every method that HTTP knows', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'SEARCH', 'PURGE']) {
      expectError(await send(requestBytes(`${method} /v2/nothing`)), 'route_not_found');
    }
  });

  it('is 404 for HEAD too, without a body', async () => {
    const answer = await app.http.head('/v2/nothing');
    expect(answer.status).toBe(404);
    expect(answer.text).toBeUndefined();
  });
});

describe('a failure of the service itself', () => {
  it('is answered 500 in the envelope without a word of the cause, which only the log has', async () => {
    const broken = await startApp();
    try {
      const ofBroken = await givenShop(broken);
      const service = await ofBroken.service();
      const customer = await ofBroken.customer();
      await broken.database.pool.query('ALTER TABLE addresses RENAME TO addresses_mislaid');
      const path = `/v2/customers/${customer.id}/addresses`;
      const answer = await broken.http.get(path).set(service).set('x-request-id', 'broken-inside');
      expectError(answer, 'internal_error');
      expect(answer.text).not.toMatch(/addresses|relation|prisma|select/i);

      const entry = await broken.log.ofRequest('broken-inside');
      const route = '/v2/customers/:customerId/addresses';
      expect(entry).toMatchObject({ level: 50, status: 500, code: 'internal_error', route });
      const failures = broken.log.entries().filter((line) => line['msg'] === 'failure');
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatchObject({ level: 50, request_id: 'broken-inside', failure: { code: '42P01' } });

      await broken.database.pool.query('ALTER TABLE addresses_mislaid RENAME TO addresses');
      expect((await broken.http.get(path).set(service)).status).toBe(200);
    } finally {
      await broken.close();
    }
  });
});

describe('the OAuth endpoints', () => {
  it('carry the members of RFC 6749 beside the envelope, whatever refused the request', async () => {
    const beside = (description: string, error = 'invalid_request') => ({ error, error_description: description });
    expectError(
      await app.http.get('/oauth/access_token'),
      'method_not_allowed',
      [{}],
      beside('This route does not take that method.'),
    );
    expectError(
      await app.http.post('/oauth/nothing').send({}),
      'route_not_found',
      [{}],
      beside('The requested route could not be found'),
    );
    expectError(
      await app.http.post('/oauth/access_token').type('application/json').send('{"client_id":'),
      'body_malformed',
      [{}],
      beside('The body could not be read as JSON.'),
    );
    expectError(
      await app.http
        .post('/oauth/access_token')
        .type('form')
        .send(`client_id=${'a'.repeat(102_400)}`),
      'body_too_large',
      [{}],
      beside('The body is larger than this route takes.'),
    );
  });
});

it('writes a status as a number and a code for machines in every entry of every answer', async () => {
  const answer = await app.http
    .post('/v2/customers')
    .set(await shop.implicit())
    .send({ data: {} });
  expectError(answer, 'validation_failed', [
    { detail: 'The data.name field is required.' },
    { detail: 'The data.email field is required.' },
  ]);
});
