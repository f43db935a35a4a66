import argon2 from 'argon2';
import { afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop, type TestCustomer } from '../harness/shop.js';
import { countRows } from '../harness/stored-rows.js';

let app: TestApp;
let shop: Shop;
let ann: TestCustomer;
let verifications: MockInstance<typeof argon2.verify>;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  ann = await shop.customer();
});

beforeEach(() => {
  verifications = vi.spyOn(argon2, 'verify');
});

afterEach(() => verifications.mockRestore());

async function login(data: unknown) {
  return app.http
    .post('/v2/customers/tokens')
    .set(await shop.implicit())
    .send({ data });
}

const EMAIL_MISSING = 'The data.email field is required.';
const PASSWORD_MISSING = 'The data.password field is required.';

/** Members of an exchange that is faultless in form. */
const SINGLE_SIGN_ON = {
  authentication_mechanism: 'oidc',
  oauth_authorization_code: 'code',
  oauth_redirect_uri: 'https://shop.example/oidc',
  oauth_code_verifier: 'x'.repeat(43),
};

type Case = [fault: string, members: Record<string, unknown>, ...sentences: string[]];

/** What differs from a right login. */
const CASES: Case[] = [
  ['email and password are missing', { email: undefined, password: undefined }, EMAIL_MISSING, PASSWORD_MISSING],
  ['the email is missing', { email: undefined }, EMAIL_MISSING],
  ['the email is null', { email: null }, EMAIL_MISSING],
  ['the email is empty', { email: '' }, EMAIL_MISSING],
  ['the email is a number', { email: 1 }, 'The data.email must be a string.'],
  ['the email is an operator', { email: { contains: '' } }, 'The data.email must be a string.'],
  ['the email is a list', { email: ['ann@example.test'] }, 'The data.email must be a string.'],
  ['the email is very long', { email: 'x'.repeat(1_025) }, 'The data.email may not be greater than 1024 characters.'],
  ['the password is missing', { password: undefined }, PASSWORD_MISSING],
  ['the password is null', { password: null }, PASSWORD_MISSING],
  ['the password is empty', { password: '' }, PASSWORD_MISSING],
  ['the password is a number', { password: 12_345_678 }, 'The data.password must be a string.'],
  ['the password is true', { password: true }, 'The data.password must be a string.'],
  ['the password is an operator', { password: { not: '' } }, 'The data.password must be a string.'],
  [
    'the password is too long',
    { password: 'x'.repeat(1_025) },
    'The data.password may not be greater than 1024 bytes.',
  ],
  [
    'the password is too long in bytes',
    { password: '🦄'.repeat(257) },
    'The data.password may not be greater than 1024 bytes.',
  ],
  ['the type is wrong', { type: 'customer' }, 'The selected data.type is invalid.'],
  ['the type names a mechanism', { type: 'oidc' }, 'The selected data.type is invalid.'],
  ['the type is a number', { type: 1 }, 'The selected data.type is invalid.'],
  [
    'everything is wrong',
    { type: 'x', email: 1, password: undefined },
    'The selected data.type is invalid.',
    'The data.email must be a string.',
    PASSWORD_MISSING,
  ],
  ...[
    '',
    'Password',
    'passwordless',
    'saml',
    '__proto__',
    'constructor',
    'local',
    'session',
    7,
    true,
    ['password'],
    {},
  ].map((mechanism): Case => [
    `the mechanism is ${JSON.stringify(mechanism)}`,
    { authentication_mechanism: mechanism },
    mechanism === ''
      ? 'The data.authentication_mechanism field is required.'
      : 'The selected data.authentication_mechanism is invalid.',
  ]),
  [
    'the mechanism is single sign-on and all else is missing',
    { authentication_mechanism: 'oidc' },
    'The data.oauth_authorization_code field is required.',
    'The data.oauth_redirect_uri field is required.',
    'The data.oauth_code_verifier field is required.',
  ],
  ...(['oauth_authorization_code', 'oauth_redirect_uri', 'oauth_code_verifier'] as const).flatMap((name): Case[] => [
    [`${name} is missing`, { ...SINGLE_SIGN_ON, [name]: undefined }, `The data.${name} field is required.`],
    [`${name} is null`, { ...SINGLE_SIGN_ON, [name]: null }, `The data.${name} field is required.`],
    [`${name} is empty`, { ...SINGLE_SIGN_ON, [name]: '' }, `The data.${name} field is required.`],
    [`${name} is a number`, { ...SINGLE_SIGN_ON, [name]: 1 }, `The data.${name} must be a string.`],
    [`${name} is an operator`, { ...SINGLE_SIGN_ON, [name]: { not: '' } }, `The data.${name} must be a string.`],
    [`${name} is a list`, { ...SINGLE_SIGN_ON, [name]: ['a'] }, `The data.${name} must be a string.`],
    [
      `${name} is very long`,
      { ...SINGLE_SIGN_ON, [name]: 'x'.repeat(2_049) },
      `The data.${name} may not be greater than 2048 characters.`,
    ],
  ]),
];

describe('POST /v2/customers/tokens', () => {
  it.each(CASES)(
    'answers 422 with one entry per fault, hashes nothing and stores nothing, when %s',
    async (_, members, ...sentences) => {
      const answer = await login({ type: 'token', email: ann.email, password: ann.password, ...members });

      expectError(
        answer,
        'validation_failed',
        sentences.map((detail) => ({ title: 'Failed Validation', detail })),
      );
      expect(answer.status).toBe(422);
      expect(verifications).not.toHaveBeenCalled();
      expect(await countRows(shop, 'customer_tokens')).toBe(0);
    },
  );

  it.each([
    ['{}', 'The data field is required.'],
    ['{"email":"ann@example.test","password":"x"}', 'The data field is required.'],
    ['{"data":null}', 'The data field is required.'],
    ['{"data":[]}', 'The data must be an object.'],
    ['{"data":"x"}', 'The data must be an object.'],
    ['[]', 'The data field is required.'],
    ['', 'The data field is required.'],
  ])('answers 422, when the body is %s', async (body, detail) => {
    const answer = await app.http
      .post('/v2/customers/tokens')
      .set(await shop.implicit())
      .type('json')
      .send(body);

    expectError(answer, 'validation_failed', [{ title: 'Failed Validation', detail }]);
  });

  it('takes a password of 1,024 bytes as one that may be right, and an address of any length as one that may be known', async () => {
    for (const members of [{ password: 'x'.repeat(1_024) }, { email: `${'x'.repeat(1_000)}@example.test` }]) {
      expectError(await login({ email: ann.email, password: ann.password, ...members }), 'credentials_invalid');
    }
    expect(verifications).toHaveBeenCalledTimes(2);
  });

  it('answers 401 without an access token and 403 to a key without the right, and hashes nothing', async () => {
    const key = await shop.otherKey({ permissions: ['customers:read'] });
    const data = { email: ann.email, password: ann.password };

    const nobody = await app.http.post('/v2/customers/tokens').send({ data });
    const narrow = await app.http
      .post('/v2/customers/tokens')
      .set(await shop.implicit(key))
      .send({ data });

    expectError(nobody, 'access_token_invalid');
    expectError(narrow, 'forbidden');
    expect(verifications).not.toHaveBeenCalled();
  });
});
