import type { Clock } from '../clock/clock.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import { CallFailed } from './call-failed.js';
import type { ProviderCalls } from './provider-calls.js';
import { readJson } from './provider-discovery.js';
import { ProviderKeySet } from './provider-key-set.js';

/** How long keys are used that nothing calls into question. */
const LIFETIME_MS = 600_000;
/** Tokens that the known keys do not verify make us look for others this often at most. */
const FORCED_EVERY_MS = 10_000;

/** A token whose signature is to be verified. */
export interface TokenToVerify {
  /** In its compact form. */
  readonly token: string;
  /** `kid` of its header; without one nothing tells whether its key is known. */
  readonly keyId: string | undefined;
  readonly algs: readonly string[];
  /** When it came: keys that were asked for later are new enough for it. By the clock of the process. */
  readonly receivedAtMs: number;
}

/**
 * The public keys of one provider. A provider may change its keys at any moment, and a code is spent once its token has been
 * fetched: so the key that a token names is looked for before the token is verified, anew if it is not known, and anew if the one
 * that is known by that name does not verify the token.
 */
export class ProviderKeys {
  private fetched: ProviderKeySet | null = null;
  private fetching: Promise<ProviderKeySet> | null = null;
  private forcedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly calls: ProviderCalls,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws SignInRefused `id_token_key_unknown`, `id_token_key_ambiguous`, `id_token_key_unusable`, `id_token_signature_invalid`;
   *   CallFailed
   */
  async verify(jwksUri: string, { token, keyId, algs, receivedAtMs }: TokenToVerify): Promise<void> {
    const keys = await this.forToken(jwksUri, keyId, receivedAtMs);
    try {
      await keys.verify(token, algs);
    } catch (cause) {
      if (!(cause instanceof SignInRefused) || keys.askedAtMs >= receivedAtMs) throw cause;
      // The provider may have another key by the same name now.
      const newer = await this.newerThan(keys, jwksUri);
      if (newer === null) throw cause;
      await newer.verify(token, algs);
    }
  }

  private async forToken(jwksUri: string, keyId: string | undefined, receivedAtMs: number): Promise<ProviderKeySet> {
    const isEnough = (keys: ProviderKeySet) =>
      keys.askedAtMs >= receivedAtMs || (keyId !== undefined && keys.has(keyId));
    const usable = this.usable() ?? (await this.fetch(jwksUri));
    if (isEnough(usable)) return usable;
    // Somebody else looks for a new key already, perhaps the same one.
    const underWay = this.fetching === null ? usable : await this.fetching;
    if (isEnough(underWay) || !this.mayForce()) return underWay;
    try {
      return await this.force(jwksUri);
    } catch (cause) {
      // A token without a `kid` calls nothing into question: it is likely signed by a key that is known.
      if (keyId === undefined && cause instanceof CallFailed) return underWay;
      throw cause;
    }
  }

  /** Null: there are none to be had now. */
  private async newerThan(used: ProviderKeySet, jwksUri: string): Promise<ProviderKeySet | null> {
    const known = this.fetching === null ? this.usable() : await this.fetching;
    if (known !== null && known !== used) return known;
    // check: sign-in: keys are looked for again once in ten seconds at most
    if (!this.mayForce()) return null;
    return this.force(jwksUri);
  }

  private usable(): ProviderKeySet | null {
    if (this.fetched === null) return null;
    const age = this.nowMs() - this.fetched.askedAtMs;
    return age >= 0 && age < LIFETIME_MS ? this.fetched : null;
  }

  private mayForce(): boolean {
    const since = this.nowMs() - this.forcedAtMs;
    return since < 0 || since >= FORCED_EVERY_MS;
  }

  private force(jwksUri: string): Promise<ProviderKeySet> {
    this.forcedAtMs = this.nowMs();
    return this.fetch(jwksUri);
  }

  /** One at a time: who comes while it is on its way waits for it. */
  private fetch(jwksUri: string): Promise<ProviderKeySet> {
    this.fetching ??= this.load(jwksUri).finally(() => {
      this.fetching = null;
    });
    return this.fetching;
  }

  private async load(jwksUri: string): Promise<ProviderKeySet> {
    const askedAtMs = this.nowMs();
    const headers = { accept: 'application/json, application/jwk-set+json' };
    const response = await this.calls.request(jwksUri, { method: 'GET', headers });
    if (response.status !== 200) throw new CallFailed('provider_status');
    const { keys } = ((await readJson(response)) ?? {}) as { keys?: unknown };
    if (!Array.isArray(keys) || !keys.every(isObject)) throw new CallFailed('provider_answer_malformed');
    this.fetched = new ProviderKeySet(keys, askedAtMs);
    return this.fetched;
  }

  private nowMs(): number {
    return this.clock.now().getTime();
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
