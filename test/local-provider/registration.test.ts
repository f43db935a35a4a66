import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalProvider, type LocalProvider } from '../../src/local-provider/local-provider.js';
import { WALK_REDIRECT_URI } from '../../src/local-provider/local-sign-in.js';
import { type Gatehouse, registerAt } from '../../src/local-provider/registration.js';
import { sharedApp, type TestApp } from '../harness/app.js';
import { givenRealm } from '../harness/given-realm.js';
import { givenShop, type Shop } from '../harness/shop.js';

/** The answer of the authorization endpoint to the service, which is sent back to this address. */
async function statusFor(provider: LocalProvider, redirectUri: string): Promise<number> {
  const url = new URL('/auth', provider.issuer);
  url.search = new URLSearchParams({
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'nQQ9idiV1jj5g1j_v-jnK_bSDffpGUq8JxeNWxoo81o',
    code_challenge_method: 'S256',
  }).toString();
  return (await fetch(url, { redirect: 'manual' })).status;
}

describe('registerAt', () => {
  let app: TestApp;
  let first: LocalProvider;
  let second: LocalProvider;

  beforeAll(async () => {
    app = await sharedApp();
    [first, second] = (await Promise.all(
      [1, 2].map(() => startLocalProvider({ host: '127.0.0.1', ports: [0], issuer: null })),
    )) as [LocalProvider, LocalProvider];
  });

  afterAll(() => Promise.all([first.close(), second.close()]));

  function gatehouse({ key }: Shop): Gatehouse {
    return { url: app.origin, clientId: key.clientId, clientSecret: key.clientSecret };
  }

  it('makes the provider a profile, allows the walk beside what the store allowed before, and is ready from then on', async () => {
    const shop = await givenShop(app);
    const realm = await givenRealm(shop, { redirectUris: ['https://shop.example/done'] });
    const ready = async () => (await fetch(new URL('/health/ready', first.issuer))).status;
    const before = await ready();

    const signIn = await registerAt(gatehouse(shop), first);

    const place = `stores/${shop.storeId}/authentication-realms/${realm.id}`;
    expect(signIn).toEqual({
      profileId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      discoveryUrl: first.discoveryUrl,
      loginUrl: `${app.config.publicUrl}/oidc-idp/login/${place}?elasticpath_commerce_cloud_profile_id=${signIn.profileId}`,
      redirectUri: WALK_REDIRECT_URI,
    });
    const where = { storeId: shop.storeId };
    expect(await app.database.prisma.authenticationRealm.findFirstOrThrow({ where })).toMatchObject({
      redirectUris: ['https://shop.example/done', WALK_REDIRECT_URI],
    });
    expect(await app.database.prisma.oidcProfile.findMany({ where })).toMatchObject([
      {
        id: signIn.profileId,
        name: 'Local sign-in',
        issuer: first.issuer,
        clientId: first.clientId,
        emailTrust: 'claim',
      },
    ]);
    const callback = `${app.config.publicUrl}/oidc-idp/callback/${place}/oidc-profiles/${signIn.profileId}`;
    expect([before, await ready()]).toEqual([503, 200]);
    expect([await statusFor(first, callback), await statusFor(first, `${callback}/`)]).toEqual([303, 400]);
  });

  it('for a store that had a local provider before, brings its profile up to date and keeps what was set on it', async () => {
    const shop = await givenShop(app);
    await givenRealm(shop);
    const { profileId } = await registerAt(gatehouse(shop), first);
    const { prisma } = app.database;
    const where = { storeId_id: { storeId: shop.storeId, id: profileId } };
    const before = await prisma.oidcProfile.update({ where, data: { emailTrust: 'never' } });

    const again = await registerAt(gatehouse(shop), second);

    expect(again).toMatchObject({ profileId, discoveryUrl: second.discoveryUrl });
    const [after, ...others] = await prisma.oidcProfile.findMany({ where: { storeId: shop.storeId } });
    expect(others).toEqual([]);
    expect(after).toMatchObject({ id: profileId, issuer: second.issuer, emailTrust: 'never' });
    expect(after?.sealedClientSecret).not.toEqual(before.sealedClientSecret);
    expect(await prisma.authenticationRealm.findFirstOrThrow({ where: { storeId: shop.storeId } })).toMatchObject({
      redirectUris: [WALK_REDIRECT_URI],
    });
  });

  it('with a wrong secret, says which request was refused, and not the secret', async () => {
    const shop = await givenShop(app);
    const wrong = { ...gatehouse(shop), clientSecret: 'not-the-secret-of-this-key' };

    const failure: unknown = await registerAt(wrong, first).catch((cause: unknown) => cause);

    expect(failure).toMatchObject({
      name: 'StartupError',
      message: expect.stringMatching(
        /^The local OpenID Provider was not registered: POST \/oauth\/access_token answered 401 \{/,
      ),
    });
    expect(String(failure)).not.toContain(wrong.clientSecret);
  });

  it('when nothing answers, says so', async () => {
    const nobody = { url: 'http://127.0.0.1:1', clientId: 'x', clientSecret: 'x' };
    await expect(registerAt(nobody, first)).rejects.toThrow(
      'The local OpenID Provider does not reach the service for POST /oauth/access_token',
    );
  });
});
