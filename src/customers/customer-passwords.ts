import { Injectable } from '@nestjs/common';
import { StoreSettingsReader } from '../access/store-settings.js';
import { isPasswordHash, PasswordHasher } from '../crypto/password-hasher.js';
import { AppError, type RefusalReason } from '../errors/app-error.js';
import type { CustomerModel } from '../generated/prisma/models.js';
import { validationError } from '../jsonapi/faults.js';
import type { RequestScope } from '../scope/request-scope.js';

/** The rules about passwords when a customer is written. */
@Injectable()
export class CustomerPasswords {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly settings: StoreSettingsReader,
  ) {}

  /**
   * Where a customer acts for themselves: a current password that is sent must be right, and the store may demand one for what
   * is sensitive. A customer without a password has none to give. Under client credentials nothing is asked.
   *
   * @returns the state of the password that this decision rests on, undefined where it rests on none
   * @throws AppError `validation_failed`, `current_password_invalid`
   */
  async requireCurrent(
    scope: RequestScope,
    customer: CustomerModel,
    currentPassword: string | undefined,
    sensitive: boolean,
  ): Promise<string | null | undefined> {
    if (scope.customer === null) return undefined;
    if (currentPassword === undefined) {
      const { requireCurrentPassword } = await this.settings.of(scope.storeId);
      if (!sensitive || !requireCurrentPassword) return undefined;
      if (customer.passwordHash === null) return null;
      throw validationError('failed_validation', [{ path: ['data', 'current_password'], rule: 'required' }]);
    }
    const { passwordHash } = customer;
    if (await this.hasher.verify(passwordHash, currentPassword)) return passwordHash;
    // check: current password
    throw new AppError('current_password_invalid', { reason: reasonOf(passwordHash) });
  }

  /** The check above ran outside of the transaction, so it counts only for the password that it saw. */
  requireUnchanged(row: CustomerModel, checkedHash: string | null | undefined): void {
    if (checkedHash !== undefined && row.passwordHash !== checkedHash) throw new AppError('write_conflict');
  }
}

function reasonOf(passwordHash: string | null): RefusalReason {
  if (passwordHash === null) return 'password_not_set';
  return isPasswordHash(passwordHash) ? 'password_wrong' : 'password_unusable';
}
