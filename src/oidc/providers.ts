import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import type { OidcProfileModel } from '../generated/prisma/models.js';
import { CallFailed } from './call-failed.js';
import { Outbound } from './outbound.js';
import { ProviderCalls } from './provider-calls.js';
import { ProviderDiscovery } from './provider-discovery.js';
import { ProviderKeys } from './provider-keys.js';
import type { ProviderMetadata } from './provider-metadata.js';

const PROVIDERS_MAX = 1_000;
const METADATA_LIFETIME_MS = 600_000;
/** How long a document that cannot be used is not looked at again. */
const UNUSABLE_LIFETIME_MS = 10_000;

/** What this process knows of the provider behind one profile. */
export class Provider {
  readonly calls: ProviderCalls;
  /** Apart from the others, as sign-ins go on without userinfo: its failures must not suspend the provider. */
  readonly userinfoCalls: ProviderCalls;
  readonly keys: ProviderKeys;
  private known: { readonly metadata: ProviderMetadata; readonly atMs: number } | null = null;
  private unusable: { readonly refusal: SignInRefused; readonly atMs: number } | null = null;
  private reading: Promise<ProviderMetadata> | null = null;

  constructor(
    private readonly profile: Pick<OidcProfileModel, 'discoveryUrl' | 'issuer'>,
    outbound: Outbound,
    private readonly discovery: ProviderDiscovery,
    private readonly clock: Clock,
  ) {
    this.calls = new ProviderCalls(outbound, clock);
    this.userinfoCalls = new ProviderCalls(outbound, clock);
    this.keys = new ProviderKeys(this.calls, clock);
  }

  /** @throws SignInRefused when the document cannot be had, or speaks for another issuer than the profile was made for */
  async metadata(): Promise<ProviderMetadata> {
    if (this.known !== null) {
      const age = this.clock.now().getTime() - this.known.atMs;
      if (age >= 0 && age < METADATA_LIFETIME_MS) return this.known.metadata;
    }
    if (this.unusable !== null) {
      const age = this.clock.now().getTime() - this.unusable.atMs;
      if (age >= 0 && age < UNUSABLE_LIFETIME_MS) throw this.unusable.refusal;
    }
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async read(): Promise<ProviderMetadata> {
    const atMs = this.clock.now().getTime();
    try {
      const metadata = await this.calls.run(() => this.discovery.fetch(this.profile.discoveryUrl));
      // check: sign-in: issuer that the profile was made for
      if (metadata.issuer !== this.profile.issuer) throw new SignInRefused('discovery_issuer_changed');
      this.known = { metadata, atMs };
      return metadata;
    } catch (cause) {
      // Anybody may begin a sign-in, and each would fetch the document again.
      if (cause instanceof SignInRefused && !(cause instanceof CallFailed)) this.unusable = { refusal: cause, atMs };
      throw cause;
    }
  }
}

/** The providers of all profiles, each with limits and memory of its own. */
@Injectable()
export class Providers {
  private readonly providers = new LRUCache<string, Provider>({ max: PROVIDERS_MAX });

  constructor(
    private readonly outbound: Outbound,
    private readonly discovery: ProviderDiscovery,
    private readonly clock: Clock,
  ) {}

  /** A profile that was changed begins anew: what was learnt under its old settings may not hold. */
  of(profile: Pick<OidcProfileModel, 'storeId' | 'id' | 'discoveryUrl' | 'issuer' | 'updatedAt'>): Provider {
    const key = JSON.stringify([profile.storeId, profile.id, profile.discoveryUrl, profile.issuer, profile.updatedAt]);
    const known = this.providers.get(key);
    if (known !== undefined) return known;
    const provider = new Provider(profile, this.outbound, this.discovery, this.clock);
    this.providers.set(key, provider);
    return provider;
  }
}
