import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import type { Authority } from '../database/authority.js';
import { Database } from '../database/database.js';
import type { StoreModel } from '../generated/prisma/models.js';

/** Below one second: within that time a change of settings reaches every process. */
const REMEMBER_MS = 900;

/** What the team that runs a store may choose. */
export type StoreSettings = Pick<StoreModel, 'registration' | 'requireCurrentPassword' | 'pageLength' | 'addressLimit'>;

/** Settings of a new store. */
export const initialStoreSettings: StoreSettings = {
  registration: 'open',
  requireCurrentPassword: false,
  pageLength: 25,
  addressLimit: 25,
};

@Injectable()
export class StoreSettingsReader {
  private readonly remembered = new LRUCache<string, StoreSettings>({ max: 1_000, ttl: REMEMBER_MS });
  private generation = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async of(storeId: string): Promise<StoreSettings> {
    const known = this.remembered.get(storeId);
    if (known !== undefined) return known;
    const { generation } = this;
    // Counted from here, since a slow answer may be old when it comes.
    const start = performance.now();
    const settings = await this.database.read.store.findUniqueOrThrow({ where: { id: storeId } });
    // A change that came in between has made this answer old: use it, but do not remember it.
    if (generation === this.generation) this.remembered.set(storeId, settings, { start });
    return settings;
  }

  /** @param authority of the store whose settings are changed */
  change(authority: Authority & { readonly storeId: string }, change: Partial<StoreSettings>): Promise<StoreSettings> {
    const { storeId } = authority;
    return this.database.write(authority, async (tx) => {
      tx.afterCommit(() => {
        this.generation += 1;
        this.remembered.clear();
      });
      tx.record({ type: 'store_settings_changed', subjectId: storeId });
      return tx.store.update({ where: { id: storeId }, data: { ...change, updatedAt: this.clock.now() } });
    });
  }
}
