import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../crypto/identifiers.js';
import { passwordlessCustomerRow } from '../customers/customer-rows.js';
import { CustomerWriter } from '../customers/customer-writer.js';
import type { EmailAddress } from '../customers/email-address.js';
import type { ConstraintName } from '../database/constraints.js';
import { translateDatabaseError, violatedConstraint } from '../database/database-errors.js';
import { type Authority } from '../database/authority.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import type { AuthenticationRealmModel, CustomerModel, IdentityModel } from '../generated/prisma/models.js';
import type { VouchedIdentity } from '../sessions/customer-tokens.js';
import { IdentityWriter } from './identity-writer.js';

/** Somebody whom a provider vouched for. */
export interface SignedInPerson {
  readonly storeId: string;
  readonly realmId: string;
  readonly profileId: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  /** Or why there is none; a first sign-in needs one. */
  readonly email: EmailAddress | SignInRefused;
  /** Whether the provider's word for the email counts. */
  readonly emailIsProven: boolean;
}

/** Somebody who can become a customer. */
interface NewPerson extends SignedInPerson {
  readonly email: EmailAddress;
}

/** Which customer a person is. */
export interface LinkedIdentity {
  readonly identity: VouchedIdentity;
  readonly customerId: string;
}

/**
 * What others did at the same time: made what was to be made, as when somebody signs in for the first time in two places, or
 * removed what was to be linked. The next try finds the world as it is then.
 */
const CHANGED_MEANWHILE = new Set<ConstraintName | undefined>([
  'identities_subject_key',
  'customers_login_email_key',
  'authentication_users_pkey',
  'authentication_users_customer_fkey',
  'identities_user_fkey',
]);

/** A customer was changed or deleted between the look at it and the lock. */
class CustomerChanged extends Error {}

const ATTEMPTS = 4;

/**
 * Which customer somebody is who logged in at a provider. A person is known by realm, issuer and subject, never by email alone:
 * whoever could choose an email at some provider would otherwise choose the customer.
 */
@Injectable()
export class IdentityLinking {
  constructor(
    private readonly database: Database,
    private readonly customers: CustomerWriter,
    private readonly identities: IdentityWriter,
    private readonly clock: Clock,
  ) {}

