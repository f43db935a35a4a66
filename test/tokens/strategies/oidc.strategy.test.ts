import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../../harness/app.js';
import { expectError } from '../../harness/error-answers.js';
import { uniqueEmail } from '../../harness/shop.js';
import { CodeDesk, tokenOf } from '../../sso/redemptions.js';

let app: TestApp;
let desk: CodeDesk;

beforeAll(async () => {
  app = await sharedApp();
  desk = await CodeDesk.open(app);
});

afterAll(() => desk.close());

function seconds(): number {
  return Math.floor(app.clock.now().getTime() / 1000);
}

describe('POST /v2/customers/tokens with a code of a single sign-on', () => {
  it('answers 200 with the same kind of token as a login by password, and logs the login', async () => {
    const earliest = seconds();
    const answer = await desk.redeem(await desk.newCode());

    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    const { id, token, expires } = tokenOf(answer);
    expect(answer.body).toEqual({
      data: { type: 'token', id, customer_id: desk.customerId, token, expires: expect.any(Number) as number },
    });
    const { iat = 0, ...claims } = decodeJwt(token);
    expect(iat).toBeGreaterThanOrEqual(earliest);
    expect(iat).toBeLessThanOrEqual(seconds());
    expect(expires).toBe(iat + 86_400);
    expect(claims).toEqual({
      iss: app.config.publicUrl,
      aud: desk.storeId,
      sub: desk.customerId,
      name: 'Ann Example',
      jti: id,
      exp: iat + 86_400,
      token_use: 'customer',
    });
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ status: 200, customer_id: desk.customerId, events: ['login_succeeded'] });
    const row = await app.database.prisma.customerToken.findUniqueOrThrow({
      where: { storeId_id: { storeId: desk.storeId, id } },
    });
    expect(row).toMatchObject({ mechanism: 'oidc', identityId: desk.identityId, revokedAt: null });
  });

  it('gives a token that opens exactly what is the customer’s own', async () => {
    const { token } = tokenOf(await desk.redeem(await desk.newCode()));
    const stranger = await desk.world.shop.customer();
    expect(await desk.world.readsProfile(desk.customerId, token)).toBe(200);
    expect(await desk.world.readsProfile(stranger.id, token)).toBe(403);
    const list = await app.http.get('/v2/customers').set({ ...desk.implicit, 'x-moltin-customer-token': token });
    expect((list.body as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([desk.customerId]);
  });

  it('takes a code for another client of the store, and under client credentials', async () => {
    const key = await desk.world.shop.otherKey({});
    for (const headers of [await desk.world.shop.implicit(key), await desk.world.shop.service()]) {
      const answer = await desk.redeem(await desk.newCode(), { headers });
      expect(tokenOf(answer).customer_id).toBe(desk.customerId);
    }
  });

  it('asks for an access token, and for the right to make customer tokens, and uses no code up without', async () => {
    const code = await desk.newCode();
    const key = await desk.world.shop.otherKey({ permissions: ['customers:read'] });
    expectError(await desk.redeem(code, { headers: {} }), 'access_token_invalid');
    expectError(await desk.redeem(code, { headers: await desk.world.shop.implicit(key) }), 'forbidden');
    expect(tokenOf(await desk.redeem(code)).customer_id).toBe(desk.customerId);
  });

  it.each(['stale', '', 'undefined', 'null', 'a.b.c'])(
    'does not look at a customer token that comes along: %j',
    async (token) => {
      const headers = { ...desk.implicit, 'x-moltin-customer-token': token };
      const answer = await desk.redeem(await desk.newCode(), { headers });
      expect(tokenOf(answer).customer_id).toBe(desk.customerId);
    },
  );

  it('answers one body for everything that is wrong with code, redirect URI and verifier', async () => {
    const used = await desk.newCode();
    await desk.redeem(used);
    const answers = [
      await desk.redeem(used),
      await desk.redeem({ ...(await desk.newCode()), oauth_authorization_code: 'unknown' }),
      await desk.redeem({ ...(await desk.newCode()), oauth_redirect_uri: 'https://elsewhere.example.test/cb' }),
      await desk.redeem({ ...(await desk.newCode()), oauth_code_verifier: 'a'.repeat(43) }),
      await desk.redeem({ ...(await desk.newCode()), oauth_code_verifier: 'short' }),
    ];
    for (const answer of answers) expectError(answer, 'grant_invalid');
    const bodies = answers.map(({ text, headers }) => text.replace(String(headers['x-request-id']), ''));
    expect(new Set(bodies).size).toBe(1);
  });

  it('writes neither code nor verifier nor token to the log', async () => {
    const [right, wrong] = [await desk.newCode(), { ...(await desk.newCode()), oauth_code_verifier: 'c'.repeat(43) }];
    const { token } = tokenOf(await desk.redeem(right));
    await desk.logged(await desk.redeem(wrong));
    const log = app.log.lines.join('');
    const secrets = [right, wrong].flatMap((sent) => [sent.oauth_authorization_code, sent.oauth_code_verifier]);
    expect([...secrets, token].filter((secret) => log.includes(secret))).toEqual([]);
  });
});

