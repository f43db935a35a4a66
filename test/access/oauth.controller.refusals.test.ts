import { beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors/error-catalog.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenShop, type Shop } from '../harness/shop.js';

const PATH = '/oauth/access_token';

/** RFC 6749 section 5.2. */
const OAUTH_ERRORS: Partial<Record<ErrorCode, string>> = { oauth_grant_unsupported: 'unsupported_grant_type' };

type Body = string | Record<string, unknown> | undefined;
type Refusal = [title: string, code: ErrorCode, detail: string, send: (shop: Shop) => { body: Body; type?: string }];

const DETAIL = {
  form: 'The body must be a form.',
  grantMissing: 'grant_type is missing.',
  grant: 'The grant_type must be implicit or client_credentials.',
  idMissing: 'client_id is missing.',
  malformed: 'The body could not be read as JSON.',
  unstorable: 'The body holds text with a NUL or a lone surrogate.',
} as const;

function proven(shop: Shop, change: Record<string, unknown> = {}): Record<string, unknown> {
  const { clientId, clientSecret } = shop.key;
  return { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, ...change };
}

function implicit(shop: Shop, change: Record<string, unknown> = {}): Record<string, unknown> {
  return { grant_type: 'implicit', client_id: shop.key.clientId, ...change };
}

const bodies: Refusal[] = [
  ['no body', 'oauth_request_invalid', DETAIL.form, () => ({ body: undefined })],
  ['an empty form', 'oauth_request_invalid', DETAIL.form, () => ({ body: '' })],
  ['a JSON list', 'oauth_request_invalid', DETAIL.form, (s) => ({ type: 'json', body: JSON.stringify([proven(s)]) })],
  ['a JSON text', 'oauth_request_invalid', DETAIL.form, () => ({ type: 'json', body: '"grant_type=implicit"' })],
  ['JSON null', 'oauth_request_invalid', DETAIL.form, () => ({ type: 'json', body: 'null' })],
  ['a JSON number', 'oauth_request_invalid', DETAIL.form, () => ({ type: 'json', body: '1' })],
  ['JSON with a comma behind', 'body_malformed', DETAIL.malformed, () => ({ type: 'json', body: '{"a":1,}' })],
  ['half of a JSON object', 'body_malformed', DETAIL.malformed, () => ({ body: '{"grant_type":"impl' })],
  [
    'JSON deeper than 32 levels',
    'body_malformed',
    'The body is nested deeper than 32 levels.',
    () => ({ type: 'json', body: `{"a":${'['.repeat(40)}${']'.repeat(40)}}` }),
  ],
  [
    'a form as text/plain',
    'media_type_unsupported',
    DETAIL.form,
    () => ({ type: 'text/plain', body: 'grant_type=implicit' }),
  ],
  ['XML', 'media_type_unsupported', DETAIL.form, () => ({ type: 'application/xml', body: '<grant/>' })],
  [
    'multipart',
    'media_type_unsupported',
    'The body must be JSON.',
    () => ({ type: 'multipart/form-data; boundary=x', body: '--x--' }),
  ],
  [
    'more than 100 KiB',
    'body_too_large',
    'The body is larger than this route takes.',
    () => ({ body: `grant_type=${'x'.repeat(102_400)}` }),
  ],
];

const grants: Refusal[] = [
  [
    'no grant_type',
    'oauth_request_invalid',
    DETAIL.grantMissing,
    (s) => ({ body: proven(s, { grant_type: undefined }), type: 'json' }),
  ],
  [
    'an empty grant_type',
    'oauth_request_invalid',
    DETAIL.grantMissing,
    (s) => ({ body: proven(s, { grant_type: '' }) }),
  ],
  ...[
    'refresh_token',
    'password',
    'authorization_code',
    'IMPLICIT',
    ' implicit',
    'implicit ',
    'implicit,client_credentials',
    '__proto__',
    'constructor',
  ].map((grant): Refusal => [
    `grant_type ${JSON.stringify(grant)}`,
    'oauth_grant_unsupported',
    DETAIL.grant,
    (s) => ({ body: proven(s, { grant_type: grant }) }),
  ]),
  ...[0, true, ['implicit'], { implicit: true }].map((grant): Refusal => [
    `grant_type ${JSON.stringify(grant)} in JSON`,
    'oauth_grant_unsupported',
    DETAIL.grant,
    (s) => ({ type: 'json', body: proven(s, { grant_type: grant }) }),
  ]),
  [
    'a wrong grant_type and no client_id',
    'oauth_grant_unsupported',
    DETAIL.grant,
    () => ({ body: { grant_type: 'password' } }),
  ],
];

