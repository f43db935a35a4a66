import { Injectable } from '@nestjs/common';
import { CustomerWriter } from '../customers/customer-writer.js';
import { Dependents } from '../database/dependents.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import type { IdentityModel, IdentityUncheckedCreateInput } from '../generated/prisma/models.js';
import type { Prisma } from '../generated/prisma/client.js';
import { OidcProfilesService } from '../realms/oidc-profiles.service.js';
import { CustomerTokens } from '../sessions/customer-tokens.js';

/** Identities of one store that end, or begin to stand for somebody else. */
export interface EndedIdentities {
  readonly storeId: string;
  readonly ids: readonly string[];
}

/**
 * The one writer of identities. What a person has obtained by an identity ends with it; the customer's row is held meanwhile, as
 * whenever customer tokens end.
 *
 * Rows are held in this order: profile, customers, user, identity.
 */
@Injectable()
export class IdentityWriter {
  /** Done before identities end: by who keeps something that was obtained by them. */
  readonly endings = new Dependents<EndedIdentities>();

  constructor(
    private readonly customerTokens: CustomerTokens,
    customers: CustomerWriter,
    profiles: OidcProfilesService,
  ) {
    customers.takeOvers.add((tx, { storeId, id, emailCanonical }) =>
      // Proof of another address is no proof of this one.
      this.removeHeld(tx, storeId, {
        customerId: id,
        OR: [
          { provenEmail: null },
          // check: sign-in: identities that were proven by another email
          { provenEmail: { not: emailCanonical } },
        ],
      }).then(() => undefined),
    );
    customers.removals.add(async (tx, { storeId, id }) => {
      await this.removeHeld(tx, storeId, { customerId: id });
      await tx.authenticationUser.deleteMany({ where: { storeId, customerId: id } });
    });
    profiles.use({
      count: (tx, { storeId, id }) => tx.identity.count({ where: { storeId, profileId: id } }),
      remove: (tx, { storeId, id }) => this.remove(tx, storeId, { profileId: id }),
    });
  }

  async create(tx: WriteTransaction, row: IdentityUncheckedCreateInput): Promise<IdentityModel> {
    const identity = await tx.identity.create({ data: row });
    record(tx, 'identity_linked', identity);
    return identity;
  }

  /** The identity stands for somebody else from now on. The rows of the customer and the identity must be held. */
  async relink(
    tx: WriteTransaction,
    { storeId, id }: IdentityModel,
    change: Prisma.IdentityUncheckedUpdateInput,
  ): Promise<IdentityModel> {
    await this.end(tx, { storeId, ids: [id] });
    const identity = await tx.identity.update({ where: { storeId_id: { storeId, id } }, data: change });
    record(tx, 'identity_removed', identity);
    record(tx, 'identity_linked', identity);
    return identity;
  }

  /** The identity was written, and stands for whom it stood for. */
  touch(tx: WriteTransaction, { storeId, id }: IdentityModel, updatedAt: Date): Promise<IdentityModel> {
    return tx.identity.update({ where: { storeId_id: { storeId, id } }, data: { updatedAt } });
  }

  /** Remembers the email that the provider vouched for. */
  async prove(tx: WriteTransaction, { storeId, id }: IdentityModel, provenEmail: string): Promise<void> {
    await tx.identity.updateMany({ where: { storeId, id }, data: { provenEmail } });
  }

  /** Holds the customers of the identities first. @returns how many identities went */
  async remove(tx: WriteTransaction, storeId: string, which: Prisma.IdentityWhereInput): Promise<number> {
    const found = await tx.identity.findMany({ where: { ...which, storeId }, select: { customerId: true } });
    const customerIds = [...new Set(found.map(({ customerId }) => customerId))];
    if (customerIds.length > 0) await tx.lock('customers', { storeId, id: customerIds }, 'update');
    return this.removeHeld(tx, storeId, which);
  }

  /** The rows of the customers must be held. @returns how many identities went */
  async removeHeld(tx: WriteTransaction, storeId: string, which: Prisma.IdentityWhereInput): Promise<number> {
    const identities = await tx.identity.findMany({ where: { ...which, storeId } });
    if (identities.length === 0) return 0;
    const ids = identities.map(({ id }) => id);
    await this.end(tx, { storeId, ids });
    const { count } = await tx.identity.deleteMany({ where: { storeId, id: { in: ids } } });
    for (const identity of identities) record(tx, 'identity_removed', identity);
    return count;
  }

  private async end(tx: WriteTransaction, ended: EndedIdentities): Promise<void> {
    await this.customerTokens.removeOfIdentities(tx, ended.storeId, ended.ids);
    await this.endings.run(tx, ended);
  }
}

function record(tx: WriteTransaction, type: 'identity_linked' | 'identity_removed', identity: IdentityModel): void {
  const { customerId, realmId, profileId } = identity;
  tx.record({ type, subjectId: customerId, data: { realm_id: realmId, profile_id: profileId } });
}
