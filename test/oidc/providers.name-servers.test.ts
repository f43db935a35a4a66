import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressLookup } from '../../src/oidc/outbound-lookup.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm, profilesPath } from '../harness/given-realm.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenSignIn } from '../harness/identity-provider/sign-in.js';
import { NameServer } from '../harness/name-server.js';
import { until } from '../harness/service-process.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';

const DEAD = /\.dead\.example\.com$/;
/** More than the process has threads for questions to the system. */
const HANGING_NAMES = 8;

describe('name servers that do not answer for the providers of one store', () => {
  let app: TestApp;
  let provider: HostileProvider;
  let names: NameServer;

  beforeAll(async () => {
    app = await startApp();
    names = await NameServer.start((name) => (DEAD.test(name) ? 'silence' : ['127.0.0.1']));
    app.nest.get(AddressLookup).servers = [names.address];
    // Each of its endpoints has a name of its own, so that every call must ask for one.
    const metadata: Record<string, string> = {};
    provider = await HostileProvider.start(app.clock, { alg: 'ES256', metadata });
    const { port } = new URL(provider.issuer);
    metadata['token_endpoint'] = `http://token.example.com:${port}/token`;
    metadata['jwks_uri'] = `http://keys.example.com:${port}/jwks`;
    metadata['userinfo_endpoint'] = `http://people.example.com:${port}/userinfo`;
    provider.person = { sub: randomUUID(), email: uniqueEmail(), email_verified: true, name: 'Ada Example' };
  });

  afterAll(async () => {
    await provider.stop();
    await app.close();
    await names.stop();
  });

  it('end the saving of its profiles in time, and hold up no sign-in at the provider of another', async () => {
    const signIn = await givenSignIn(await givenShop(app), provider);
    const shop = await givenShop(app);
    const { id: realmId } = await givenRealm(shop);
    const headers = await shop.service();
    const profile = (name: string) => ({
      type: 'oidc-profile',
      name,
      client_id: 'shop',
      client_secret: 'secret',
      discovery_url: `https://${name}.dead.example.com/.well-known/openid-configuration`,
    });
    const saved = Array.from({ length: HANGING_NAMES }, async (_, index) =>
      app.http
        .post(profilesPath(realmId))
        .set(headers)
        .send({ data: profile(`p${index}`) }),
    );
    // Whoever limits how many names may hang at once has the sign-in wait behind the others.
    await until(() => (names.asked.some((name) => DEAD.test(name)) ? true : null));

    const result = await signIn.through(new Browser(app));

    expect(result.parameters).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/) as unknown, state: result.state });
    expect(names.asked).toEqual(
      expect.arrayContaining(['token.example.com', 'keys.example.com', 'people.example.com']),
    );
    for (const answer of await Promise.all(saved)) {
      expectError(answer, 'discovery_failed', [
        {
          detail:
            'The discovery document, or an endpoint that it names, could not be reached at a public https address.',
        },
      ]);
      const logged = await app.log.ofRequest(String(answer.headers['x-request-id']));
      expect(logged).toMatchObject({ reason: 'provider_timeout' });
    }
    expect(await app.database.prisma.oidcProfile.count({ where: { storeId: shop.storeId } })).toBe(0);
  });
});
