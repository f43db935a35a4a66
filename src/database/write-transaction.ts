import type { Clock } from '../clock/clock.js';
import { AppError } from '../errors/app-error.js';
import type { DomainEvent } from '../events/event-catalogue.js';
import type { PrismaClient } from '../generated/prisma/client.js';
import type { Authority } from './authority.js';
import { contextOf, eventRows, insertEvents } from './event-rows.js';
import { type LockedRows, type LockedTable, lockStatement, type LockStrength } from './row-locks.js';

/** The statements of one transaction, as Prisma sends them. */
export type Rows = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

/** What a transaction can do besides sending statements. */
interface UnitOfWork {
  /**
   * Holds rows until the transaction ends.
   *
   * @returns how many of them there are
   */
  lock<Table extends LockedTable>(table: Table, rows: LockedRows<Table>, strength: LockStrength): Promise<number>;
  /** Writes the event with the rest, or not at all. */
  record(event: DomainEvent): void;
  /**
   * Runs when the transaction was committed, or may have been: an answer of the database that was lost is no rollback. For what
   * the process remembers of rows that have changed.
   */
  afterCommit(work: () => void): void;
}

/** A transaction in which rows are changed. */
export type WriteTransaction = Rows & UnitOfWork;

/** What a transaction collects until it is committed. */
export class PendingWork {
  readonly events: DomainEvent[] = [];
  private readonly followUps: (() => void)[] = [];

  constructor(
    private readonly authority: Authority,
    private readonly clock: Clock,
  ) {}

  /** The transaction as services see it: Prisma's, with the members of a unit of work. */
  begin(rows: Rows): WriteTransaction {
    const unit: UnitOfWork = {
      lock: async (table, named, strength) => {
        const held = await rows.$queryRaw<unknown[]>(lockStatement(table, named, strength));
        return held.length;
      },
      record: (event) => void this.events.push(event),
      afterCommit: (work) => void this.followUps.push(work),
    };
    return new Proxy(rows, {
      get: (target, name) => (name in unit ? unit[name as keyof UnitOfWork] : Reflect.get(target, name)),
    }) as WriteTransaction;
  }

  /**
   * Holds the customer of a customer token, and asks whether that token still lives. Whatever ends tokens of a customer holds the
   * customer's row meanwhile, so the answer is true until this transaction ends. Writes of one customer under their token come
   * one after another for it.
   *
   * @throws AppError `customer_token_invalid`
   */
  async holdCustomer(tx: WriteTransaction): Promise<void> {
    if ('actor' in this.authority || this.authority.customer === null) return;
    const { storeId, customer } = this.authority;
    // check: a write under a customer token holds its customer first
    await tx.lock('customers', { storeId, id: customer.customerId }, 'update');
    const { customerId, tokenId: id } = customer;
    const live = await tx.customerToken.count({ where: { storeId, id, customerId, revokedAt: null } });
    // check: a write under a customer token asks whether it lives
    if (live === 0) throw new AppError('customer_token_invalid', { reason: 'revoked' });
  }

  /**
   * The last statements before the commit: the events, and the question whether the application key still lives. Its row is held,
   * so that a deletion waits until this transaction is committed; asked last, no lock that was waited for came after it.
   *
   * @throws AppError `access_token_invalid`
   */
  async finish(tx: WriteTransaction): Promise<void> {
    const { authority, events } = this;
    const rows = events.length === 0 ? '[]' : eventRows(events, contextOf(authority, this.clock.now()));
    if ('actor' in authority) {
      if (events.length > 0) await tx.$executeRawUnsafe(insertEvents('$1', '$2'), authority.storeId, rows);
      return;
    }
    const { storeId, keyId } = authority;
    const key = await tx.$queryRawUnsafe<unknown[]>(
      `WITH recorded AS (${insertEvents('$1', '$2')})
       SELECT 1 FROM public.application_keys WHERE store_id = $1::uuid AND id = $3::uuid FOR KEY SHARE`,
      storeId,
      rows,
      keyId,
    );
    // check: a transaction under an access token asks whether its key lives
    if (key.length === 0) throw keyGone();
  }

  /** @param committed false: it is known that nothing was written, or not known what was */
  end(committed: boolean): void {
    for (const work of this.followUps) work();
    if (committed) for (const event of this.events) this.authority.origin?.recorded(event);
  }
}

/** RFC 6750 section 3.1: the access token is as dead as its key. */
export function keyGone(): AppError {
  return new AppError('access_token_invalid', {
    reason: 'key_gone',
    headers: { 'www-authenticate': 'Bearer realm="gatehouse", error="invalid_token"' },
  });
}
