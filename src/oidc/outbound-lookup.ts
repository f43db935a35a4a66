import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';

/**
 * A question holds one of the process's few threads until the resolver gives up, which may be long after the caller has: a name
 * server that does not answer must leave threads to other providers and to the database.
 */
const QUESTIONS_AT_ONCE = 2;

/** Asks the resolver of the operating system, as every connection of Node does, and the same question once at a time. */
@Injectable()
export class AddressLookup {
  readonly #limit = pLimit(QUESTIONS_AT_ONCE);
  readonly #asked = new Map<string, Promise<LookupAddress[]>>();

  /** @throws Error of the system, such as `ENOTFOUND` */
  all(hostname: string): Promise<LookupAddress[]> {
    const known = this.#asked.get(hostname);
    if (known !== undefined) return known;
    const answer = this.#limit(() => lookup(hostname, { all: true })).finally(() => this.#asked.delete(hostname));
    this.#asked.set(hostname, answer);
    return answer;
  }
}
