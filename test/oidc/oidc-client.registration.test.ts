import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/crypto/identifiers.js';
import type { ProviderClient } from '../../src/oidc/oidc-client.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { startHonestProvider } from '../harness/identity-provider/honest.js';
import { givenSignIn } from '../harness/identity-provider/sign-in.js';
import { sharedApp } from '../harness/app.js';
import { Browser } from '../harness/browser.js';
import { LoopbackServers } from '../harness/loopback-servers.js';
import { givenShop, uniqueEmail } from '../harness/shop.js';
import { CALLBACK_URL, RelyingParty } from './relying-party.js';

const CHARACTERS = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
const PRINTABLE = CHARACTERS.join('');

describe('how the service proves to a provider which client it is', () => {
  let party: RelyingParty;
  let provider: HostileProvider;
  const servers = new LoopbackServers();
  let seen: { headers: IncomingHttpHeaders; form: Record<string, string> }[];

  beforeAll(() => {
    party = new RelyingParty();
  });
  beforeEach(() => {
    seen = [];
  });
  afterEach(async () => {
    servers.endAll();
    await provider.stop();
  });
  afterAll(() => party.stop());

  /** A provider whose token endpoint keeps what it is sent, and refuses it. */
  async function givenClient(methods: readonly string[] | undefined, clientId: string, clientSecret: string) {
    const endpoint = await servers.http(async (request, response) => {
      const form = Object.fromEntries(new URLSearchParams(await text(request)));
      seen.push({ headers: request.headers, form });
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
    });
    const metadata = { token_endpoint: endpoint, token_endpoint_auth_methods_supported: methods };
    provider = await HostileProvider.start(party.clock, { alg: 'ES256', metadata });
    const { discoveryUrl, issuer } = provider;
    const profile = { storeId: newId(), id: newId(), discoveryUrl, issuer, updatedAt: new Date() };
    return { provider: party.providers.of(profile), clientId, clientSecret, callbackUrl: CALLBACK_URL };
  }

  async function exchange(client: ProviderClient): Promise<{ verifier: string; code: string }> {
    const secrets = party.oidc.newSecrets();
    const code = randomBytes(16).toString('base64url');
    const query = new URLSearchParams({ code, state: secrets.state, iss: provider.issuer });
    await expect(
      party.oidc.exchange({ client, secrets, query, idTokenLifetimeSecondsMax: null, lacks: () => false }),
    ).rejects.toMatchObject({ reason: 'token_request_refused' });
    return { verifier: secrets.codeVerifier, code };
  }

  it.each([
    ['where it takes that among others', ['private_key_jwt', 'client_secret_post', 'client_secret_basic']],
    ['where it does not say what it takes', undefined],
  ])('is by HTTP Basic %s: both halves form-encoded, and nothing of them in the body', async (_, methods) => {
    for (const [clientId, clientSecret] of [
      ['gatehouse', 'secret'],
      ['https://shop.example/a:b', 'p:a%s+s w&o=r/d?~'],
      [PRINTABLE, CHARACTERS.toReversed().join('')],
    ] as const) {
      const { verifier, code } = await exchange(await givenClient(methods, clientId, clientSecret));
      const { headers, form } = seen.at(-1) ?? { headers: {}, form: {} };
      const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
      const halves = Buffer.from(credentials, 'base64').toString().split(':');
      // As RFC 6749 section 2.3.1 says, by the rules for forms: read here by the parser of the platform.
      const decoded = halves.map((half) => new URLSearchParams(`half=${half}`).get('half'));
      expect([scheme, ...decoded]).toEqual(['Basic', clientId, clientSecret]);
      expect(form).toEqual({
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK_URL,
        code_verifier: verifier,
      });
      await provider.stop();
    }
    provider = await HostileProvider.start(party.clock, { alg: 'ES256' });
  });

  it('is in the body where the provider takes that only, and in no header', async () => {
    const client = await givenClient(['none', 'client_secret_post'], PRINTABLE, `${PRINTABLE}${PRINTABLE}`);
    const { verifier, code } = await exchange(client);
    expect(seen).toMatchObject([{ headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } }]);
    expect(seen.map(({ headers, form }) => ({ authorization: headers.authorization, form }))).toEqual([
      {
        authorization: undefined,
        form: {
          grant_type: 'authorization_code',
          code,
          redirect_uri: CALLBACK_URL,
          code_verifier: verifier,
          client_id: PRINTABLE,
          client_secret: `${PRINTABLE}${PRINTABLE}`,
        },
      },
    ]);
  });
});

describe('a certified provider', () => {
  it.each([
    { tokenEndpointAuthMethod: 'client_secret_basic', signingAlg: 'RS256', conformIdTokenClaims: true },
    { tokenEndpointAuthMethod: 'client_secret_post', signingAlg: 'ES256', conformIdTokenClaims: false },
  ] as const)(
    'lets people in when it is set to $tokenEndpointAuthMethod, $signingAlg, claims by userinfo: $conformIdTokenClaims',
    async (options) => {
      const app = await sharedApp();
      const shop = await givenShop(app);
      const provider = await startHonestProvider({
        ...options,
        clientId: 'shop:a b',
        clientSecret: 'p:a%s+s w&o=r/d?~',
      });
      const signIn = await givenSignIn(shop, provider);
      const email = uniqueEmail();
      provider.person({ sub: 'ada', email, email_verified: true, name: 'Ada Example' });

      const result = await signIn.through(new Browser(app), 'ada');

      const token = await signIn.redeem(result);
      expect(token.status).toBe(200);
      const { customer_id: id } = (token.body as { data: { customer_id: string } }).data;
      const customer = await app.database.prisma.customer.findUnique({
        where: { storeId_id: { storeId: shop.storeId, id } },
      });
      expect(customer).toMatchObject({ name: 'Ada Example', email, emailVerified: true });
      expect(provider.calls.userinfo).toBe(options.conformIdTokenClaims ? 1 : 0);
      await provider.stop();
    },
  );
});
