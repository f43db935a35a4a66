import { describe, expect, it } from 'vitest';
import { decodableUrl } from '../../src/http/decodable-url.js';
import { sharedApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { requestBytes, sendBytes } from '../harness/raw-http.js';
import { givenShop } from '../harness/shop.js';

describe('a URL', () => {
  it.each(['/', '/v2/customers/x?a=%zz', '/%41%c3%bc#%', '*', '/a?%', '/a%2fb'])(
    'that can be decoded stays: %s',
    (url) => {
      expect(decodableUrl(url)).toBe(url);
    },
  );

  it.each([
    ['/%', '/%25'],
    ['/a%20b%zz/c?d=%zz', '/a%2520b%25zz/c?d=%zz'],
    ['/%ff#%ff', '/%25ff#%ff'],
  ])('whose path cannot be decoded is taken as it is written: %s', (url, taken) => {
    expect(decodableUrl(url)).toBe(taken);
  });
});

describe('a request for a path that cannot be decoded', () => {
  it('is answered as one for an unknown id, or for no route', async () => {
    const app = await sharedApp();
    const shop = await givenShop(app);
    const ann = await shop.customer();
    for (const part of ['%', '%zz', '%ff', '%C3%28', '%E0%A4%A', '%00%']) {
      expectError(await app.http.get(`/v2/customers/${part}`), 'access_token_invalid');
      expectError(await app.http.get(`/v2/customers/${part}`).set(await shop.service()), 'customer_not_found');
      expectError(await app.http.get(`/v2/customers/${part}`).set(await shop.as(ann)), 'customer_forbidden');
      expectError(await app.http.get(`/v2/orders/${part}`).set(await shop.as(ann)), 'order_not_found');
      expectError(await app.http.get(`/${part}/x`), 'route_not_found');
    }
  });

  it('leaves one line in the log, which does not quote it', async () => {
    const app = await sharedApp();
    const [answer] = await sendBytes(
      app.origin,
      requestBytes('GET /v3/%E0%A4%A/ann@example.test', ['X-Request-Id: undecodable']),
    );
    expect(answer?.headers['x-request-id']).toBe('undecodable');
    const entry = await app.log.ofRequest('undecodable');
    expect(entry).toMatchObject({ method: 'GET', route: null, status: 404, code: 'route_not_found' });
    expect(JSON.stringify(entry)).not.toMatch(/E0|ann@/);
  });
});