const MISSING = ['oauth_authorization_code', 'oauth_redirect_uri', 'oauth_code_verifier'] as const;
const required = (member: string) => `The data.${member} field is required.`;

type Fault = [fault: string, members: Record<string, unknown>, ...sentences: string[]];

const FAULTS: Fault[] = [
  ['everything is missing', Object.fromEntries(MISSING.map((name) => [name, undefined])), ...MISSING.map(required)],
  ...MISSING.flatMap((name): Fault[] => [
    [`${name} is missing`, { [name]: undefined }, required(name)],
    [`${name} is null`, { [name]: null }, required(name)],
    [`${name} is empty`, { [name]: '' }, required(name)],
    [`${name} is a number`, { [name]: 7 }, `The data.${name} must be a string.`],
    [`${name} is a list`, { [name]: ['x'] }, `The data.${name} must be a string.`],
    [`${name} is an operator`, { [name]: { not: '' } }, `The data.${name} must be a string.`],
    [
      `${name} has 10,000 letters`,
      { [name]: 'x'.repeat(10_000) },
      `The data.${name} may not be greater than 2048 characters.`,
    ],
  ]),
  ['the type is wrong', { type: 'customer' }, 'The selected data.type is invalid.'],
];

describe('the body of an exchange', () => {
  it.each(FAULTS)('is answered with 422 and one entry per fault, and uses no code up, when %s', async (...fault) => {
    const [, members, ...sentences] = fault;
    const code = await desk.newCode();

    const answer = await desk.redeem({ ...code, ...members });

    expectError(
      answer,
      'validation_failed',
      sentences.map((detail) => ({ detail })),
    );
    expect(tokenOf(await desk.redeem(code)).customer_id).toBe(desk.customerId);
  });

  it('is that of a login by password, when it names no mechanism, and then a code in it means nothing', async () => {
    const code = await desk.newCode();
    const answer = await desk.redeem({ ...code, authentication_mechanism: undefined });
    expectError(answer, 'validation_failed', [{ detail: required('email') }, { detail: required('password') }]);
    expect(tokenOf(await desk.redeem(code)).customer_id).toBe(desk.customerId);
  });
});

describe('a login by password beside single sign-on', () => {
  it('works as before, and its token is not of any identity', async () => {
    const customer = await desk.world.shop.customer();
    const { id } = await desk.world.shop.login(customer);
    const row = await app.database.prisma.customerToken.findUniqueOrThrow({
      where: { storeId_id: { storeId: desk.storeId, id } },
    });
    expect(row).toMatchObject({ customerId: customer.id, mechanism: 'password', identityId: null });
  });

  it('is refused like an unknown email for a customer of single sign-on who has no password', async () => {
    const email = uniqueEmail();
    await desk.world.door.enter({ sub: email, email, email_verified: true });
    for (const password of ['correct horse battery', 'null', ' ']) {
      const data = { type: 'token', authentication_mechanism: 'password', email, password };
      const answer = await app.http.post('/v2/customers/tokens').set(desk.implicit).send({ data });
      expectError(answer, 'credentials_invalid');
    }
  });
});
