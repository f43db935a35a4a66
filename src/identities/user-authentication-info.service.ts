import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { parseUuid } from '../crypto/identifiers.js';
import { passwordlessCustomerRow } from '../customers/customer-rows.js';
import { CustomerWriter } from '../customers/customer-writer.js';
import { CustomersService } from '../customers/customers.service.js';
import { Database } from '../database/database.js';
import { violatedConstraint } from '../database/database-errors.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { AppError } from '../errors/app-error.js';
import type { AuthenticationUserModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import { inOrder, type ListQuery, selectPage } from '../jsonapi/list-query.js';
import { RealmsService } from '../realms/realms.service.js';
import { inStore, type RequestScope } from '../scope/request-scope.js';
import { IdentityWriter } from './identity-writer.js';
import type { CreateUser, UpdateUser, UserRow } from './user-authentication-info.contract.js';
import { usersOf } from './user-authentication-info.query.js';

/** Where a user is looked for. Ids as the path has them. */
export interface UserPlace {
  readonly realmId: string;
  readonly userId: string;
}

const withCustomer = { customer: { select: { name: true, email: true } } } as const;

/** Customers as users of a realm: whoever logged in there, or was announced by a client with credentials. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly realms: RealmsService,
    private readonly customers: CustomersService,
    private readonly customerWriter: CustomerWriter,
    private readonly identities: IdentityWriter,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `resource_not_found` */
  async list(scope: RequestScope, realmText: string, query: ListQuery): Promise<Listing<UserRow>> {
    const { id: realmId } = await this.realms.get(scope, realmText);
    const { ids, total } = await selectPage(this.database, usersOf(scope, realmId), query);
    const rows = await this.database.read.authenticationUser.findMany({
      where: { ...inStore(scope), realmId, customerId: { in: [...ids] } },
    });
    const users = await this.withCustomers(scope, rows);
    return { rows: inOrder(ids, users, ({ customerId }) => customerId), total };
  }

  /** @throws AppError `resource_not_found` */
  async get(scope: RequestScope, place: UserPlace): Promise<UserRow> {
    const [realmId, customerId] = [parseUuid(place.realmId), parseUuid(place.userId)];
    if (realmId === null || customerId === null) throw new AppError('resource_not_found');
    const rows = await this.database.read.authenticationUser.findMany({
      where: { ...inStore(scope), realmId, customerId },
    });
    const [user] = await this.withCustomers(scope, rows);
    if (user === undefined) throw new AppError('resource_not_found');
    return user;
  }

  /**
   * With the names and emails of the customers, who are read by a statement about one store: `include` would name a store for each
   * row. A user whose customer went meanwhile went with it.
   */
  private async withCustomers(scope: RequestScope, rows: readonly AuthenticationUserModel[]): Promise<UserRow[]> {
    if (rows.length === 0) return [];
    const found = await this.database.read.customer.findMany({
      where: { ...inStore(scope), id: { in: rows.map(({ customerId }) => customerId) } },
      select: { id: true, name: true, email: true },
    });
    const customers = new Map(found.map(({ id, name, email }) => [id, { name, email }]));
    return rows.flatMap((row) => {
      const customer = customers.get(row.customerId);
      return customer === undefined ? [] : [{ ...row, customer }];
    });
  }

  /**
   * Makes the customer who has the email a user, under the name that the customer has; where nobody has it, a customer comes with
   * the user.
   *
   * @throws AppError `resource_not_found`, `email_ambiguous`, `user_exists`
   */
  async create(scope: RequestScope, realmText: string, input: CreateUser['data']): Promise<UserRow> {
    const { id: realmId } = await this.realms.get(scope, realmText);
    const write = () => this.database.write(scope, (tx) => this.insert(tx, scope, realmId, input));
    try {
      return await write();
    } catch (cause) {
      if (violatedConstraint(cause) !== 'customers_login_email_key') throw cause;
      // Somebody has made that customer since it was looked for: now there is one to attach to.
      return write();
    }
  }

  private async insert(
    tx: WriteTransaction,
    scope: RequestScope,
    realmId: string,
    input: CreateUser['data'],
  ): Promise<UserRow> {
    const found = await this.holdCustomersWith(tx, scope, input.email.canonical);
    if (found.length > 1) throw new AppError('email_ambiguous');
    const now = this.clock.now();
    const customerId = found[0]?.id ?? (await this.insertCustomer(tx, scope, input, now));
    const user = await tx.authenticationUser.create({
      data: {
        ...inStore(scope),
        realmId,
        customerId,
        givenName: input.given_name ?? null,
        familyName: input.family_name ?? null,
        middleName: input.middle_name ?? null,
        createdAt: now,
        updatedAt: now,
      },
      include: withCustomer,
    });
    tx.record({ type: 'user_created', subjectId: customerId, data: { realm_id: realmId } });
    return user;
  }

  /** Who is found keeps the email, and stays, until the transaction ends. @returns two at the most */
  private async holdCustomersWith(
    tx: WriteTransaction,
    scope: RequestScope,
    emailCanonical: string,
  ): Promise<{ id: string }[]> {
    const find = () =>
      tx.customer.findMany({ where: { ...inStore(scope), emailCanonical }, select: { id: true }, take: 2 });
    const found = await find();
    if (found.length !== 1) return found;
    await tx.lock('customers', { ...inStore(scope), id: found.map(({ id }) => id) }, 'share');
    // One who was changed or deleted before the lock was got has the email no more.
    return find();
  }

  /** One as an API client makes it: it owns the email for login, which nobody has proven. @returns its id */
  private async insertCustomer(
    tx: WriteTransaction,
    scope: RequestScope,
    { name, email }: CreateUser['data'],
    now: Date,
  ): Promise<string> {
    const row = passwordlessCustomerRow({
      ...inStore(scope),
      name,
      email,
      ownsLogin: true,
      emailVerified: false,
      mechanism: 'oidc',
      now,
    });
    return (await this.customerWriter.create(tx, row)).id;
  }

  /**
   * Changes what the body names and leaves the rest. Name and email are the customer's, with the rules for those.
   *
   * @throws AppError `resource_not_found`, `email_taken`
   */
  async update(scope: RequestScope, place: UserPlace, input: UpdateUser['data']): Promise<UserRow> {
    const user = await this.get(scope, place);
    const { name, email } = input;
    const write = (tx: WriteTransaction) => this.updateUser(tx, user, input);
    if (name === undefined && email === undefined) {
      await this.database.write(scope, write);
      return this.get(scope, place);
    }
    const change = { name, email, password: undefined, current_password: undefined, email_verified: undefined };
    try {
      await this.customers.update(scope, user.customerId, change, {}, write);
      return await this.get(scope, place);
    } catch (cause) {
      // Deleted since the user was read, and the user with it.
      if (!(cause instanceof AppError && cause.code === 'customer_not_found')) throw cause;
      throw new AppError('resource_not_found', { cause });
    }
  }

  /** @throws AppError `resource_not_found` when the user was removed since it was read */
  private async updateUser(
    tx: WriteTransaction,
    { storeId, realmId, customerId }: UserRow,
    { given_name, family_name, middle_name }: UpdateUser['data'],
  ): Promise<void> {
    const { count } = await tx.authenticationUser.updateMany({
      where: { storeId, realmId, customerId },
      data: {
        ...(given_name === undefined ? {} : { givenName: given_name }),
        ...(family_name === undefined ? {} : { familyName: family_name }),
        ...(middle_name === undefined ? {} : { middleName: middle_name }),
        updatedAt: this.clock.now(),
      },
    });
    if (count === 0) throw new AppError('resource_not_found');
    tx.record({ type: 'user_changed', subjectId: customerId, data: { realm_id: realmId } });
  }

  /**
   * Removes the user with its identities, their codes and tokens, and leaves the customer.
   *
   * @throws AppError `resource_not_found`
   */
  async remove(scope: RequestScope, place: UserPlace): Promise<void> {
    const { storeId, realmId, customerId } = await this.get(scope, place);
    await this.database.write(scope, async (tx) => {
      await tx.lock('customers', { storeId, id: customerId }, 'update');
      // Whoever links an identity to the user waits for this row, and then finds no user.
      await tx.lock('authentication_users', { storeId, realmId, customerId }, 'update');
      await this.identities.removeHeld(tx, storeId, { realmId, customerId });
      const users = await tx.authenticationUser.deleteMany({ where: { storeId, realmId, customerId } });
      if (users.count === 0) throw new AppError('resource_not_found');
      tx.record({ type: 'user_deleted', subjectId: customerId, data: { realm_id: realmId } });
    });
  }
}
