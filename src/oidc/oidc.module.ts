import { Module } from '@nestjs/common';
import { OidcClient } from './oidc-client.js';
import { AddressLookup } from './outbound-lookup.js';
import { Outbound } from './outbound.js';
import { ProviderDiscovery } from './provider-discovery.js';
import { Providers } from './providers.js';

@Module({
  providers: [AddressLookup, Outbound, ProviderDiscovery, Providers, OidcClient],
  exports: [ProviderDiscovery, Providers, OidcClient],
})
export class OidcModule {}
