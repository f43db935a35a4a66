import { beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from './harness/app.js';
import { Browser } from './harness/browser.js';
import { expectError } from './harness/error-answers.js';
import { HostileProvider } from './harness/identity-provider/hostile.js';
import { givenSignIn } from './harness/identity-provider/sign-in.js';
import { givenShop } from './harness/shop.js';

const PRINTED_CODE = 'c2490f06-6d8e-4927-99aa-4bf02b419e96';
const PRINTED_VERIFIER = '0E934PurR8ExVg6Pj7T4kQewxKzWSfSFG5d15FGfww8';

/** As a page that the vendor published in 2020 prints it. */
const BODY = `{
        "data":{
          "type": "token",
          "authentication_mechanism": "oidc",
          "oauth_authorization_code":  "${PRINTED_CODE}",
          "oauth_redirect_uri": "https://example-store.com/oauth2/callback",
          "oauth_code_verifier": "${PRINTED_VERIFIER}"
        }
     }`;

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
const SECONDS = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;

describe('the page on customer tokens, where it asks for OpenID Connect', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await sharedApp();
  });

  function exchange(implicit: string, body: string) {
    const headers = { Authorization: `Bearer ${implicit}`, 'Content-Type': 'application/json' };
    return app.http.post('/v2/customers/tokens').set(headers).send(body);
  }

  it('is told that the printed code is not valid', async () => {
    const shop = await givenShop(app);
    expectError(await exchange(await shop.token('implicit'), BODY), 'grant_invalid');
  });

  it('generates a token, as printed but for the code and the verifier', async () => {
    const provider = await HostileProvider.start(app.clock, { alg: 'ES256' });
    provider.person = { sub: 'ron', email: 'ron@swanson.com', email_verified: true, name: 'Ron Swanson' };
    const shop = await givenShop(app);
    const signIn = await givenSignIn(shop, provider, { redirectUri: 'https://example-store.com/oauth2/callback' });
    const { parameters, verifier } = await signIn.through(new Browser(app));
    const body = BODY.replace(PRINTED_CODE, parameters['code'] ?? '').replace(PRINTED_VERIFIER, verifier);
    const before = Math.floor(Date.now() / 1000);

    const answer = await exchange(await shop.token('implicit'), body);

    expect(answer.status).toBe(200);
    const { data } = answer.body as { data: { customer_id: string; token: string; expires: number } };
    expect(answer.body).toEqual({
      data: { type: 'token', id: UUID, customer_id: data.customer_id, token: data.token, expires: data.expires },
    });
    expect(data.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(data.expires >= before + 86_400 && data.expires <= Date.now() / 1000 + 86_400).toBe(true);
    const read = await app.http
      .get(`/v2/customers/${data.customer_id}`)
      .set({ ...(await shop.implicit()), 'X-Moltin-Customer-Token': data.token });
    expect(read.body).toEqual({
      data: {
        id: data.customer_id,
        type: 'customer',
        name: 'Ron Swanson',
        email: 'ron@swanson.com',
        password: false,
        external_ref: null,
        authentication_mechanism: 'oidc',
        email_verified: true,
        meta: { timestamps: { created_at: SECONDS, updated_at: SECONDS } },
      },
    });
    await provider.stop();
  });
});
