import { isIPv6 } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';

const WINDOW_SECONDS = 60;
/** Of an IPv6 address; the first half is the subscriber's. */
const GROUPS = 8;
const ADDRESSES_MAX = 50_000;

/** How many sign-ins one client address may begin: each writes a row, and nobody has proven anything yet. */
@Injectable()
export class StartLimit {
  private readonly starts = new LRUCache<string, { window: number; count: number }>({ max: ADDRESSES_MAX });

  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly clock: Clock,
  ) {}

  /** Counts this start. False when there were too many in this minute. */
  allows(address: string): boolean {
    const key = subscriberOf(address);
    const window = Math.floor(this.clock.nowSeconds() / WINDOW_SECONDS);
    const known = this.starts.get(key);
    const count = known?.window === window ? known.count + 1 : 1;
    this.starts.set(key, { window, count });
    return count <= this.config.ssoStartsPerMinute;
  }
}

/** One subscriber has 2^64 IPv6 addresses: they count together. */
export function subscriberOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = [], tail = []] = address.split('::').map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: Math.max(0, GROUPS - head.length - tail.length) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, GROUPS / 2);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
