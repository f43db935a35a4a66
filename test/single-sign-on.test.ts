import { randomBytes } from 'node:crypto';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../src/crypto/digest.js';
import { sharedApp, type TestApp } from './harness/app.js';
import { Browser } from './harness/browser.js';
import { type HonestProvider, startHonestProvider } from './harness/identity-provider/honest.js';
import { givenSignIn, type SignIn } from './harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from './harness/shop.js';
import { countRows } from './harness/stored-rows.js';

let app: TestApp;
let shop: Shop;
let provider: HonestProvider;
let signIn: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await startHonestProvider({ consent: 'page' });
  signIn = await givenSignIn(shop, provider);
});

afterAll(() => provider.stop());

interface Linked {
  data: { links: Record<string, string> };
  links: Record<string, string>;
}

/** The storefront's side, request by request, as a storefront of the interface does it. */
async function authorizationEndpoint(headers: Record<string, string>): Promise<URL> {
  const settings = await app.http.get('/v2/settings/customer-authentication').set(headers).expect(200);
  const { relationships, meta } = (
    settings.body as {
      data: { relationships: Record<string, { data: { id: string } }>; meta: { client_id: string } };
    }
  ).data;
  const realmId = relationships['authentication-realm']?.data.id ?? '';
  const profiles = await app.http.get(`/v2/authentication-realms/${realmId}/oidc-profiles`).set(headers).expect(200);
  const [profile] = (profiles.body as { data: { id: string; name: string }[] }).data;
  expect(profile?.name).toBe('Test provider');
  const single = await app.http
    .get(`/v2/authentication-realms/${realmId}/oidc-profiles/${profile?.id ?? ''}`)
    .set(headers)
    .expect(200);
  const { data, links } = single.body as Linked;
  expect(data.links).toEqual(links);
  const url = new URL(links['authorization-endpoint'] ?? '');
  url.searchParams.append('client_id', meta.client_id);
  return url;
}

describe('single sign-on, from the storefront to the customer token', () => {
  it('logs a customer in at an OpenID Provider, whose token then opens this customer and no other', async () => {
    const email = uniqueEmail();
    provider.person({ sub: 'ada', email, email_verified: true, name: 'Ada Example' });
    const stranger = await shop.customer();
    const storefront = await shop.implicit();

    const url = await authorizationEndpoint(storefront);
    // 56 hexadecimal characters, as a storefront in the wild makes them.
    const verifier = randomBytes(28).toString('hex');
    const state = 'where the customer was/ä+%';
    for (const [name, value] of Object.entries({
      redirect_uri: signIn.redirectUri,
      response_type: 'code',
      scope: 'openid email profile',
      state,
      code_challenge: sha256(verifier).toString('base64url'),
      code_challenge_method: 'S256',
    })) {
      url.searchParams.append(name, value);
    }
    const result = await signIn.through(new Browser(app), 'ada', { url: url.href, state, verifier });

    expect(result.last.status).toBe(303);
    expect(result.parameters).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/) as unknown, state });
    const exchanged = await signIn.redeem(result);
    expect(exchanged.status).toBe(200);
    const { token, customer_id: id } = (exchanged.body as { data: { token: string; customer_id: string } }).data;
    expect(exchanged.body).toEqual({
      data: {
        type: 'token',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        customer_id: id,
        token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as unknown,
        expires: expect.any(Number) as unknown,
      },
    });

    const asAda = { ...storefront, 'x-moltin-customer-token': token };
    const profile = await app.http.get(`/v2/customers/${id}`).set(asAda).expect(200);
    expect(profile.body).toEqual({
      data: {
        id,
        type: 'customer',
        name: 'Ada Example',
        email,
        password: false,
        external_ref: null,
        authentication_mechanism: 'oidc',
        email_verified: true,
        meta: {
          timestamps: { created_at: expect.any(String) as unknown, updated_at: expect.any(String) as unknown },
        },
      },
    });
    await app.http.get(`/v2/customers/${stranger.id}`).set(asAda).expect(403);
    const line = await app.log.ofRequest(result.requestId);
    const events = ['customer_created', 'identity_linked', 'sign_in_succeeded'];
    expect(line).toMatchObject({ customer_id: id, events });
    const recorded = await app.database.prisma.event.findMany({
      where: { storeId: shop.storeId, subjectId: id, actorType: 'browser' },
    });
    expect(recorded.map(({ type }) => type).toSorted()).toEqual([...events, 'user_created'].toSorted());
  });

  it('finds the same customer at the next login, also when the provider tells another name and email', async () => {
    const email = uniqueEmail();
    provider.person({ sub: 'grace', email, email_verified: true, name: 'Grace Example' });
    const first = await signIn.redeem(await signIn.through(new Browser(app), 'grace'));
    const customers = await countRows(shop, 'customers');
    provider.person({ sub: 'grace', email: uniqueEmail(), email_verified: true, name: 'Grace Married' });

    const second = await signIn.redeem(await signIn.through(new Browser(app), 'grace'));

    const { customer_id: id } = (second.body as { data: { customer_id: string } }).data;
    expect(id).toBe((first.body as { data: { customer_id: string } }).data.customer_id);
    expect(await countRows(shop, 'customers')).toBe(customers);
    const stored = await app.http.get(`/v2/customers/${id}`).set(await shop.service());
    expect(stored.body).toMatchObject({ data: { name: 'Grace Example', email } });
  });

  it('keeps the cookie of a plain browser agent, too: supertest alone walks the flow at the same provider', async () => {
    provider.person({ sub: 'lin', email: uniqueEmail(), email_verified: true, name: 'Lin Example' });
    const begun = signIn.begin();
    const toService = (url: string) => url.replace(app.config.publicUrl, '');
    const start = await app.http.get(toService(begun.url)).redirects(0);
    expect(start.status).toBe(303);
    const cookie = (start.headers['set-cookie'] as unknown as string[]).map((line) => line.split(';')[0]).join('; ');
    const agent = supertest.agent(provider.issuer);
    const local = (url = '') => url.replace(provider.issuer, '');
    let answer = await agent.get(local(start.headers['location'])).redirects(0);
    while (!answer.headers['location']?.startsWith(app.config.publicUrl)) {
      const { location } = answer.headers;
      const action = /<form method="post" action="([^"]+)">/.exec(answer.text)?.[1];
      if (location !== undefined) answer = await agent.get(local(location)).redirects(0);
      else answer = await agent.post(local(action)).type('form').send({ login: 'lin' }).redirects(0);
    }

    const back = await app.http.get(toService(answer.headers['location'])).set('cookie', cookie).redirects(0);

    expect(back.status).toBe(303);
    const parameters = Object.fromEntries(new URL(back.headers['location'] ?? '').searchParams);
    expect(parameters).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/) as unknown, state: begun.state });
  });
});
