import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../../src/crypto/digest.js';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { aSecondLater } from '../harness/process-time.js';
import { givenShop, type Shop, type TestKey } from '../harness/shop.js';

const PATH = '/oauth/access_token';
const CHALLENGE = 'Basic realm="gatehouse", charset="UTF-8"';
const CLIENT_INVALID = {
  error: 'invalid_client',
  error_description: 'The client is unknown or its secret is not right.',
};

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('client authentication', () => {
  let app: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  function ask(key: Pick<TestKey, 'clientId' | 'clientSecret'>) {
    const form = { grant_type: 'client_credentials', client_id: key.clientId, client_secret: key.clientSecret };
    return app.http.post(PATH).type('form').send(form);
  }

  function askByBasic(authorization: string, form: Record<string, string> = { grant_type: 'client_credentials' }) {
    return app.http.post(PATH).type('form').set('authorization', authorization).send(form);
  }

  async function addSecret(key: TestKey, secret: string, retiredAt: Date | null): Promise<void> {
    await app.database.prisma.applicationKeySecret.create({
      data: {
        storeId: shop.storeId,
        id: newId(),
        keyId: key.keyId,
        secretHash: new Uint8Array(sha256(secret)),
        createdAt: new Date(),
        retiredAt,
      },
    });
  }

  it.each([
    ['a wrong secret', (s: Shop) => `Basic ${base64(`${s.key.clientId}:wrong`)}`, 'secret_wrong'],
    ['an empty secret', (s: Shop) => `Basic ${base64(`${s.key.clientId}:`)}`, 'secret_wrong'],
    ['an unknown client', () => `Basic ${base64('nobody:wrong')}`, 'key_unknown'],
    ['an empty client id', (s: Shop) => `Basic ${base64(`:${s.key.clientSecret}`)}`, 'key_unknown'],
    [
      'a NUL in the client id',
      (s: Shop) => `Basic ${base64(`${s.key.clientId}%00:${s.key.clientSecret}`)}`,
      'key_unknown',
    ],
    ['no colon', (s: Shop) => `Basic ${base64(s.key.clientId)}`, 'header_invalid'],
    ['a broken percent sign', (s: Shop) => `Basic ${base64(`${s.key.clientId}:100%`)}`, 'header_invalid'],
    ['text that is no base64', () => 'Basic not base64', 'header_invalid'],
    [
      'a foreign letter that lenient decoders skip',
      (s: Shop) => `Basic ${base64(`${s.key.clientId}:${s.key.clientSecret}`).replace(/^.{8}/, '$&!')}`,
      'header_invalid',
    ],
    ['nothing behind the scheme', () => 'Basic', 'header_invalid'],
    ['id and secret not encoded', (s: Shop) => `Basic ${s.key.clientId}:${s.key.clientSecret}`, 'header_invalid'],
    ['bytes that are no UTF-8', () => `Basic ${Buffer.of(0xff, 0x3a, 0xfe).toString('base64')}`, 'key_unknown'],
  ])('by HTTP Basic with %s is 401 with the challenge (RFC 6749 section 5.2)', async (_, header, reason) => {
    const answer = await askByBasic(header(shop));

    expectError(answer, 'oauth_client_invalid', [{}], CLIENT_INVALID);
    expect(answer.headers['www-authenticate']).toBe(CHALLENGE);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({ status: 401, reason });
  });

  it('by HTTP Basic that is malformed is 401 too where the form alone would do, since nobody knows which one counts', async () => {
    const answer = await askByBasic('Basic !', { grant_type: 'implicit', client_id: shop.key.clientId });
    expectError(answer, 'oauth_client_invalid', [{}], CLIENT_INVALID);
  });

  it.each([
    ['the same secret in the form', (s: Shop) => ({ client_secret: s.key.clientSecret })],
    ['id and secret in the form', (s: Shop) => ({ client_id: s.key.clientId, client_secret: s.key.clientSecret })],
    ['a wrong secret in the form', () => ({ client_secret: 'wrong' })],
    ['another client_id in the form', () => ({ client_id: 'somebody-else' })],
  ])('by HTTP Basic and with %s is 400', async (_, form) => {
    const authorization = `Basic ${base64(`${shop.key.clientId}:${shop.key.clientSecret}`)}`;
    const answer = await askByBasic(authorization, { grant_type: 'client_credentials', ...form(shop) });

    const detail = 'The client authenticates in two ways at once.';
    expectError(answer, 'oauth_request_invalid', [{ detail }], { error: 'invalid_request', error_description: detail });
  });

  it('compares the secret of a known and of an unknown client alike, by digest and in constant time', async () => {
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    const callsFor = async (key: Pick<TestKey, 'clientId' | 'clientSecret'>, status: number) => {
      compare.mockClear();
      await ask(key).expect(status);
      return compare.mock.calls.map(([left, right]) => [
        left.byteLength,
        Buffer.from(right as Uint8Array).toString('hex'),
      ]);
    };
    const wrong = [[32, sha256('wrong').toString('hex')]];

    expect(await callsFor({ clientId: shop.key.clientId, clientSecret: 'wrong' }, 401)).toEqual(wrong);
    expect(await callsFor({ clientId: 'nobody', clientSecret: 'wrong' }, 401)).toEqual(wrong);
    expect(await callsFor({ clientId: 'x'.repeat(500), clientSecret: 'wrong' }, 401)).toEqual(wrong);
    expect(await callsFor(shop.key, 200)).toEqual([[32, sha256(shop.key.clientSecret).toString('hex')]]);
  });

  it('does not stop at the first secret that matches', async () => {
    const key = await shop.otherKey({});
    await addSecret(key, 'the second secret of this key, long enough', null);
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();

    await ask(key).expect(200);
    await ask({ ...key, clientSecret: 'the second secret of this key, long enough' }).expect(200);

    expect(compare).toHaveBeenCalledTimes(4);
  });

  it('accepts both secrets while they are rotated, refuses a retired one, and a retiring one from its moment on', async () => {
    const key = await shop.otherKey({});
    const [retired, retiring] = ['a secret retired a minute ago, long enough', 'a secret that retires in an hour'];
    const now = app.clock.now().getTime();
    await addSecret(key, retired, new Date(now - 60_000));
    await addSecret(key, retiring, new Date(now + 3_600_000));

    await ask(key).expect(200);
    await ask({ ...key, clientSecret: retiring }).expect(200);
    expectError(await ask({ ...key, clientSecret: retired }), 'oauth_client_invalid', [{}], CLIENT_INVALID);
    app.clock.advanceSeconds(3_601);
    try {
      await aSecondLater(async () => {
        await ask({ ...key, clientSecret: retiring }).expect(401);
        await ask(key).expect(200);
      });
    } finally {
      app.clock.advanceSeconds(-3_601);
    }
  });

  it('of a key without any secret is refused whatever is presented, also the empty text and its digest', async () => {
    const key = await shop.otherKey({});
    await app.database.prisma.applicationKeySecret.deleteMany({ where: { keyId: key.keyId } });
    const digest = sha256('').toString('hex');

    for (const clientSecret of [key.clientSecret, digest, ' ']) await ask({ ...key, clientSecret }).expect(401);
    const authorization = `Basic ${base64(`${key.clientId}:`)}`;
    expectError(await askByBasic(authorization), 'oauth_client_invalid', [{}], CLIENT_INVALID);
    await app.http.post(PATH).type('form').send({ grant_type: 'implicit', client_id: key.clientId }).expect(200);
  });

  it('does not take the stored digest for the secret', async () => {
    const digest = sha256(shop.key.clientSecret);
    for (const clientSecret of [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')]) {
      await ask({ ...shop.key, clientSecret }).expect(401);
    }
  });

  it('does not take the secret of another key, of the same or another store', async () => {
    const sibling = await shop.otherKey({});
    const { key: stranger } = await givenShop(app);
    for (const { clientSecret } of [sibling, stranger]) await ask({ ...shop.key, clientSecret }).expect(401);
  });

  it('stores secrets as SHA-256 only', async () => {
    const rows = await app.database.prisma.applicationKeySecret.findMany({ where: { keyId: shop.key.keyId } });
    expect(rows.map(({ secretHash }) => Buffer.from(secretHash))).toEqual([sha256(shop.key.clientSecret)]);
  });
});
