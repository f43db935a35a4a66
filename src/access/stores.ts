import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import { violatedConstraint } from '../database/database-errors.js';
import { operatorOf, systemOf } from '../database/authority.js';
import { Database } from '../database/database.js';
import { Dependents } from '../database/dependents.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { AppError } from '../errors/app-error.js';
import type { StoreModel } from '../generated/prisma/models.js';
import { initialStoreSettings } from './store-settings.js';

/** What operators may call a store. A UUID is none: it could be taken for a store's id. */
const HANDLE = /^(?=.{1,64}$)(?![0-9a-f-]{36}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** What a handle is, in one sentence for whoever gave another text. */
export const HANDLE_RULE =
  'A handle is 1 to 64 lower-case letters and digits, with single dashes between them, and no UUID.';

export function isHandle(text: string): boolean {
  return HANDLE.test(text);
}

/** The tenants of a deployment, as operators see them. */
@Injectable()
export class Stores {
  /** What a store begins with, made where it is missing: by whose rows that is. */
  readonly beginnings = new Dependents<{ readonly storeId: string }>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** In the order of their creation. */
  list(): Promise<StoreModel[]> {
    return this.database.read.store.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  }

  /** @param name a handle, or an id */
  find(name: string): Promise<StoreModel | null> {
    const id = parseUuid(name);
    return this.database.read.store.findUnique({ where: id === null ? { handle: name } : { id } });
  }

  /**
   * A new store with its realm, and whatever else it is to begin with, in one transaction: all of it or nothing.
   *
   * @param begin makes the rest, with the new store's id
   * @throws AppError `validation_failed` for a handle that is none, `id_taken` for one that is in use
   */
  async create<Rest>(
    handle: string,
    begin: (tx: WriteTransaction, storeId: string) => Promise<Rest>,
  ): Promise<{ store: StoreModel; rest: Rest }> {
    if (!isHandle(handle)) throw new AppError('validation_failed', { detail: HANDLE_RULE });
    try {
      const id = newId();
      return await this.database.write(operatorOf(id), async (tx) => {
        const now = this.clock.now();
        const times = { createdAt: now, updatedAt: now };
        const store = await tx.store.create({ data: { id, handle, ...initialStoreSettings, ...times } });
        tx.record({ type: 'store_created', subjectId: id });
        await this.beginnings.run(tx, { storeId: id });
        return { store, rest: await begin(tx, id) };
      });
    } catch (cause) {
      if (violatedConstraint(cause) !== 'stores_handle_key') throw cause;
      throw new AppError('id_taken', { detail: `There is a store ${handle} already.`, cause });
    }
  }

  /**
   * The store with this handle and all that it begins with, made where it is missing. Replicas may do it at once.
   *
   * @returns the store's id
   */
  async ensure(handle: string): Promise<string> {
    if ((await this.find(handle)) === null) await this.make(handle);
    const { id: storeId } = await this.database.read.store.findUniqueOrThrow({ where: { handle } });
    await this.database.write(systemOf(storeId), (tx) => this.beginnings.run(tx, { storeId }));
    return storeId;
  }

  private async make(handle: string): Promise<void> {
    const id = newId();
    const times = { createdAt: this.clock.now(), updatedAt: this.clock.now() };
    await this.database.write(systemOf(id), async (tx) => {
      const data = { id, handle, ...initialStoreSettings, ...times };
      const { count } = await tx.store.createMany({ data, skipDuplicates: true });
      if (count > 0) tx.record({ type: 'store_created', subjectId: id });
    });
  }
}
