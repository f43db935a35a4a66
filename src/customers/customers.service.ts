import { Injectable } from '@nestjs/common';
import { StoreSettingsReader } from '../access/store-settings.js';
import { Clock } from '../clock/clock.js';
import { newId } from '../crypto/identifiers.js';
import { PasswordHasher } from '../crypto/password-hasher.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { AppError } from '../errors/app-error.js';
import type { CustomerModel } from '../generated/prisma/models.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { Listing } from '../jsonapi/document.js';
import { validationError } from '../jsonapi/faults.js';
import { inOrder, type ListQuery, selectPage } from '../jsonapi/list-query.js';
import { inStore, ownCustomer, type RequestScope } from '../scope/request-scope.js';
import { CustomerTokens } from '../sessions/customer-tokens.js';
import { type CustomMembers, mergeCustomMembers } from './custom-members.js';
import { CustomerPasswords } from './customer-passwords.js';
import type { CreateCustomer, UpdateCustomer } from './customers.contract.js';
import { customersIn } from './customers.query.js';
import { emailColumns, nameColumns } from './customer-rows.js';
import { CustomerWriter } from './customer-writer.js';
import type { EmailAddress } from './email-address.js';

@Injectable()
export class CustomersService {
  constructor(
    private readonly database: Database,
    private readonly writer: CustomerWriter,
    private readonly hasher: PasswordHasher,
    private readonly passwords: CustomerPasswords,
    private readonly customerTokens: CustomerTokens,
    private readonly settings: StoreSettingsReader,
    private readonly clock: Clock,
  ) {}

  /**
   * @param sent `data` of the body as it came: it may hold members of the store's own
   * @throws AppError `forbidden`, `validation_failed`, `email_taken`, `id_taken`, `overloaded`
   */
  async create(scope: RequestScope, input: CreateCustomer['data'], sent: unknown): Promise<CustomerModel> {
    const { registration } = await this.settings.of(scope.storeId);
    if (registration === 'client_credentials' && scope.credential !== 'client_credentials') {
      throw new AppError('forbidden', { detail: 'This store registers customers with client credentials only.' });
    }
    const customMembers = mergeMembers(scope, {}, sent);
    await this.refuseTakenEmail(scope, input.email, null);
    const passwordHash = input.password === undefined ? null : await this.hasher.hash(input.password);
    const now = this.clock.now();
    const row = {
      ...inStore(scope),
      id: input.id ?? newId(),
      ...nameColumns(input.name),
      ...emailColumns(input.email),
      loginEmail: input.email.canonical,
      emailVerified: input.email_verified ?? false,
      externalRef: input.external_ref ?? null,
      authenticationMechanism: 'password' as const,
      passwordHash,
      customMembers: customMembers as Prisma.JsonObject,
      createdAt: now,
      updatedAt: now,
    };
    return this.writer.createAlone(scope, row);
  }

  /** Under a customer token the one customer, if the filter matches. */
  async list(scope: RequestScope, query: ListQuery): Promise<Listing<CustomerModel>> {
    const { ids, total } = await selectPage(this.database, customersIn(scope), query);
    const rows = await this.database.read.customer.findMany({ where: { ...inStore(scope), id: { in: [...ids] } } });
    return { rows: inOrder(ids, rows, ({ id }) => id), total };
  }

  /** @throws AppError `customer_not_found` */
  async get(scope: RequestScope, id: string): Promise<CustomerModel> {
    const customer = await this.database.read.customer.findFirst({ where: { id, ...ownCustomer(scope) } });
    if (customer === null) throw new AppError('customer_not_found');
    return customer;
  }

