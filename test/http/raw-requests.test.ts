import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { type RawAnswer, requestBytes, sendBytes } from '../harness/raw-http.js';
import { givenShop, type Shop } from '../harness/shop.js';

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
});

async function send(bytes: string): Promise<RawAnswer> {
  const [answer, ...more] = await sendBytes(app.origin, bytes);
  if (answer === undefined || more.length > 0) throw new Error(`${more.length} answers too many`);
  return answer;
}

describe('a request target in absolute form', () => {
  it.each(['http://evil.test', 'HTTP://evil.test:81', 'https://user@evil.test'])(
    'that begins with %s is the path behind it',
    async (base) => {
      const answer = await send(requestBytes(`GET ${base}/health/live`));
      expect(answer.status).toBe(200);
      expect(answer.body).toBe('{"status":"ok"}');
    },
  );

  it('without a path is the root, which no route has', async () => {
    expectError(await send(requestBytes('GET http://evil.test')), 'route_not_found');
    expectError(await send(requestBytes('GET http://evil.test?a=1')), 'route_not_found');
  });

  it('reaches the OAuth endpoints with the rules of those', async () => {
    const form = `grant_type=implicit&client_id=${shop.key.clientId}`;
    const headers = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`];
    const answer = await send(requestBytes('POST http://evil.test/oauth/access_token', headers, form));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ token_type: 'Bearer', identifier: 'implicit' });
    const refused = await send(requestBytes('GET http://evil.test/oauth/access_token'));
    const description = 'This route does not take that method.';
    expectError(refused, 'method_not_allowed', [{}], {
      error: 'invalid_request',
      error_description: description,
    });
  });

  it('and a forged Host never get into the links of an answer', async () => {
    const { authorization } = await shop.service();
    const headers = [`Authorization: ${authorization}`, 'X-Forwarded-Host: evil.test', 'Forwarded: host=evil.test'];
    const answer = await send(
      requestBytes('GET http://evil.test/v2/customers', headers).replace('gatehouse.test', 'evil.test'),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain('evil.test');
    const { links } = JSON.parse(answer.body) as { links: { current: string } };
    expect(links.current).toBe('https://id.shop.example/v2/customers?page[offset]=0&page[limit]=25');
  });
});

describe('OPTIONS *', () => {
  it('is answered as a preflight of any path is', async () => {
    const answer = await send(requestBytes('OPTIONS *', ['Origin: http://localhost:8080']));
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:8080');
  });
});

describe('GET *', () => {
  it('is an unknown route', async () => {
    expectError(await send(requestBytes('GET *')), 'route_not_found');
  });
});

describe('the Host header', () => {
  it('is required of HTTP/1.1: a request without it is answered 400 in the envelope', async () => {
    expectError(await send('GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'), 'request_malformed');
  });

  it('is not required of HTTP/1.0, which does not know it', async () => {
    const answer = await send('GET /health/live HTTP/1.0\r\n\r\n');
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"status":"ok"}');
  });
});

describe('the Expect header', () => {
  it('is obeyed for 100-continue', async () => {
    const answers = await sendBytes(app.origin, requestBytes('GET /health/live', ['Expect: 100-continue']));
    expect(answers.map(({ status }) => status)).toEqual([100, 200]);
  });

  it('is ignored for everything else', async () => {
    const answer = await send(requestBytes('GET /health/live', ['Expect: miracles']));
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"status":"ok"}');
  });
});

describe('a request to become something else', () => {
  it('by Upgrade is answered as if it had not been made', async () => {
    const headers = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    const answer = await send(requestBytes('GET /health/live', headers));
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"status":"ok"}');
  });

  it('by CONNECT is answered 400 in the envelope, and no tunnel is made', async () => {
    expectError(await send(requestBytes('CONNECT evil.test:443')), 'request_malformed');
  });
});
