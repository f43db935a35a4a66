import { MovableClock, testConfig } from '../harness/app.js';
import type { IdentityProvider } from '../harness/identity-provider/identity-provider.js';
import { newId } from '../../src/crypto/identifiers.js';
import { OidcClient, type ProviderClaims, type ProviderClient } from '../../src/oidc/oidc-client.js';
import { Outbound } from '../../src/oidc/outbound.js';
import { ProviderDiscovery } from '../../src/oidc/provider-discovery.js';
import { Providers } from '../../src/oidc/providers.js';

export const CALLBACK_URL = 'https://id.shop.example/callback';

type Lacks = (claims: Readonly<Record<string, unknown>>) => boolean;

/** The part of the service that talks to providers, without database and HTTP: a whole sign-in takes a few milliseconds. */
export class RelyingParty {
  readonly clock = new MovableClock();
  readonly oidc = new OidcClient(this.clock);
  readonly discovery: ProviderDiscovery;
  readonly providers: Providers;

  constructor(readonly outbound = new Outbound({ oidcAllowPrivateHosts: true, oidcInternalProviderHosts: [] })) {
    this.discovery = new ProviderDiscovery({ ...testConfig, databaseUrl: '' }, outbound);
    this.providers = new Providers(outbound, this.discovery, this.clock);
  }

  /** Registers at a provider. Each time as a profile of its own, that has not learnt anything yet. */
  clientOf(provider: IdentityProvider): ProviderClient {
    provider.allowRedirectTo(CALLBACK_URL);
    const { discoveryUrl, issuer, clientId, clientSecret } = provider;
    const profile = { storeId: newId(), id: newId(), discoveryUrl, issuer, updatedAt: new Date() };
    return { provider: this.providers.of(profile), clientId, clientSecret, callbackUrl: CALLBACK_URL };
  }

  /** One sign-in at a provider that asks nothing. @throws SignInRefused */
  async signIn(client: ProviderClient, lacks: Lacks = () => false): Promise<ProviderClaims> {
    const secrets = this.oidc.newSecrets();
    const url = await this.oidc.authorizationUrl(client, secrets, {});
    const { headers } = await fetch(url, { redirect: 'manual' });
    const query = new URL(headers.get('location') ?? '').searchParams;
    return this.oidc.exchange({ client, secrets, query, idTokenLifetimeSecondsMax: null, lacks });
  }

  /** @returns the subject of who signed in, or the reason of the refusal, or why userinfo was done without */
  async outcome(client: ProviderClient, lacks?: Lacks): Promise<unknown> {
    return outcomeOf(
      this.signIn(client, lacks).then(({ subject, userinfoFailure }) => userinfoFailure?.reason ?? subject),
    );
  }

  stop(): Promise<void> {
    return this.outbound.onApplicationShutdown();
  }
}

/** What came of it, or the reason of the refusal. An error without a reason comes out as it is. */
export async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    const { reason } = error as { reason?: string };
    if (reason === undefined) throw error;
    return reason;
  }
}
