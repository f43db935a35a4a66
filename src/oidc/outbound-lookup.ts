import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { addressesInHostsFile } from './hosts-file.js';

/** For one try at one name server; the second try takes longer. Lost packets are no reason to fail. */
const TRY_MS = 700;
const TRIES = 2;
/** For all tries at all name servers: less than a call has. */
const QUESTION_LIMIT_MS = 2_500;
/** A name whose servers do not answer is not asked for again so soon. */
const HANG_REMEMBERED_MS = 10_000;
const HANGS_REMEMBERED_MAX = 1_000;
const HANGING = /^(ETIMEOUT|ECANCELLED)$/;

/** Names of this machine that need no name server (RFC 6761 section 6.3). */
export const LOCAL_NAME = /(^|\.)localhost\.?$/;

/**
 * Finds the addresses of providers. The system's resolver, which every connection of Node asks, takes one of the process's few threads
 * until it gives up, long after the caller has, so two names that hang would stop all others, and the database's. What anybody
 * may have named is therefore asked for by DNS itself: without a thread, each question with sockets of its own, and the same
 * question once at a time.
 */
@Injectable()
export class AddressLookup {
  /** Name servers to ask; null: those of the system. */
  servers: readonly string[] | null = null;
  readonly #asked = new Map<string, Promise<LookupAddress[]>>();
  readonly #hanging = new LRUCache<string, { readonly error: Error; readonly untilMs: number }>({
    max: HANGS_REMEMBERED_MAX,
  });

  /**
   * @param mayAskSystem of names that the operator answers for: they may be known to the system alone, by a search domain for instance
   * @throws Error with the code of the system or of DNS, such as `ENOTFOUND`, `ETIMEOUT`
   */
  async all(hostname: string, mayAskSystem: boolean): Promise<LookupAddress[]> {
    const hung = this.#hanging.get(hostname);
    if (hung !== undefined && performance.now() < hung.untilMs) throw hung.error;
    const known = this.#asked.get(hostname);
    if (known !== undefined) return known;
    const answer = this.#find(hostname, mayAskSystem).finally(() => this.#asked.delete(hostname));
    this.#asked.set(hostname, answer);
    return answer;
  }

  async #find(hostname: string, mayAskSystem: boolean): Promise<LookupAddress[]> {
    if (LOCAL_NAME.test(hostname)) return lookup(hostname, { all: true });
    const fixed = await addressesInHostsFile(hostname);
    if (fixed.length > 0) return fixed;
    try {
      return await this.#resolve(hostname);
    } catch (error) {
      if (error instanceof Error && HANGING.test(codeOf(error))) {
        this.#hanging.set(hostname, { error, untilMs: performance.now() + HANG_REMEMBERED_MS });
        throw error;
      }
      // check: sign-in: names of strangers take no thread of the process
      if (!mayAskSystem) throw error;
      return lookup(hostname, { all: true });
    }
  }

  /** IPv4 first: nothing here knows whether IPv6 leads anywhere, and whoever connects tries all. */
  async #resolve(hostname: string): Promise<LookupAddress[]> {
    // One for each question: it can be called off alone, and what it learns of slow servers is not held against other names.
    const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
    if (this.servers !== null) resolver.setServers(this.servers);
    const timer = setTimeout(() => resolver.cancel(), QUESTION_LIMIT_MS);
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    clearTimeout(timer);
    const found = answers.flatMap((answer, index) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 })) : [],
    );
    if (found.length > 0) return found;
    const errors = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []));
    throw errors.find((error) => HANGING.test(codeOf(error))) ?? errors[0] ?? new Error('no address');
  }
}

function codeOf({ code = '' }: NodeJS.ErrnoException): string {
  return code;
}
