import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type IStrategyOptionsWithRequest, Strategy } from 'passport-local';
import { isPasswordHash, PasswordHasher } from '../../crypto/password-hasher.js';
import { CustomerWriter } from '../../customers/customer-writer.js';
import { parseEmailAddress } from '../../customers/email-address.js';
import { Database } from '../../database/database.js';
import { AppError, type RefusalReason } from '../../errors/app-error.js';
import { annotate, maskEmail } from '../../http/request-log.js';
import type { CustomerLogin } from '../../sessions/customer-tokens.js';
import { type LoginAttempt, LoginStrategies } from '../login-strategies.js';

/** Where passport-local finds the fields in a body of this interface. */
const fields: IStrategyOptionsWithRequest = {
  usernameField: 'data[email]',
  passwordField: 'data[password]',
  session: false,
  passReqToCallback: true,
};

/** Logs a customer in by email and password. */
@Injectable()
export class PasswordStrategy extends PassportStrategy(Strategy) {
  constructor(
    strategies: LoginStrategies,
    private readonly database: Database,
    private readonly customers: CustomerWriter,
    private readonly hasher: PasswordHasher,
  ) {
    super(fields);
    strategies.use('password', this);
  }

  /** The mixin would add every strategy to the registry that the whole process shares. */
  getPassportInstance() {
    return { use: () => undefined };
  }

  /**
   * An unknown email, a wrong password and a customer without a password are one answer, after the same work: exactly one hash
   * is computed in each case.
   *
   * @throws AppError `credentials_invalid`, `overloaded`
   */
  async validate(attempt: LoginAttempt, email: string, password: string): Promise<CustomerLogin> {
    const { storeId } = attempt.scope;
    const address = parseEmailAddress(email);
    // What is no address may be a password that was typed into the wrong field.
    annotate(attempt.request, { email: address === null ? '***' : maskEmail(address.canonical) });
    const customer =
      address === null
        ? null
        : await this.database.read.customer.findFirst({
            where: { storeId, loginEmail: address.canonical },
            select: { id: true, name: true, passwordHash: true },
          });
    if (customer !== null) annotate(attempt.request, { customer_id: customer.id });
    const matches = await this.hasher.verify(customer?.passwordHash ?? null, password);
    if (customer === null) throw refusal('email_unknown');
    if (customer.passwordHash === null) throw refusal('password_not_set');
    if (!matches && !isPasswordHash(customer.passwordHash)) {
      attempt.request.log.error({ store_id: storeId, customer_id: customer.id }, 'stored password hash is unusable');
      throw refusal('password_unusable');
    }
    // check: wrong password
    if (!matches) throw refusal('password_wrong');
    return {
      storeId,
      customerId: customer.id,
      name: customer.name,
      mechanism: 'password',
      identity: null,
      verifiedPasswordHash: await this.upgraded(storeId, customer.id, customer.passwordHash, password),
    };
  }

  /**
   * Brings a hash of another cost to the configured one, as only now the password is at hand. A busy hasher is no reason to
   * refuse a login that succeeded.
   *
   * @returns the hash that is stored now
   */
  private async upgraded(storeId: string, id: string, verified: string, password: string): Promise<string> {
    if (!this.hasher.needsRehash(verified)) return verified;
    try {
      const passwordHash = await this.hasher.hash(password);
      const replaced = await this.customers.replaceHash({ storeId, id }, verified, passwordHash);
      return replaced ? passwordHash : await this.replaced(storeId, id, verified, password);
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'overloaded') return verified;
      throw cause;
    }
  }

  /** Another login of the same customer was faster: its hash counts, if it is one of the same password. */
  private async replaced(storeId: string, id: string, verified: string, password: string): Promise<string> {
    const customer = await this.database.read.customer.findFirst({
      where: { storeId, id },
      select: { passwordHash: true },
    });
    const current = customer?.passwordHash ?? null;
    return current !== null && (await this.hasher.verify(current, password)) ? current : verified;
  }
}

function refusal(reason: RefusalReason): AppError {
  return new AppError('credentials_invalid', { reason });
}
