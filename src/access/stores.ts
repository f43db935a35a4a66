import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import { violatedConstraint } from '../database/database-errors.js';
import { Database, type Transaction } from '../database/database.js';
import { AppError } from '../errors/app-error.js';
import type { StoreModel } from '../generated/prisma/models.js';
import { initialStoreSettings } from './store-settings.js';

/** What operators may call a store. A UUID is none: it could be taken for a store's id. */
const HANDLE = /^(?=.{1,64}$)(?![0-9a-f-]{36}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** The realm that holds a store's customers, under the name that the interface gives it. */
const CUSTOMER_REALM = 'Buyer Organization';

/** A new realm sends browsers nowhere, and no sign-in touches a customer that is there. */
const initialRealmSettings = {
  redirectUris: [] as string[],
  duplicateEmailPolicy: 'allowed',
  unprovenEmail: 'refuse',
} as const;

/** The tenants of a deployment, as operators see them. */
@Injectable()
export class Stores {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** In the order of their creation. */
  list(): Promise<StoreModel[]> {
    return this.database.prisma.store.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  }

  /** @param name a handle, or an id */
  find(name: string): Promise<StoreModel | null> {
    const id = parseUuid(name);
    return this.database.prisma.store.findUnique({ where: id === null ? { handle: name } : { id } });
  }

  /**
   * A new store with its realm, and whatever else it is to begin with, in one transaction: all of it or nothing.
   *
   * @param begin makes the rest, with the new store's id
   * @throws AppError `validation_failed` for a handle that is none, `id_taken` for one that is in use
   */
  async create<Rest>(
    handle: string,
    begin: (tx: Transaction, storeId: string) => Promise<Rest>,
  ): Promise<{ store: StoreModel; rest: Rest }> {
    if (!HANDLE.test(handle)) {
      const detail = 'A handle is 1 to 64 lower-case letters and digits, with single dashes between them, and no UUID.';
      throw new AppError('validation_failed', { detail });
    }
    try {
      return await this.database.transaction(async (tx) => {
        const now = this.clock.now();
        const times = { createdAt: now, updatedAt: now };
        const store = await tx.store.create({ data: { id: newId(), handle, ...initialStoreSettings, ...times } });
        await this.addCustomerRealm(tx, store.id);
        return { store, rest: await begin(tx, store.id) };
      });
    } catch (cause) {
      if (violatedConstraint(cause) !== 'stores_handle_key') throw cause;
      throw new AppError('id_taken', { detail: `There is a store ${handle} already.`, cause });
    }
  }

  /** The store with this handle and its realm, made where they are missing. Replicas may do it at once. @returns the store's id */
  async ensure(handle: string): Promise<string> {
    const { prisma } = this.database;
    const times = { createdAt: this.clock.now(), updatedAt: this.clock.now() };
    await prisma.store.createMany({
      data: { id: newId(), handle, ...initialStoreSettings, ...times },
      skipDuplicates: true,
    });
    const { id } = await prisma.store.findUniqueOrThrow({ where: { handle } });
    // A realm that was given another name since is still the store's realm.
    if ((await prisma.authenticationRealm.count({ where: { storeId: id } })) === 0) {
      await this.addCustomerRealm(prisma, id);
    }
    return id;
  }

  private async addCustomerRealm(prisma: Pick<Transaction, 'authenticationRealm'>, storeId: string): Promise<void> {
    const times = { createdAt: this.clock.now(), updatedAt: this.clock.now() };
    await prisma.authenticationRealm.createMany({
      data: { storeId, id: newId(), name: CUSTOMER_REALM, ...initialRealmSettings, ...times },
      skipDuplicates: true,
    });
  }
}
