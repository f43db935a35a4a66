import type { Clock } from '../clock/clock.js';
import { CallFailed } from './call-failed.js';
import type { ProviderCalls } from './provider-calls.js';
import { readJson } from './provider-discovery.js';

/** How long keys are used that nothing calls into question. */
const LIFETIME_MS = 600_000;
/** Tokens that name an unknown key make us look for it this often at most. */
const FORCED_EVERY_MS = 10_000;

interface FetchedKeys {
  readonly keys: readonly { readonly kid?: unknown }[];
  /** When the request was sent, by the clock of the process. */
  readonly askedAtMs: number;
}

/**
 * The public keys of one provider. A provider may change its keys at any moment, and a code is spent once its token has been
 * fetched: so the key that a token names is looked for before the token is verified, anew if it is not known.
 */
export class ProviderKeys {
  private fetched: FetchedKeys | null = null;
  private fetching: Promise<FetchedKeys> | null = null;
  private forcedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly calls: ProviderCalls,
    private readonly clock: Clock,
  ) {}

  /**
   * @param keyId `kid` of the token's header; without one nothing tells whether the key is known
   * @param receivedAtMs when the token came: keys that were asked for later are new enough for it
   * @throws CallFailed
   */
  async forToken(jwksUri: string, keyId: string | undefined, receivedAtMs: number): Promise<FetchedKeys['keys']> {
    const isEnough = ({ keys, askedAtMs }: FetchedKeys) =>
      askedAtMs >= receivedAtMs || (keyId !== undefined && keys.some(({ kid }) => kid === keyId));
    const usable = this.usable() ?? (await this.fetch(jwksUri));
    if (isEnough(usable)) return usable.keys;
    // Somebody else looks for a new key already, perhaps the same one.
    const underWay = this.fetching === null ? usable : await this.fetching;
    if (isEnough(underWay) || !this.mayForce()) return underWay.keys;
    this.forcedAtMs = this.nowMs();
    try {
      return (await this.fetch(jwksUri)).keys;
    } catch (cause) {
      // A token without a `kid` calls nothing into question: it is likely signed by a key that is known.
      if (keyId === undefined && cause instanceof CallFailed) return underWay.keys;
      throw cause;
    }
  }

  private usable(): FetchedKeys | null {
    if (this.fetched === null) return null;
    const age = this.nowMs() - this.fetched.askedAtMs;
    return age >= 0 && age < LIFETIME_MS ? this.fetched : null;
  }

  private mayForce(): boolean {
    const since = this.nowMs() - this.forcedAtMs;
    return since < 0 || since >= FORCED_EVERY_MS;
  }

  /** One at a time: who comes while it is on its way waits for it. */
  private fetch(jwksUri: string): Promise<FetchedKeys> {
    this.fetching ??= this.load(jwksUri).finally(() => {
      this.fetching = null;
    });
    return this.fetching;
  }

  private async load(jwksUri: string): Promise<FetchedKeys> {
    const askedAtMs = this.nowMs();
    const response = await this.calls.request(jwksUri, { method: 'GET', headers: { accept: 'application/json' } });
    if (response.status !== 200) throw new CallFailed('provider_status');
    const { keys } = ((await readJson(response)) ?? {}) as { keys?: unknown };
    if (!Array.isArray(keys) || !keys.every(isObject)) throw new CallFailed('provider_answer_malformed');
    this.fetched = { keys, askedAtMs };
    return this.fetched;
  }

  private nowMs(): number {
    return this.clock.now().getTime();
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
