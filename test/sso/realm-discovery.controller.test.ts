import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm } from '../harness/given-realm.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop, uniqueEmail } from '../harness/shop.js';
import { CHALLENGE, requestExactly } from './authorization-endpoint.js';

const PROFILE = 'elasticpath_commerce_cloud_profile_id';

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;
let foreign: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  provider.person = { sub: 'ann', email: uniqueEmail(), email_verified: true, name: 'Ann Example' };
  signIn = await givenSignIn(shop, provider);
  foreign = await givenSignIn(await givenShop(app), provider);
});

afterAll(() => provider.stop());

const pathOf = (storeId: string, realmId: string) =>
  `/oidc-idp/stores/${storeId}/authentication-realms/${realmId}/.well-known/openid-configuration`;
const ownPath = () => pathOf(shop.storeId, signIn.realmId);

interface Metadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly jwks_uri: string;
}

async function metadata(query = ''): Promise<Metadata> {
  const answer = await app.http.get(ownPath() + query);
  expect(answer.status).toBe(200);
  return answer.body as Metadata;
}

describe('the discovery document of a realm', () => {
  it('says what is served and nothing that is not, and may be kept for a minute', async () => {
    const place = `stores/${shop.storeId}/authentication-realms/${signIn.realmId}`;
    const answer = await app.http.get(ownPath());
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(answer.body).toEqual({
      issuer: `${app.config.publicUrl}/oidc-idp/${place}`,
      authorization_endpoint: `${app.config.publicUrl}/oidc-idp/login/${place}`,
      jwks_uri: `${app.config.publicUrl}/oidc-idp/.well-known/jwks.json`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      scopes_supported: ['openid', 'profile', 'email'],
      code_challenge_methods_supported: ['S256'],
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
    });
  });

  it('is found where its issuer says, and where the profile links to', async () => {
    const { issuer } = await metadata();
    const headers = await shop.service();
    const profile = await app.http
      .get(`/v2/authentication-realms/${signIn.realmId}/oidc-profiles/${signIn.profileId}`)
      .set(headers);
    const { links } = profile.body as { links: Record<string, string> };
    const linked = new URL(links['client-discovery-url'] ?? '');
    expect(linked.origin + linked.pathname).toBe(`${issuer}/.well-known/openid-configuration`);
    const answer = await app.http.get(linked.pathname + linked.search);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ issuer });
  });

  it('names the authorization endpoint of a profile that is asked for, which is that of the profile itself', async () => {
    const whole = await metadata();
    const ofProfile = await metadata(`?${PROFILE}=${signIn.profileId}`);
    expect(ofProfile).toEqual({ ...whole, authorization_endpoint: signIn.authorizationEndpoint });
    expect(ofProfile.authorization_endpoint).toBe(`${whole.authorization_endpoint}?${PROFILE}=${signIn.profileId}`);
  });

  it('is true: a sign-in by what it says ends with a token that its keys verify', async () => {
    const { authorization_endpoint: endpoint } = await metadata(`?${PROFILE}=${signIn.profileId}`);
    const begun = signIn.begin();
    const written = new URL(endpoint);
    for (const [name, value] of new URL(begun.url).searchParams) written.searchParams.set(name, value);
    const ended = await signIn.through(new Browser(app), '', { ...begun, url: written.href });
    const { body } = await signIn.redeem(ended);
    const { token, customer_id: customerId } = (body as { data: { token: string; customer_id: string } }).data;
    const keys = await app.http.get('/oidc-idp/.well-known/jwks.json');
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys.body as JSONWebKeySet), {
      issuer: app.config.publicUrl,
      audience: shop.storeId,
      currentDate: app.clock.now(),
    });
    expect(payload.sub).toBe(customerId);
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'JWT' });
  });

  it('is true of what it says is not there: neither a token endpoint nor request objects', async () => {
    const document = await metadata();
    const { pathname } = new URL(document.authorization_endpoint);
    const query = `${PROFILE}=${signIn.profileId}&client_id=customers&redirect_uri=${encodeURIComponent(signIn.redirectUri)}`;
    const rest = `&response_type=code&scope=openid&state=s&code_challenge=${CHALLENGE}&code_challenge_method=S256`;
    for (const name of ['request', 'request_uri']) {
      const answer = await requestExactly(app, `${pathname}?${query}${rest}&${name}=x`);
      expect([answer.status, new URL(answer.headers.location ?? '').searchParams.get('error')]).toEqual([
        307,
        `${name}_not_supported`,
      ]);
    }
    expectError(await app.http.post(pathname.replace('/login/', '/token/')).send({}), 'route_not_found');
  });

  it('is not found for an unknown, a foreign or a malformed store, realm or profile, all alike', async () => {
    const otherRealm = await givenRealm(shop, { name: 'Other' });
    const paths = [
      pathOf(shop.storeId, newId()),
      pathOf(newId(), signIn.realmId),
      pathOf(foreign.shop.storeId, signIn.realmId),
      pathOf(shop.storeId, foreign.realmId),
      pathOf('nobody', signIn.realmId),
      pathOf(shop.storeId, 'nobody'),
      `${ownPath()}?${PROFILE}=${newId()}`,
      `${ownPath()}?${PROFILE}=${foreign.profileId}`,
      `${ownPath()}?${PROFILE}=nobody`,
      `${ownPath()}?${PROFILE}=`,
      `${ownPath()}?${PROFILE}=${signIn.profileId}&${PROFILE}=${signIn.profileId}`,
      `${ownPath()}?${PROFILE}[0]=${signIn.profileId}`,
      `${pathOf(shop.storeId, otherRealm.id)}?${PROFILE}=${signIn.profileId}`,
    ];
    for (const path of paths) expectError(await app.http.get(path), 'resource_not_found');
  });

  it('says the same to ids in capitals and to HEAD', async () => {
    const capitals = await app.http.get(pathOf(shop.storeId.toUpperCase(), signIn.realmId.toUpperCase()));
    expect(capitals.body).toEqual(await metadata());
    const head = await app.http.head(ownPath());
    expect([head.status, head.headers['cache-control'], head.text]).toEqual([200, 'public, max-age=60', undefined]);
  });
});

describe('the key set of single sign-on', () => {
  it('is that of the customer tokens: public keys alone, and may be kept for a minute', async () => {
    // On a database of its own: one that has seen a service with another algorithm has a key of each.
    const alone = await startApp();
    try {
      const [here, there] = [
        await alone.http.get('/oidc-idp/.well-known/jwks.json'),
        await alone.http.get('/.well-known/jwks.json'),
      ];
      expect(here.status).toBe(200);
      expect(here.body).toEqual(there.body);
      expect(here.headers['cache-control']).toBe('public, max-age=60');
      const { keys } = here.body as { keys: Record<string, unknown>[] };
      expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use']]);
    } finally {
      await alone.close();
    }
  });
});
