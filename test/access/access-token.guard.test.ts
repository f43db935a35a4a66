import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { sendBytes, requestBytes } from '../harness/raw-http.js';
import { givenShop, type Shop } from '../harness/shop.js';

const ROUTE = '/v2/settings/store';

describe('the access-token guard', () => {
  let app: TestApp;
  let shop: Shop;
  let token: string;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    token = await shop.token('client_credentials');
  });

  it.each([
    ['Bearer T', (t: string) => `Bearer ${t}`],
    ['Bearer: T, as an older SDK sends it', (t: string) => `Bearer: ${t}`],
    ['bearer T', (t: string) => `bearer ${t}`],
    ['BEARER: T', (t: string) => `BEARER: ${t}`],
    ['bEaReR   T', (t: string) => `bEaReR   ${t}`],
    ['T alone, as some bots send it', (t: string) => t],
    ['T with space around', (t: string) => ` Bearer ${t} `],
  ])('accepts %s', async (_, header) => {
    const answer = await app.http.get(ROUTE).set('authorization', header(token)).expect(200);
    expect(answer.body).toMatchObject({ data: { id: shop.storeId } });
  });

  it.each([
    ['an empty header', () => ''],
    ['Bearer alone', () => 'Bearer'],
    ['Bearer: alone', () => 'Bearer:'],
    ['undefined', () => 'undefined'],
    ['null', () => 'null'],
    ['another scheme', (t: string) => `Token ${t}`],
    ['Basic', (t: string) => `Basic ${t}`],
    ['the token twice', (t: string) => `Bearer ${t} ${t}`],
    ['the scheme twice', (t: string) => `Bearer Bearer ${t}`],
    ['two headers in one', (t: string) => `Bearer ${t}, Bearer ${t}`],
    ['no space behind the colon', (t: string) => `Bearer:${t}`],
  ])('takes %s for no token: 401 with the bare challenge (RFC 6750 section 3)', async (_, header) => {
    const answer = await app.http.get(ROUTE).set('authorization', header(token));

    expectError(answer, 'access_token_invalid');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ reason: 'missing' });
  });

  it('takes no header at all for no token', async () => {
    const answer = await app.http.get(ROUTE);

    expectError(answer, 'access_token_invalid');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="gatehouse"');
  });

  it.each([
    ['Bearer undefined, as a gateway sends it whose caller sent nothing', () => 'Bearer undefined'],
    ['Bearer null', () => 'Bearer null'],
    ['the name of an object', () => 'Bearer [object]'],
    ['a bare text of three parts', () => 'a.b.c'],
    ['a token cut short', (t: string) => `Bearer ${t.slice(0, -1)}`],
    ['a token with quotes', (t: string) => `Bearer "${t}"`],
    ['8 kilobytes', () => `Bearer ${'x'.repeat(8_192)}`],
  ])('takes %s for a bad token: 401 with the error in the challenge', async (_, header) => {
    const answer = await app.http.get(ROUTE).set('authorization', header(token));

    expectError(answer, 'access_token_invalid');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="gatehouse", error="invalid_token"');
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      reason: 'encoding_invalid',
    });
  });

  it('takes letters beyond ASCII in the header for a bad token', async () => {
    const bytes = Buffer.from(requestBytes(`GET ${ROUTE}`, ['Authorization: Bearer \u00e9\u00ff.a.b']), 'latin1');
    const [answer] = await sendBytes(app.origin, bytes);
    if (answer === undefined) throw new Error('no answer');
    expectError(answer, 'access_token_invalid');
  });

  it('takes neither of two headers, whichever is good', async () => {
    const header = (text: string) => `Authorization: ${text}`;
    const both = (first: string, second: string) =>
      sendBytes(app.origin, requestBytes(`GET ${ROUTE}`, [header(first), header(second)]));

    const told = [{ detail: 'The header Authorization is given more than once.' }];
    for (const [first, second] of [
      [`Bearer ${token}`, 'Bearer bad'],
      ['Bearer bad', `Bearer ${token}`],
      [`Bearer ${token}`, `Bearer ${token}`],
    ] as const) {
      const [answer] = await both(first, second);
      if (answer === undefined) throw new Error('no answer');
      expectError(answer, 'request_malformed', told);
    }
  });

  it('looks for the token nowhere but in the header: not in the query, the body or a cookie', async () => {
    const answers = [
      await app.http.get(`${ROUTE}?access_token=${token}&token=${token}`),
      await app.http.put(ROUTE).send({ access_token: token, data: { page_length: 7 } }),
      await app.http.get(ROUTE).set('cookie', `access_token=${token}`),
      await app.http.get(ROUTE).set('x-authorization', `Bearer ${token}`),
    ];

    for (const answer of answers) expectError(answer, 'access_token_invalid');
    const unchanged = await app.http.get(ROUTE).set('authorization', `Bearer ${token}`).expect(200);
    expect(unchanged.body).toMatchObject({ data: { page_length: 25 } });
    expect(app.log.lines.join('\n')).not.toContain(token);
  });

  it('refuses a bad token before it looks at the body, the page or the customer token', async () => {
    const bad = { authorization: 'Bearer bad' };
    const answers = [
      await app.http
        .put(ROUTE)
        .set(bad)
        .send({ data: { page_length: 'x' } }),
      await app.http.get('/v2/customers?page[limit]=0').set(bad),
      await app.http.get('/v2/customers').set(bad).set('x-moltin-customer-token', 'stale'),
      await app.http.get('/v2/customers/no-uuid').set(bad),
    ];
    for (const answer of answers) expectError(answer, 'access_token_invalid');
  });
});