  /** @throws SignInRefused `email_missing`, `email_invalid`, `email_untrusted`, `email_unproven`, `email_shared` */
  async link(authority: Authority, person: SignedInPerson): Promise<LinkedIdentity> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.database.write(authority, async (tx) => {
          const known = await this.find(tx, person);
          if (known !== null) return this.recognise(tx, person, known);
          const { email } = person;
          if (email instanceof SignInRefused) throw email;
          return this.linkNew(tx, { ...person, email });
        });
      } catch (cause) {
        if (attempt === ATTEMPTS || !isWorthAnotherTry(cause)) throw cause;
      }
    }
  }

  private find(
    tx: WriteTransaction,
    { storeId, realmId, issuer, subject }: SignedInPerson,
  ): Promise<IdentityModel | null> {
    return tx.identity.findUnique({
      where: { storeId_realmId_issuer_subject: { storeId, realmId, issuer, subject } },
    });
  }

  /**
   * Name and email stay as they are. That the email is proven is news, if it is still the one the provider names, and if nobody
   * but this person can come in: else somebody who registered with the address first would be taken for its owner.
   */
  private async recognise(
    tx: WriteTransaction,
    person: SignedInPerson,
    identity: IdentityModel,
  ): Promise<LinkedIdentity> {
    const { storeId, id, customerId } = identity;
    const { email } = person;
    if (person.emailIsProven && !(email instanceof SignInRefused) && identity.provenEmail !== email.canonical) {
      const customer = await this.customers.hold(tx, { storeId, id: customerId });
      // It may have been given to somebody else while the customer was waited for.
      if ((await this.find(tx, person))?.id !== id) throw new CustomerChanged();
      const isTheirs = customer?.emailCanonical === email.canonical;
      if (
        isTheirs &&
        // check: sign-in: a sign-in proves no email of a customer that others can enter
        (customer.emailVerified || !(await this.hasOtherWaysIn(tx, customer, id)))
      ) {
        await this.customers.prove(tx, customer);
        await this.identities.prove(tx, identity, email.canonical);
      }
    }
    return { identity, customerId };
  }

  private async hasOtherWaysIn(tx: WriteTransaction, customer: CustomerModel, identityId: string): Promise<boolean> {
    const { storeId, id: customerId, emailCanonical, passwordHash } = customer;
    if (passwordHash !== null) return true;
    const others = await tx.identity.count({
      where: {
        storeId,
        customerId,
        id: { not: identityId },
        OR: [{ provenEmail: null }, { provenEmail: { not: emailCanonical } }],
      },
    });
    return others > 0;
  }

  private async linkNew(tx: WriteTransaction, person: NewPerson): Promise<LinkedIdentity> {
    const { storeId, realmId, profileId } = person;
    // In the order in which the deletion of a profile locks: first the profile, then what hangs on it.
    const profiles = await tx.lock('oidc_profiles', { storeId, id: profileId }, 'key share');
    if (profiles === 0) throw new SignInRefused('profile_gone');
    const realm = await tx.authenticationRealm.findUniqueOrThrow({ where: { storeId_id: { storeId, id: realmId } } });
    if (realm.duplicateEmailPolicy === 'allowed')
      return this.attach(tx, person, await this.makeCustomer(tx, person, false));
    const [owner, another] = await tx.customer.findMany({
      where: { storeId, emailCanonical: person.email.canonical },
      select: { id: true },
      take: 2,
    });
    if (owner === undefined) return this.attach(tx, person, await this.makeCustomer(tx, person, true));
    if (another !== undefined) throw new SignInRefused('email_shared', { claim: 'email' });
    await this.takeOver(tx, person, realm, owner.id);
    return this.attach(tx, person, owner.id);
  }

  /**
   * Decides whether an existing customer is the one who logged in: the provider must vouch for the email, and the customer's own
   * email must have been proven, since whoever registered with an address first need not be its owner.
   */
  private async takeOver(
    tx: WriteTransaction,
    person: NewPerson,
    realm: AuthenticationRealmModel,
    customerId: string,
  ): Promise<void> {
    // check: sign-in: the provider's word for the email of a customer
    if (!person.emailIsProven) throw new SignInRefused('email_untrusted', { claim: 'email_verified' });
    const customer = await this.customers.hold(tx, { storeId: person.storeId, id: customerId });
    if (customer?.emailCanonical !== person.email.canonical) throw new CustomerChanged();
    // check: sign-in: proof of the customer's own email
    if (customer.emailVerified) return;
    if (realm.unprovenEmail === 'refuse') throw new SignInRefused('email_unproven', { claim: 'email' });
    await this.customers.takeOver(tx, customer);
  }

  private async attach(tx: WriteTransaction, person: NewPerson, customerId: string): Promise<LinkedIdentity> {
    const { storeId, realmId, profileId, issuer, subject } = person;
    const times = { createdAt: this.clock.now(), updatedAt: this.clock.now() };
    const user = { storeId, realmId, customerId, ...times };
    const { count } = await tx.authenticationUser.createMany({ data: user, skipDuplicates: true });
    if (count > 0) tx.record({ type: 'user_created', subjectId: customerId, data: { realm_id: realmId } });
    const provenEmail = person.emailIsProven ? person.email.canonical : null;
    const row = { storeId, id: newId(), realmId, customerId, profileId, issuer, subject, provenEmail, ...times };
    return { identity: await this.identities.create(tx, row), customerId };
  }

  private async makeCustomer(tx: WriteTransaction, person: NewPerson, ownsLogin: boolean): Promise<string> {
    const { storeId, name, email, emailIsProven } = person;
    const row = passwordlessCustomerRow({
      storeId,
      name,
      email,
      ownsLogin,
      emailVerified: emailIsProven,
      mechanism: 'oidc',
      now: this.clock.now(),
    });
    return (await this.customers.create(tx, row)).id;
  }
}

function isWorthAnotherTry(cause: unknown): boolean {
  return (
    cause instanceof CustomerChanged ||
    CHANGED_MEANWHILE.has(violatedConstraint(cause)) ||
    translateDatabaseError(cause)?.code === 'write_conflict'
  );
}
