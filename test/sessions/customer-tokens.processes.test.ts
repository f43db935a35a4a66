import supertest, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { startSecondProcess } from '../harness/second-process.js';
import { endAll, until } from '../harness/service-process.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';

/** The promise about a revocation's reach. */
const REACH_MS = 1_000;

type Http = TestApp['http'];
type Headers = Record<string, string>;

/** Two processes of the service on one database: this one and a real other one. */
let here: Http;
let there: Http;
let shop: Shop;
let service: Headers;

beforeAll(async () => {
  const app = await sharedApp();
  here = app.http;
  there = supertest(await startSecondProcess(app));
  shop = await givenShop(app);
  service = await shop.service();
});

afterAll(endAll);

function read(http: Http, { id }: TestCustomer, headers: Headers): Promise<Response> {
  return Promise.resolve(http.get(`/v2/customers/${id}`).set(headers));
}

/** What ends a token, each as a request that may go to either process. */
const ENDINGS: [what: string, end: (http: Http, customer: TestCustomer) => Promise<Response>][] = [
  ['the customer is deleted', async (http, { id }) => http.delete(`/v2/customers/${id}`).set(service)],
  [
    'the password is changed',
    async (http, { id }) =>
      http
        .put(`/v2/customers/${id}`)
        .set(service)
        .send({ data: { password: 'another horse battery' } }),
  ],
];

describe('a customer token, when two processes serve one database', () => {
  it('is good at both, whichever issued it', async () => {
    const ann = await shop.customer();
    const implicit = await shop.implicit();
    for (const issuer of [here, there]) {
      const answer = await issuer
        .post('/v2/customers/tokens')
        .set(implicit)
        .send({ data: { email: ann.email, password: ann.password } });
      expect(answer.status).toBe(200);
      const { token } = (answer.body as { data: { token: string } }).data;
      for (const reader of [here, there]) {
        const own = await read(reader, ann, { ...implicit, 'x-moltin-customer-token': token });
        expect(own.body).toMatchObject({ data: { id: ann.id } });
      }
    }
  });

  for (const [what, end] of ENDINGS) {
    it.each([
      ['this process', () => ({ first: here, second: there })],
      ['the other process', () => ({ first: there, second: here })],
    ])(`is refused at once where ${what}, and within a second in the other, asked of %s`, async (_, places) => {
      const { first, second } = places();
      const ann = await shop.customer();
      const own = await shop.as(ann);
      // Both have just seen that it is good.
      for (const http of [first, second]) expect((await read(http, ann, own)).status).toBe(200);

      expect([200, 204]).toContain((await end(first, ann)).status);
      const ended = Date.now();
      const atOnce = await read(first, ann, own);

      expectError(atOnce, 'customer_token_invalid');
      let stillGood = ended;
      const refused = await until(async () => {
        const asked = Date.now();
        const answer = await read(second, ann, own);
        if (answer.status === 403) return answer;
        stillGood = asked;
        return null;
      });
      expectError(refused, 'customer_token_invalid');
      // Times of sending: a slow machine may delay an answer, but no request that was sent later than this was let through.
      expect(stillGood - ended).toBeLessThanOrEqual(REACH_MS);
      expectError(await read(second, ann, own), 'customer_token_invalid');
    });
  }
});
