import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** Who came back from a provider, in which realm. */
export interface ReturnedPerson {
  readonly storeId: string;
  readonly realmId: string;
  readonly issuer: string;
  readonly subject: string;
}

/** Somebody who has logged in before, or was linked in advance. */
export interface KnownPerson {
  /** Whether the provider's word has counted for the email that the customer has now. */
  readonly emailIsProven: boolean;
}

/** What is known of a person before the provider is asked for more. */
@Injectable()
export class KnownIdentities {
  constructor(private readonly database: Database) {}

  /** Null: nobody by this issuer and subject. */
  async find({ storeId, realmId, issuer, subject }: ReturnedPerson): Promise<KnownPerson | null> {
    const known = await this.database.read.identity.findFirst({
      where: { storeId, realmId, issuer, subject },
      select: { customerId: true, provenEmail: true },
    });
    if (known === null) return null;
    const { customerId: id, provenEmail } = known;
    const owner = await this.database.read.customer.findFirst({
      where: { storeId, id },
      select: { emailCanonical: true },
    });
    return { emailIsProven: owner !== null && owner.emailCanonical === provenEmail };
  }
}
