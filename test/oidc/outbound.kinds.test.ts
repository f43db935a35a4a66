import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseUrl } from '../../src/config/url.js';
import { Outbound, type OutboundRequest } from '../../src/oidc/outbound.js';
import type { ProviderMetadata } from '../../src/oidc/provider-metadata.js';
import { Provider } from '../../src/oidc/providers.js';
import { spellings } from '../harness/address-spellings.js';
import { startApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { givenRealm, profilesPath } from '../harness/given-realm.js';
import type { Deviation } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { givenShop } from '../harness/shop.js';
import { CALLBACK_URL, outcomeOf, RelyingParty } from './relying-party.js';

const WELL_KNOWN = '.well-known/openid-configuration';
const UNREACHABLE =
  'The discovery document, or an endpoint that it names, could not be reached at a public https address.';
const NO_URL = `The discovery document could not be used: discovery_url must be an https URL that ends with /${WELL_KNOWN}.`;

/** Allows no private hosts but one provider on this machine, as if that were on the internet. */
class OneProviderIsPublic extends Outbound {
  private readonly lenient = new Outbound({ oidcAllowPrivateHosts: true, oidcInternalProviderHosts: [] });

  constructor(private readonly origin: () => string) {
    super({ oidcAllowPrivateHosts: false, oidcInternalProviderHosts: [] });
  }

  override request(url: string, request: OutboundRequest): Promise<Response> {
    return url.startsWith(`${this.origin()}/`) ? this.lenient.request(url, request) : super.request(url, request);
  }

  override async onApplicationShutdown(): Promise<void> {
    await Promise.all([super.onApplicationShutdown(), this.lenient.onApplicationShutdown()]);
  }
}

/** A provider whose document was read before its endpoints came to be what they are. */
class ReadProvider extends Provider {
  constructor(
    party: RelyingParty,
    { discoveryUrl, issuer }: HostileProvider,
    private readonly endpoints: Partial<ProviderMetadata>,
  ) {
    super({ discoveryUrl, issuer }, party.outbound, party.discovery, party.clock);
    this.issuer = issuer;
  }

  private readonly issuer: string;

  override async metadata(): Promise<ProviderMetadata> {
    return {
      issuer: this.issuer,
      authorizationEndpoint: `${this.issuer}/authorize`,
      tokenEndpoint: `${this.issuer}/token`,
      userinfoEndpoint: `${this.issuer}/userinfo`,
      jwksUri: `${this.issuer}/jwks`,
      idTokenSigningAlgs: ['ES256'],
      userinfoSigningAlgs: ['ES256'],
      tokenEndpointAuthMethod: 'client_secret_basic',
      responseIssuerPromised: true,
      ...this.endpoints,
    };
  }
}

describe('an address of the inside, in any spelling', () => {
  /** Counts connections, and ends each of them at once. */
  let listener: Server;
  let port: number;
  let connections = 0;
  let urls: string[];
  let provider: HostileProvider;
  let party: RelyingParty;

  beforeAll(async () => {
    listener = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {}).destroy();
    });
    listener.listen(0);
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
    urls = spellings(port);
    party = new RelyingParty(new OneProviderIsPublic(() => provider.issuer));
    provider = await HostileProvider.start(party.clock, { alg: 'ES256' });
    provider.person = { sub: 'ada', email: 'ada@example.test' };
    expect(urls.length).toBeGreaterThanOrEqual(50);
  });
  beforeEach(() => {
    provider.lie = {};
    connections = 0;
  });
  afterAll(async () => {
    await party.stop();
    await provider.stop();
    listener.close();
  });

  /** The listener takes connections in their order, so one of our own tells that all earlier ones are counted. */
  async function connectionsCounted(): Promise<number> {
    const last = connect(port, '127.0.0.1');
    await once(last.resume(), 'close');
    return connections - 1;
  }

  /** A sign-in at the provider with these endpoints, which asks for userinfo, too. */
  function outcome(endpoints: Partial<ProviderMetadata>): Promise<unknown> {
    const { clientId, clientSecret } = party.clientOf(provider);
    const client = { provider: new ReadProvider(party, provider, endpoints), clientId, clientSecret };
    return party.outcome({ ...client, callbackUrl: CALLBACK_URL }, () => true);
  }

  it('is where the listener would count, and a sign-in without it is let in', async () => {
    const lenient = new Outbound({ oidcAllowPrivateHosts: true, oidcInternalProviderHosts: [] });
    const reached = await outcomeOf(lenient.request(`https://127.0.0.1:${port}/`, { method: 'GET' }));
    expect(reached).toBe('provider_unreachable');
    expect(await connectionsCounted()).toBe(1);
    await lenient.onApplicationShutdown();
    expect(await outcome({})).toBe('ada');
  });

  it.each([
    ['tokenEndpoint', 'response_invalid'],
    ['jwksUri', 'address_forbidden'],
    ['userinfoEndpoint', 'userinfo_invalid'],
  ] as const)(
    'is refused without a connection where the document came to name it as the %s',
    async (name, unreadable) => {
      const outcomes: [string, unknown][] = [];
      for (const url of urls) outcomes.push([url, await outcome({ [name]: url })]);
      // No document with a text that is no http URL is taken; the library would not call it either.
      const expected = (url: string) =>
        /^\s*https?:/i.test(url) && parseUrl(url) !== null ? 'address_forbidden' : unreadable;
      expect(outcomes).toEqual(urls.map((url) => [url, expected(url)]));
      expect(outcomes.filter(([, end]) => end === 'address_forbidden').length).toBeGreaterThanOrEqual(50);
      expect(await connectionsCounted()).toBe(0);
    },
  );

  it.each(['discovery', 'jwks', 'token', 'userinfo'] as const)(
    'is not gone to where the %s endpoint redirects there',
    async (endpoint) => {
      const outcomes: [string, unknown][] = [];
      for (const [index, url] of urls.entries()) {
        const status = [301, 302, 303, 307, 308][index % 5] ?? 302;
        const location = encodeURI(url).replaceAll('%25', '%');
        const lie: Deviation = { [endpoint]: () => ({ status, headers: { location }, body: '' }) };
        provider.lie = lie;
        const read = endpoint === 'discovery' ? party.outbound.request(provider.discoveryUrl, { method: 'GET' }) : null;
        outcomes.push([url, read === null ? await outcome({}) : await outcomeOf(read)]);
      }
      expect(outcomes.filter(([, end]) => end !== 'provider_redirected')).toEqual([]);
      expect(await connectionsCounted()).toBe(0);
    },
  );

  it('is refused without a connection where a profile that was stored names it for its document', async () => {
    const outcomes: [string, unknown][] = [];
    for (const url of urls) {
      const profile = { discoveryUrl: `${url}${WELL_KNOWN}`, issuer: url.slice(0, -1) };
      const stored = new Provider(profile, party.outbound, party.discovery, party.clock);
      outcomes.push([url, await outcomeOf(stored.metadata())]);
    }
    const refused = new Set(['address_forbidden', 'discovery_inconsistent']);
    expect(outcomes.filter(([, end]) => !refused.has(String(end)))).toEqual([]);
    expect(await connectionsCounted()).toBe(0);
  });

  it('is refused without a connection at POST and PUT of a profile, in the words for what does not answer', async () => {
    const app = await startApp({ oidcAllowPrivateHosts: false });
    const shop = await givenShop(app);
    const path = profilesPath((await givenRealm(shop)).id);
    const service = await shop.service();
    const good = { name: 'Example IdP', client_id: 'idp-client', client_secret: 'secret' };
    const post = (discovery_url: string) =>
      app.http
        .post(path)
        .set(service)
        .send({ data: { ...good, discovery_url } });
    for (const url of urls) {
      const answer = await post(`${url}${WELL_KNOWN}`);
      const { detail } = (answer.body as { errors: [{ detail: string }] }).errors[0];
      expectError(answer, 'discovery_failed', [{ detail }]);
      expect([UNREACHABLE, NO_URL]).toContain(detail);
    }
    // No resolver needs to ask anybody about a label that is too long.
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '169.254.169.254',
      '10.0.0.1',
      `${'a'.repeat(64)}.example`,
    ]) {
      expectError(await post(`https://${host}:${port}/${WELL_KNOWN}`), 'discovery_failed', [{ detail: UNREACHABLE }]);
    }
    expect(await connectionsCounted()).toBe(0);
    expect(await app.database.prisma.oidcProfile.count({ where: { storeId: shop.storeId } })).toBe(0);
    await app.close();
  });
});
