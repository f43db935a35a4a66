import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { type Authority, systemOf } from '../database/authority.js';
import { Database } from '../database/database.js';
import { Dependents } from '../database/dependents.js';
import { KEY_LIVES } from '../database/single-write.js';
import { keyGone, type WriteTransaction } from '../database/write-transaction.js';
import type { DomainEvent } from '../events/event-catalogue.js';
import type { CustomerModel, CustomerUncheckedUpdateInput } from '../generated/prisma/models.js';
import { CustomerTokens } from '../sessions/customer-tokens.js';
import { CUSTOMER_COLUMNS, toColumns } from './customer-rows.js';

/** A customer's row. */
type CustomerRow = Pick<CustomerModel, 'storeId' | 'id'>;

function creationOf({ id, emailCanonical }: CustomerModel): DomainEvent {
  return { type: 'customer_created', subjectId: id, personal: { email: emailCanonical } };
}

/** The one writer of customers, whoever asks for it: the interface, single sign-on, or a back end that announces users. */
@Injectable()
export class CustomerWriter {
  /** Done before a customer goes: by whose rows hang on it. */
  readonly removals = new Dependents<CustomerRow>();
  /** Done when a customer is handed to the owner of its email: by who keeps something that an earlier holder left behind. */
  readonly takeOvers = new Dependents<CustomerModel>();

  constructor(
    private readonly database: Database,
    private readonly customerTokens: CustomerTokens,
    private readonly clock: Clock,
  ) {}

  /** As a part of a larger transaction. */
  async create(tx: WriteTransaction, row: CustomerModel): Promise<CustomerModel> {
    const customer = await tx.customer.create({ data: { ...row, customMembers: row.customMembers ?? {} } });
    tx.record(creationOf(customer));
    return customer;
  }

  /**
   * By one statement: of many who register with one email at once, each waits for as short as can be.
   *
   * @throws AppError `access_token_invalid`
   */
  async createAlone(authority: Authority, row: CustomerModel): Promise<CustomerModel> {
    const columns = CUSTOMER_COLUMNS.join(', ');
    const { storeId } = row;
    const { rows } = await this.database.writeOne(authority, {
      name: 'customer-create',
      text: `INSERT INTO public.customers (store_id, ${columns})
             SELECT $1::uuid, ${columns} FROM jsonb_populate_record(NULL::public.customers, $2::jsonb)
             WHERE ${KEY_LIVES} RETURNING id`,
      values: [storeId, JSON.stringify(toColumns(row))],
      event: creationOf(row),
    });
    if (rows.length === 0) throw keyGone();
    return row;
  }

  /**
   * Reads the customer and holds its row until the transaction ends: two partial changes must not undo each other, and no token of
   * it ends or is issued meanwhile.
   */
  async hold(tx: WriteTransaction, { storeId, id }: CustomerRow): Promise<CustomerModel | null> {
    await tx.lock('customers', { storeId, id }, 'update');
    return tx.customer.findUnique({ where: { storeId_id: { storeId, id } } });
  }

  /** @param held as it was read by `hold` */
  change(
    tx: WriteTransaction,
    { storeId, id }: CustomerModel,
    change: CustomerUncheckedUpdateInput,
  ): Promise<CustomerModel> {
    return tx.customer.update({
      where: { storeId_id: { storeId, id } },
      data: { ...change, updatedAt: this.clock.now() },
    });
  }

  /** Somebody trusted said that the email is this customer's. */
  async prove(tx: WriteTransaction, held: CustomerModel): Promise<void> {
    if (held.emailVerified) return;
    await this.change(tx, held, { emailVerified: true });
    tx.record({ type: 'customer_changed', subjectId: held.id });
  }

  /** Hands the customer to the owner of its email: what an earlier holder could come back by goes. */
  async takeOver(tx: WriteTransaction, held: CustomerModel): Promise<void> {
    const { storeId, id } = held;
    await this.change(tx, held, { passwordHash: null, emailVerified: true });
    tx.record({ type: 'unproven_customer_reset', subjectId: id });
    await this.customerTokens.revokeAll(tx, storeId, id, null);
    await this.takeOvers.run(tx, held);
  }

  /** @param held as it was read by `hold` */
  async remove(tx: WriteTransaction, { storeId, id }: CustomerModel): Promise<void> {
    await this.customerTokens.removeOfCustomer(tx, storeId, id);
    await this.removals.run(tx, { storeId, id });
    await tx.customer.delete({ where: { storeId_id: { storeId, id } } });
    tx.record({ type: 'customer_deleted', subjectId: id });
  }

  /**
   * Brings the hash of a password to another cost; the password stays. It changes nothing that anybody could have asked for, so the
   * service itself speaks for it.
   *
   * @returns false where the hash is not the one that was verified any more
   */
  async replaceHash({ storeId, id }: CustomerRow, verified: string, passwordHash: string): Promise<boolean> {
    const { rowCount } = await this.database.writeOne(systemOf(storeId), {
      name: 'customer-rehash',
      text: 'UPDATE public.customers SET password_hash = $4 WHERE store_id = $1 AND id = $2 AND password_hash = $3',
      values: [storeId, id, verified, passwordHash],
    });
    return rowCount === 1;
  }
}
