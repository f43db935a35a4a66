import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { sha256 } from '../../src/crypto/digest.js';
import { newId } from '../../src/crypto/identifiers.js';
import { givenShop, type Shop } from '../harness/shop.js';

const PATH = '/oauth/access_token';
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

describe('POST /oauth/access_token', () => {
  let app: TestApp;
  let shop: Shop;
  let implicit: Record<string, string>;
  let proven: Record<string, string>;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
    implicit = { grant_type: 'implicit', client_id: shop.key.clientId };
    proven = {
      grant_type: 'client_credentials',
      client_id: shop.key.clientId,
      client_secret: shop.key.clientSecret,
    };
  });

  /** Whether a token opens what only client credentials may. */
  async function opensSettings(answer: { body: unknown }): Promise<boolean> {
    const { access_token } = answer.body as { access_token: string };
    const { status } = await app.http.get('/v2/settings/store').set('authorization', `Bearer ${access_token}`);
    return status === 200;
  }

  it.each(['implicit', 'client_credentials'] as const)(
    'with grant %s answers 200 and a flat object that tells the grant and the expiry, not to be stored',
    async (grant) => {
      const before = Math.floor(Date.now() / 1000);
      const answer = await app.http
        .post(PATH)
        .type('form')
        .send(grant === 'implicit' ? implicit : proven);
      const { expires } = answer.body as { expires: number };

      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        access_token: expect.stringMatching(TOKEN) as string,
        token_type: 'Bearer',
        identifier: grant,
        expires: expect.any(Number) as number,
        expires_in: 3_600,
      });
      expect(expires).toBeGreaterThanOrEqual(before + 3_600);
      expect(expires).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 3_600);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(await opensSettings(answer)).toBe(grant === 'client_credentials');
    },
  );

  it('leaves one log line that names key and store, and no secret or token', async () => {
    const answer = await app.http.post(PATH).type('form').send(proven).expect(200);
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));

    expect(line).toMatchObject({
      method: 'POST',
      route: PATH,
      status: 200,
      key_id: shop.key.keyId,
      store_id: shop.storeId,
    });
    const log = app.log.lines.join('\n');
    expect(log).not.toContain(shop.key.clientSecret);
    expect(log).not.toContain((answer.body as { access_token: string }).access_token);
  });

  const spellings: [title: string, send: () => { type?: string; body: string; headers?: Record<string, string> }][] = [
    [
      'a form with the client first',
      () => ({
        type: 'form',
        body: `client_id=${proven['client_id']}&client_secret=${proven['client_secret']}&grant_type=client_credentials`,
      }),
    ],
    [
      'a form that names its charset',
      () => ({
        type: 'application/x-www-form-urlencoded; charset=UTF-8',
        body: new URLSearchParams(proven).toString(),
      }),
    ],
    [
      'a form with members that it does not know',
      () => ({ type: 'form', body: `${new URLSearchParams(proven).toString()}&scope=all&audience=&x%5B%5D=1` }),
    ],
    ['a JSON body', () => ({ type: 'json', body: JSON.stringify(proven) })],
    ['a JSON body sent as a form, as curl does', () => ({ type: 'form', body: JSON.stringify(proven) })],
    [
      'a JSON body with a byte order mark and line ends',
      () => ({ type: 'json', body: `\uFEFF\n${JSON.stringify(proven, null, 2)}\n` }),
    ],
    [
      'a JSON body with members that are null',
      () => ({ type: 'json', body: JSON.stringify({ ...proven, scope: null }) }),
    ],
    [
      'a stale bearer beside it',
      () => ({
        type: 'form',
        body: new URLSearchParams(proven).toString(),
        headers: { authorization: 'Bearer stale' },
      }),
    ],
    [
      'a stale customer token beside it',
      () => ({
        type: 'form',
        body: new URLSearchParams(proven).toString(),
        headers: { 'x-moltin-customer-token': 'stale' },
      }),
    ],
  ];

  it.each(spellings)('takes %s', async (_, send) => {
    const { type, body, headers } = send();
    const answer = await app.http
      .post(PATH)
      .type(type ?? 'form')
      .set(headers ?? {})
      .send(body)
      .expect(200);

    expect(answer.body).toMatchObject({ identifier: 'client_credentials', token_type: 'Bearer' });
    expect(await opensSettings(answer)).toBe(true);
  });

  it('answers with a slash behind the path as well', async () => {
    await app.http.post(`${PATH}/`).type('form').send(implicit).expect(200);
  });

  const basics: [title: string, header: () => string, body: () => Record<string, string>][] = [
    ['HTTP Basic', () => basic(shop.key.clientId, shop.key.clientSecret), () => ({ grant_type: 'client_credentials' })],
    [
      'HTTP Basic in lower case',
      () => basic(shop.key.clientId, shop.key.clientSecret).replace('Basic', 'basic'),
      () => ({ grant_type: 'client_credentials' }),
    ],
    [
      'HTTP Basic with the same client_id in the form',
      () => basic(shop.key.clientId, shop.key.clientSecret),
      () => ({ grant_type: 'client_credentials', client_id: shop.key.clientId }),
    ],
    [
      'HTTP Basic with an empty client_secret in the form',
      () => basic(shop.key.clientId, shop.key.clientSecret),
      () => ({ grant_type: 'client_credentials', client_secret: '' }),
    ],
    [
      'HTTP Basic with every letter percent-encoded',
      () => basic(shop.key.clientId, shop.key.clientSecret, everyLetter),
      () => ({ grant_type: 'client_credentials' }),
    ],
  ];

  it.each(basics)('takes %s', async (_, header, body) => {
    const answer = await app.http.post(PATH).type('form').set('authorization', header()).send(body()).expect(200);
    expect(await opensSettings(answer)).toBe(true);
  });

  it('takes a secret with spaces, plus signs, colons, percent signs and letters beyond ASCII in every spelling', async () => {
    const secret = 'one + two: 100% «ß»&=/? and 32 letters';
    const key = await shop.otherKey({});
    await app.database.prisma.applicationKeySecret.create({
      data: {
        storeId: shop.storeId,
        id: newId(),
        keyId: key.keyId,
        secretHash: new Uint8Array(sha256(secret)),
        createdAt: new Date(),
        retiredAt: null,
      },
    });
    const members = { grant_type: 'client_credentials', client_id: key.clientId, client_secret: secret };
    const grant = { grant_type: 'client_credentials' };

    await app.http.post(PATH).type('form').send(members).expect(200);
    await app.http.post(PATH).type('json').send(members).expect(200);
    await app.http.post(PATH).type('form').set('authorization', basic(key.clientId, secret)).send(grant).expect(200);
    const plus = basic(key.clientId, secret, (text) => new URLSearchParams({ '': text }).toString().slice(1));
    await app.http.post(PATH).type('form').set('authorization', plus).send(grant).expect(200);
    const changed = { ...members, client_secret: secret.replaceAll('+', ' ') };
    await app.http.post(PATH).type('form').send(changed).expect(401);
  });

  it('takes a right secret with implicit too, and still answers an implicit token', async () => {
    const answer = await app.http
      .post(PATH)
      .type('form')
      .send({ ...proven, grant_type: 'implicit' })
      .expect(200);

    expect(answer.body).toMatchObject({ identifier: 'implicit' });
    expect(await opensSettings(answer)).toBe(false);
  });

  it('takes POST only', async () => {
    for (const method of ['get', 'put', 'delete'] as const) {
      const answer = await app.http[method](PATH);
      const beside = { error: 'invalid_request', error_description: 'This route does not take that method.' };
      expectError(answer, 'method_not_allowed', [{}], beside);
      expect(answer.headers['allow']).toBe('POST');
    }
  });
});

function everyLetter(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function basic(clientId: string, secret: string, encode: (text: string) => string = encodeURIComponent): string {
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}`;
}
