import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Agent, buildConnector, type Dispatcher, request as send } from 'undici';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { refuseInsideTransaction } from '../errors/slow-work.js';
import { parseUrl } from '../config/url.js';
import { CallFailed } from './call-failed.js';
import { ANSWER_BYTES_MAX, answerOf } from './outbound-answer.js';
import { failureOf } from './outbound-failures.js';
import { AddressLookup, LOCAL_NAME } from './outbound-lookup.js';
import { isPublicAddress } from './special-addresses.js';

/** From the question for the address to the last byte of the body. */
const CALL_LIMIT_MS = 3_000;
const CONNECTIONS_PER_ORIGIN = 20;
/** Long enough for the calls of one sign-in, too short for a provider to hold connections by asking for longer. */
const KEEP_ALIVE_MS = 2_000;
const URL_LENGTH_MAX = 2_048;

export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the call earlier than its own limit. */
  readonly signal?: AbortSignal;
}

type Answer = Dispatcher.ResponseData;
type HostRules = Pick<ServiceConfig, 'oidcAllowPrivateHosts' | 'oidcInternalProviderHosts'>;

/**
 * Whether the text of a URL permits a call: an absolute https URL (http too where private hosts are allowed) without user
 * information and fragment. It says nothing about the address of the host.
 */