  /**
   * Changes what the body names and leaves the rest. A new password ends all other tokens of the customer; a new email is
   * unproven.
   *
   * @param alongside what else is written with it, or not at all; the customer's row is held meanwhile
   * @throws AppError `customer_not_found`, `customer_token_invalid`, `validation_failed`, `current_password_invalid`,
   * `email_taken`, `write_conflict`, `overloaded`
   */
  async update(
    scope: RequestScope,
    id: string,
    input: UpdateCustomer['data'],
    sent: unknown,
    alongside: (tx: WriteTransaction) => Promise<void> = async () => undefined,
  ): Promise<CustomerModel> {
    const before = await this.get(scope, id);
    const emailChanges = input.email !== undefined && input.email.canonical !== before.emailCanonical;
    const passwordChanges = input.password !== undefined;
    const checkedHash =
      passwordChanges || emailChanges || input.current_password !== undefined
        ? await this.passwords.requireCurrent(scope, before, input.current_password, passwordChanges || emailChanges)
        : undefined;
    if (input.email !== undefined && emailChanges) await this.refuseTakenEmail(scope, input.email, id);
    const passwordHash = input.password === undefined ? undefined : await this.hasher.hash(input.password);

    return this.database.write(scope, async (tx) => {
      const row = await this.hold(tx, scope, id);
      this.passwords.requireUnchanged(row, checkedHash);
      const emailIsNew = input.email !== undefined && input.email.canonical !== row.emailCanonical;
      // The email was changed meanwhile, and this would change it back, for which nothing was asked of the customer.
      if (scope.customer !== null && emailIsNew && !emailChanges) throw new AppError('write_conflict');
      const ownsLogin = row.loginEmail !== null || passwordChanges;
      const canonical = input.email?.canonical ?? row.emailCanonical;
      const customer = await this.writer.change(tx, row, {
        ...(input.name === undefined ? {} : nameColumns(input.name)),
        ...(input.email === undefined ? {} : emailColumns(input.email)),
        loginEmail: ownsLogin ? canonical : null,
        emailVerified: input.email_verified ?? (emailIsNew ? false : row.emailVerified),
        ...(input.external_ref === undefined ? {} : { externalRef: input.external_ref }),
        ...(passwordHash === undefined ? {} : { passwordHash }),
        customMembers: mergeMembers(scope, row.customMembers, sent) as Prisma.InputJsonObject,
      });
      tx.record({ type: 'customer_changed', subjectId: id });
      if (passwordChanges) {
        tx.record({ type: 'customer_password_changed', subjectId: id });
        await this.customerTokens.revokeAll(tx, scope.storeId, id, scope.customer?.tokenId ?? null);
      }
      if (emailIsNew) tx.record({ type: 'customer_email_changed', subjectId: id });
      await alongside(tx);
      return customer;
    });
  }

  /**
   * Removes the customer with password, tokens and addresses. Orders stay, with their own copy of name and email, but belong to
   * nobody: whoever registers the same email later never sees them.
   *
   * @throws AppError `customer_not_found`, `customer_token_invalid`, `validation_failed`, `current_password_invalid`,
   * `write_conflict`
   */
  async remove(scope: RequestScope, id: string, currentPassword: string | undefined): Promise<void> {
    const before = await this.get(scope, id);
    const checkedHash = await this.passwords.requireCurrent(scope, before, currentPassword, true);
    await this.database.write(scope, async (tx) => {
      const row = await this.hold(tx, scope, id);
      this.passwords.requireUnchanged(row, checkedHash);
      await this.writer.remove(tx, row);
    });
  }

  private async hold(tx: WriteTransaction, scope: RequestScope, id: string): Promise<CustomerModel> {
    const row = await this.writer.hold(tx, { ...inStore(scope), id });
    if (row === null) throw new AppError('customer_not_found');
    return row;
  }

  /** Spares the hash of a password that could not be stored. The unique index decides; this only looks ahead. */
  private async refuseTakenEmail(scope: RequestScope, email: EmailAddress, exceptId: string | null): Promise<void> {
    const owner = await this.database.read.customer.findFirst({
      where: { ...inStore(scope), loginEmail: email.canonical },
      select: { id: true },
    });
    if (owner !== null && owner.id !== exceptId) throw new AppError('email_taken');
  }
}

/** Members of the store's own count under client credentials only. */
function mergeMembers(scope: RequestScope, stored: unknown, sent: unknown): CustomMembers {
  const before = (stored ?? {}) as CustomMembers;
  if (scope.credential !== 'client_credentials') return before;
  const { members, faults } = mergeCustomMembers(before, sent);
  if (faults.length > 0) throw validationError('failed_validation', faults);
  return members;
}