const members: Refusal[] = [
  ['no client_id', 'oauth_request_invalid', DETAIL.idMissing, () => ({ body: { grant_type: 'implicit' } })],
  [
    'a secret but no client_id',
    'oauth_request_invalid',
    DETAIL.idMissing,
    () => ({ body: { grant_type: 'client_credentials', client_secret: 'x' } }),
  ],
  ['an empty client_id', 'oauth_request_invalid', DETAIL.idMissing, (s) => ({ body: implicit(s, { client_id: '' }) })],
  [
    'client_id null',
    'oauth_request_invalid',
    DETAIL.idMissing,
    (s) => ({ type: 'json', body: implicit(s, { client_id: null }) }),
  ],
  ...[1, true, ['a'], { not: '' }].map((value): Refusal => [
    `client_id ${JSON.stringify(value)}`,
    'oauth_request_invalid',
    'client_id must be text.',
    (s) => ({ type: 'json', body: implicit(s, { client_id: value }) }),
  ]),
  ...[1, false, ['a'], {}].map((value): Refusal => [
    `client_secret ${JSON.stringify(value)}`,
    'oauth_request_invalid',
    'client_secret must be text.',
    (s) => ({ type: 'json', body: proven(s, { client_secret: value }) }),
  ]),
  ...['grant_type', 'client_id', 'client_secret', 'scope'].map((name): Refusal => [
    `${name} twice`,
    'oauth_request_invalid',
    `${name} is given twice.`,
    (s) => ({ body: `${new URLSearchParams({ scope: 'a', ...proven(s) }).toString()}&${name}=b` }),
  ]),
  [
    'an odd name twice',
    'oauth_request_invalid',
    'A parameter is given twice.',
    () => ({ body: 'grant_type=implicit&%3Cb%3E=1&%3Cb%3E=2' }),
  ],
  ['a NUL in a form', 'body_malformed', DETAIL.unstorable, () => ({ body: 'grant_type=implicit&client_id=a%00b' })],
  [
    'a NUL in the name of a form',
    'body_malformed',
    DETAIL.unstorable,
    () => ({ body: 'grant_type=implicit&client_id=ab&%00=1' }),
  ],
  [
    'a NUL in JSON',
    'body_malformed',
    DETAIL.unstorable,
    (s) => ({ type: 'json', body: implicit(s, { client_id: 'a\0b' }) }),
  ],
  [
    'half a surrogate pair in JSON',
    'body_malformed',
    DETAIL.unstorable,
    () => ({ type: 'json', body: '{"grant_type":"implicit","client_id":"\\ud800"}' }),
  ],
];

describe('POST /oauth/access_token refuses', () => {
  let app: TestApp;
  let shop: Shop;

  beforeAll(async () => {
    app = await sharedApp();
    shop = await givenShop(app);
  });

  it.each([...bodies, ...grants, ...members])('%s as %s', async (_, code, detail, send) => {
    const { body, type } = send(shop);
    const answer = await app.http
      .post(PATH)
      .type(type ?? 'form')
      .send(body);

    const beside = { error: OAUTH_ERRORS[code] ?? 'invalid_request', error_description: detail };
    expectError(answer, code, [{ detail }], beside);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  it('bytes that are no UTF-8 as body_malformed', async () => {
    const body = Buffer.concat([Buffer.from('grant_type=implicit&client_id='), Buffer.of(0xff, 0xfe)]);
    const raw = await fetch(`${app.origin}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new Uint8Array(body),
    });
    const detail = 'The body is not valid UTF-8.';
    expectError(
      { status: raw.status, headers: Object.fromEntries(raw.headers), body: await raw.json() },
      'body_malformed',
      [{ detail }],
      { error: 'invalid_request', error_description: detail },
    );
  });

  it('what stands in the query string instead of the body, and logs none of it', async () => {
    const query = new URLSearchParams(proven(shop) as Record<string, string>).toString();
    const answer = await app.http.post(`${PATH}?${query}`).type('form').send('scope=all');

    const beside = { error: 'invalid_request', error_description: DETAIL.grantMissing };
    expectError(answer, 'oauth_request_invalid', [{ detail: DETAIL.grantMissing }], beside);
    const line = await app.log.ofRequest(String(answer.headers['x-request-id']));
    expect(line).toMatchObject({ route: PATH, status: 400 });
    expect(JSON.stringify(line)).not.toContain(shop.key.clientSecret);
  });
});
