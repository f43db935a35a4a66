import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';

/** Below one second: within that time a change of a key reaches every process. */
const REMEMBER_MS = 900;
const REMEMBERED_MAX = 1_000;

/** An application key as the database has it now. */
export interface ApplicationKeyState {
  readonly storeId: string;
  readonly keyId: string;
  readonly clientId: string;
  readonly grants: readonly string[];
  readonly permissions: readonly string[];
  /** Those that were valid when this was read. */
  readonly secrets: readonly ApplicationKeySecretState[];
}

export interface ApplicationKeySecretState {
  /** SHA-256. */
  readonly hash: Uint8Array;
  /** From this moment it is refused; null: no end is set. */
  readonly retiredAt: Date | null;
}

/** Reads application keys by client id. Rights come from here on every request, never from the token. */
@Injectable()
export class ApplicationKeys {
  private readonly remembered = new LRUCache<string, ApplicationKeyState>({ max: REMEMBERED_MAX, ttl: REMEMBER_MS });
  private generation = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async find(clientId: string): Promise<ApplicationKeyState | null> {
    const remembered = this.remembered.get(clientId);
    if (remembered !== undefined) return remembered;
    const { generation } = this;
    // Counted from here, since a slow answer may be old when it comes.
    const start = performance.now();
    const state = await this.read(clientId);
    // A change that came in between has made this answer old: use it, but do not remember it.
    if (state !== null && generation === this.generation) this.remembered.set(clientId, state, { start });
    return state;
  }

  /** After a change of keys: the next request reads what is stored now. */
  forgetRemembered(): void {
    this.generation += 1;
    this.remembered.clear();
  }

  private async read(clientId: string): Promise<ApplicationKeyState | null> {
    const found = await this.database.read.clientId.findUnique({
      where: { clientId },
      include: { key: { include: { secrets: { where: { OR: this.validNow() } } } } },
    });
    if (found === null) return null;
    const { key, storeId, keyId } = found;
    return {
      storeId,
      keyId,
      clientId,
      grants: key.grants,
      permissions: key.permissions,
      secrets: key.secrets.map(({ secretHash, retiredAt }) => ({ hash: secretHash, retiredAt })),
    };
  }

  private validNow() {
    return [{ retiredAt: null }, { retiredAt: { gt: this.clock.now() } }];
  }
}