export function isSafeUrlText(
  text: string,
  { oidcAllowPrivateHosts }: Pick<HostRules, 'oidcAllowPrivateHosts'>,
): boolean {
  if (text.length > URL_LENGTH_MAX || parseUrl(text) === null) return false;
  // What the parser would drop or turn into a slash is refused, since others may read such text as naming another host. The text
  // is looked at, not the parsed parts: an empty user or fragment is gone from those.
  const [, scheme, authority = '', rest = ''] = /^([a-z]+):\/\/([^/?#]+)(.*)$/s.exec(text) ?? [];
  if (/[\s\\\p{Cc}]/u.test(text) || authority.includes('@') || rest.includes('#')) return false;
  return scheme === 'https' || (scheme === 'http' && oidcAllowPrivateHosts);
}

/**
 * The one way by which OpenID Providers are called. Their URLs come from administrators and from documents that providers publish,
 * so every call is checked where its connection is opened, after the name was resolved: what was checked is what is connected to,
 * whatever a name server answers the next time. Reads no proxy variables, keeps no cookies.
 */
@Injectable()
export class Outbound implements OnApplicationShutdown {
  readonly #config: HostRules;
  readonly #lookup: AddressLookup;
  readonly #agent: Agent;

  constructor(@Inject(SERVICE_CONFIG) config: HostRules, @Optional() lookup: AddressLookup = new AddressLookup()) {
    this.#config = config;
    this.#lookup = lookup;
    this.#agent = new Agent({
      connect: this.#connector(),
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxResponseSize: ANSWER_BYTES_MAX,
      // The limit of the whole call includes these.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * One call; the body of the answer is read whole, in at most 256 KiB. Follows no redirect. A failure tells neither the URL nor
   * what was sent or received.
   *
   * @throws CallFailed `address_forbidden`, `provider_unreachable`, `provider_timeout`, `provider_redirected`,
   *   `provider_answer_too_large` or `provider_answer_malformed`
   */
  request(url: string, request: OutboundRequest): Promise<Response> {
    refuseInsideTransaction('a call to another service');
    return withinLimit(request.signal, async (signal) => this.#call(this.#parse(url), request, signal));
  }

  /**
   * Whether a URL may be called, without calling it. Names are resolved only where their addresses matter.
   *
   * @throws CallFailed `address_forbidden`, `provider_unreachable` (the name is unknown) or `provider_timeout`
   */
  requireSafe(url: string): Promise<void> {
    return withinLimit(undefined, async () => {
      const host = this.#parse(url).hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(host) !== 0) this.#requireAddress(host, host);
      else if (!this.#mayBePrivate(host)) await this.#addressesOf(host);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#agent.destroy();
  }

  #parse(url: string): URL {
    if (!isSafeUrlText(url, this.#config)) throw new CallFailed('address_forbidden');
    return new URL(url);
  }

  async #call(url: URL, request: OutboundRequest, signal: AbortSignal): Promise<Response> {
    const answer = await this.#send(url, request, signal);
    if (answer.statusCode >= 300 && answer.statusCode <= 399) {
      // Whoever redirects may send a large body along: it is not read, and destroying it is no fault of the call.
      answer.body.on('error', () => {}).destroy();
      // check: sign-in: no redirect of a provider is followed or taken for an answer
      throw new CallFailed('provider_redirected');
    }
    try {
      return answerOf(answer.statusCode, answer.headers, Buffer.from(await answer.body.arrayBuffer()));
    } catch (error) {
      throw failureOf(error, 'provider_answer_malformed');
    }
  }

  async #send(url: URL, { method, headers, body }: OutboundRequest, signal: AbortSignal): Promise<Answer> {
    try {
      const sent = new Headers(headers);
      if (!sent.has('user-agent')) sent.set('user-agent', 'gatehouse');
      sent.set('accept-encoding', 'identity');
      return await send(url, {
        dispatcher: this.#agent,
        method,
        headers: Object.fromEntries(sent),
        body: body ?? null,
        signal,
      });
    } catch (error) {
      throw failureOf(error, 'provider_unreachable');
    }
  }

  #connector(): buildConnector.connector {
    const addressesOf = callbackify((host: string) => this.#addressesOf(host));
    const lookup: LookupFunction = (host, { all }, callback) => {
      addressesOf(host, (error, addresses) => {
        if (error !== null) callback(error, []);
        else if (all) callback(null, addresses);
        else callback(null, addresses[0].address, addresses[0].family);
      });
    };
    const connect = buildConnector({ lookup, autoSelectFamily: true, timeout: CALL_LIMIT_MS });
    return (options, callback) => {
      const host = options.hostname;
      try {
        // An address is connected to as it is, without a lookup.
        // check: sign-in: no call to a special address that needs no resolving
        if (isIP(host) !== 0) this.#requireAddress(host, host);
      } catch (error) {
        process.nextTick(callback, error, null);
        return;
      }
      connect(options, callback);
    };
  }

  /** All of them may be connected to, since the system chooses among them. */
  async #addressesOf(host: string): Promise<[LookupAddress, ...LookupAddress[]]> {
    const mayBePrivate = this.#mayBePrivate(host);
    if (LOCAL_NAME.test(host) && !mayBePrivate) throw new CallFailed('address_forbidden');
    const [first, ...others] = await this.#lookup.all(host, mayBePrivate).catch((error: unknown) => {
      throw failureOf(error, 'provider_unreachable');
    });
    if (first === undefined) throw new CallFailed('provider_unreachable');
    // check: sign-in: no call to a special address, after the name was resolved
    for (const { address } of [first, ...others]) this.#requireAddress(host, address);
    return [first, ...others];
  }

  #requireAddress(host: string, address: string): void {
    if (!this.#mayBePrivate(host) && !isPublicAddress(address)) throw new CallFailed('address_forbidden');
  }

  /** @param host of a URL, an IPv6 address without its brackets */
  #mayBePrivate(host: string): boolean {
    const { oidcAllowPrivateHosts, oidcInternalProviderHosts } = this.#config;
    return oidcAllowPrivateHosts || oidcInternalProviderHosts.includes(isIP(host) === 6 ? `[${host}]` : host);
  }
}

/**
 * Ends with the work, or with `provider_timeout` when the limit is reached or the caller aborts. The work is not waited for then:
 * neither a name server nor a connection attempt can be called off.
 */
function withinLimit<Result>(
  aborted: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  return new Promise((resolve, reject) => {
    const end = () => {
      reject(new CallFailed('provider_timeout'));
      ending.abort();
    };
    if (aborted?.aborted) return end();
    const timer = setTimeout(end, CALL_LIMIT_MS);
    aborted?.addEventListener('abort', end, { once: true });
    work(ending.signal)
      .finally(() => {
        clearTimeout(timer);
        aborted?.removeEventListener('abort', end);
      })
      .then(resolve, reject);
  });
}
