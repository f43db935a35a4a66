import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm } from '../harness/given-realm.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn, type SignIn } from '../harness/identity-provider/sign-in.js';
import { givenShop, type Shop } from '../harness/shop.js';
import { AuthorizationEndpoint, type Changes, expectUnsafe, requestExactly } from './authorization-endpoint.js';

const PROFILE = 'elasticpath_commerce_cloud_profile_id';
const REALM = 'authentication_realm';
const NOT_IDS = ['nobody', '0', '%25', "'", 'a'.repeat(300), '00000000-0000-0000-0000-00000000000', '..%2F..'];

let app: TestApp;
let shop: Shop;
let provider: HostileProvider;
let signIn: SignIn;
let endpoint: AuthorizationEndpoint;
/** Of another store. */
let foreign: SignIn;

beforeAll(async () => {
  app = await sharedApp();
  shop = await givenShop(app);
  provider = await HostileProvider.start(app.clock);
  signIn = await givenSignIn(shop, provider);
  endpoint = new AuthorizationEndpoint(signIn);
  foreign = await givenSignIn(await givenShop(app), provider);
});

afterAll(() => provider.stop());

const pathOf = (storeId: string, realmId: string) =>
  `/oidc-idp/login/stores/${storeId}/authentication-realms/${realmId}`;

/** Both ways in which such a request could be led astray: with all else right, and with a fault that would be redirected. */
async function expectRefused(field: string, value: string, changes: Changes, path = endpoint.path): Promise<void> {
  const began = await endpoint.flows();
  for (const other of [{}, { scope: 'email' }]) {
    const answer = await endpoint.askExactly(endpoint.query({ ...other, ...changes }), { path });
    expectUnsafe(answer, field, value);
    expect(await app.log.ofRequest(String(answer.headers['x-request-id']))).toMatchObject({
      status: 400,
      reason: 'parameter_invalid',
      claim: field,
      events: ['sign_in_refused'],
    });
  }
  expect(await endpoint.flows()).toBe(began);
}

describe('an authorization request that names no place of ours', () => {
  it('is refused for an unknown and for a foreign realm alike', async () => {
    for (const realmId of [newId(), foreign.realmId]) {
      await expectRefused(REALM, realmId, {}, pathOf(shop.storeId, realmId));
    }
  });

  it('is refused for an unknown and for a foreign store alike', async () => {
    for (const storeId of [newId(), foreign.shop.storeId]) {
      await expectRefused(REALM, signIn.realmId, {}, pathOf(storeId, signIn.realmId));
    }
  });

  it.each(NOT_IDS)('is refused for a store or realm that is no id as for an unknown one: %s', async (text) => {
    await expectRefused(REALM, signIn.realmId, {}, pathOf(text, signIn.realmId));
    await expectRefused(REALM, decodeURIComponent(text).slice(0, 200), {}, pathOf(shop.storeId, text));
  });

  it('is refused for a profile that is missing, empty, given twice, or a member', async () => {
    for (const value of [null, '', [signIn.profileId, signIn.profileId]])
      await expectRefused(PROFILE, '', { [PROFILE]: value });
    await expectRefused(PROFILE, '', { [PROFILE]: null, [`${PROFILE}[0]`]: signIn.profileId });
  });

  it('is refused for an unknown profile, and for one of another store or realm alike', async () => {
    const otherRealm = await givenRealm(shop, { name: 'Other', redirectUris: [signIn.redirectUri] });
    for (const profileId of [newId(), foreign.profileId])
      await expectRefused(PROFILE, profileId, { [PROFILE]: profileId });
    await expectRefused(PROFILE, signIn.profileId, {}, pathOf(shop.storeId, otherRealm.id));
  });

  it.each(['nobody', "' OR 1=1 --", '{"$ne":null}', '<script>alert(1)</script>', '\u{1f600}'.repeat(150)])(
    'is refused for a profile that is no id: %s',
    async (text) => {
      await expectRefused(PROFILE, text.slice(0, 200), { [PROFILE]: text });
    },
  );

  it('is refused for a client_id that is missing, given twice or not the one of the settings', async () => {
    for (const value of [null, '', ['customers', 'customers']])
      await expectRefused('client_id', '', { client_id: value });
    for (const value of ['customer', 'Customers', 'customers ', 'customers\n', shop.key.clientId, '<b>']) {
      await expectRefused('client_id', value, { client_id: value });
    }
  });

  it('shows 200 characters of a value at most', async () => {
    await expectRefused('client_id', 'x'.repeat(200), { client_id: 'x'.repeat(5_000) });
  });

  it('names realm, profile, client_id and redirect_uri in this order', async () => {
    const wrong = { [PROFILE]: 'no profile', client_id: 'no client', redirect_uri: 'no-uri' };
    await expectRefused(REALM, 'no-realm', wrong, pathOf(shop.storeId, 'no-realm'));
    await expectRefused(PROFILE, 'no profile', wrong);
    await expectRefused('client_id', 'no client', { ...wrong, [PROFILE]: signIn.profileId });
    await expectRefused('redirect_uri', 'no-uri', { redirect_uri: 'no-uri' });
  });

  it('is refused for a realm that has no redirect URI yet', async () => {
    const bare = await givenShop(app);
    const bareSignIn = await givenSignIn(bare, provider);
    await app.database.prisma.authenticationRealm.update({
      where: { storeId_id: { storeId: bare.storeId, id: bareSignIn.realmId } },
      data: { redirectUris: [] },
    });
    const answer = await new AuthorizationEndpoint(bareSignIn).ask();
    expectUnsafe(answer, 'redirect_uri', bareSignIn.redirectUri);
  });

  it('is taken with ids in capitals, which are the same ids', async () => {
    const { storeId } = shop;
    const path = pathOf(storeId.toUpperCase(), signIn.realmId.toUpperCase());
    const query = endpoint.query({ [PROFILE]: signIn.profileId.toUpperCase() });
    expect((await endpoint.askExactly(query, { path })).status).toBe(303);
  });
});

describe('the authorization endpoint', () => {
  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'])('begins nothing for %s', async (method) => {
    const began = await endpoint.flows();
    const answer = await endpoint.askExactly(endpoint.query(), { method });
    expect(answer.headers.allow).toMatch(/^GET(, HEAD)?$/);
    expect(answer.headers).not.toHaveProperty('location');
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(await endpoint.flows()).toBe(began);
    if (method === 'HEAD') expect([answer.status, answer.headers.allow, answer.body]).toEqual([405, 'GET', '']);
    else expectError(answer, 'method_not_allowed');
  });

  it('never looks at credentials: a stale token does not stand in the way of a sign-in', async () => {
    const began = await endpoint.flows();
    const stale = { authorization: 'Bearer stale', 'x-moltin-customer-token': 'stale' };
    const answer = await fetch(`${app.origin}${endpoint.path}?${endpoint.query()}`, {
      headers: stale,
      redirect: 'manual',
    });
    expect(answer.status).toBe(303);
    expect(await endpoint.flows()).toBe(began + 1);
  });

  it('is for navigation, not for scripts of other origins: it allows none to read its answers', async () => {
    const callback = new URL(signIn.callbackEndpoint).pathname;
    for (const origin of ['http://localhost:3000', 'https://evil.test', 'null']) {
      for (const target of [`${endpoint.path}?${endpoint.query()}`, `${endpoint.path}?x=y`, `${callback}?state=x`]) {
        const { headers } = await requestExactly(app, target, 'GET', { origin });
        expect(headers).not.toHaveProperty('access-control-allow-origin');
        expect(headers).not.toHaveProperty('access-control-allow-credentials');
      }
    }
  });
});
