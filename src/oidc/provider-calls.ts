import pLimit from 'p-limit';
import type { Clock } from '../clock/clock.js';
import { CallFailed } from './call-failed.js';
import type { Outbound, OutboundRequest } from './outbound.js';

const CALLS_AT_ONCE = 20;
const CALLS_WAITING_MAX = 200;
const WAIT_MS = 1_500;
/** So many failures in a row, and the provider is left alone for a while. */
const FAILURES_MAX = 5;
const SUSPENDED_MS = 10_000;

/**
 * The calls to one provider: a limited number at once, and none for ten seconds after five failures in a row, so that a slow or
 * dead provider holds up nobody but itself.
 */
export class ProviderCalls {
  private readonly limit = pLimit(CALLS_AT_ONCE);
  private failures = 0;
  private suspendedUntil = 0;

  constructor(
    private readonly outbound: Outbound,
    private readonly clock: Clock,
  ) {}

  /**
   * A status of 500 or more is a failure of this call, but the provider is there: whoever sends it a code that it stumbles over
   * must not suspend it for everybody.
   *
   * @throws CallFailed
   */
  async request(url: string, request: OutboundRequest): Promise<Response> {
    const response = await this.run(() => this.outbound.request(url, request));
    if (response.status >= 500) throw new CallFailed('provider_status');
    return response;
  }

  /** For a call that is made elsewhere. @throws CallFailed, or what the call throws */
  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    this.refuseWhileSuspended();
    if (this.limit.pendingCount >= CALLS_WAITING_MAX) throw new CallFailed('provider_busy');
    const wait = new AbortController();
    const timer = setTimeout(() => wait.abort(), WAIT_MS);
    try {
      return await new Promise<Result>((resolve, reject) => {
        wait.signal.addEventListener('abort', () => reject(new CallFailed('provider_busy')), { once: true });
        void this.limit(async () => {
          // Who has given up waiting must not call any more.
          if (wait.signal.aborted) return;
          clearTimeout(timer);
          try {
            this.refuseWhileSuspended();
            resolve(await this.counted(call));
          } catch (cause) {
            reject(cause);
          }
        });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private async counted<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      const result = await call();
      this.failures = 0;
      return result;
    } catch (cause) {
      if (cause instanceof CallFailed) {
        this.failures += 1;
        if (this.failures >= FAILURES_MAX) {
          this.suspendedUntil = this.clock.now().getTime() + SUSPENDED_MS;
          this.failures = 0;
        }
      }
      throw cause;
    }
  }

  private refuseWhileSuspended(): void {
    const left = this.suspendedUntil - this.clock.now().getTime();
    // A clock that was set back must not prolong it.
    if (left > 0 && left <= SUSPENDED_MS) throw new CallFailed('provider_suspended');
  }
}
