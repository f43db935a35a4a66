import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Stores } from './stores.js';

const HANDLE = 'default';

/** The store that a deployment begins with. */
@Injectable()
export class DefaultStore {
  constructor(
    private readonly database: Database,
    private readonly stores: Stores,
  ) {}

  /** @returns the store's id */
  async id(): Promise<string> {
    const store = await this.database.read.store.findUniqueOrThrow({ where: { handle: HANDLE } });
    return store.id;
  }

  /** Makes it where it is missing. Replicas may do it at once: unique constraints make one of each. */
  async ensure(): Promise<void> {
    await this.stores.ensure(HANDLE);
  }
}
