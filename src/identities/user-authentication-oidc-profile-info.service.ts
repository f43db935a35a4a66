import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { AppError } from '../errors/app-error.js';
import type { IdentityModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import type { Page } from '../jsonapi/page.js';
import { inStore, type RequestScope } from '../scope/request-scope.js';
import { IdentityWriter } from './identity-writer.js';
import { type UserPlace, UsersService } from './user-authentication-info.service.js';
import type { CreateIdentity, UpdateIdentity } from './user-authentication-oidc-profile-info.contract.js';

/** Where an identity is looked for. Ids as the path has them. */
interface IdentityPlace extends UserPlace {
  readonly id: string;
}

/**
 * Who the users of a realm are at the providers, as clients with credentials say. The word of a provider for an email is not part
 * of that: what is linked here has proven no address.
 */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly writer: IdentityWriter,
    private readonly clock: Clock,
  ) {}

  /** In the order of their creation. @throws AppError `resource_not_found` */
  async list(scope: RequestScope, place: UserPlace, page: Page): Promise<Listing<IdentityModel>> {
    const { storeId, realmId, customerId } = await this.users.get(scope, place);
    const where = { storeId, realmId, customerId };
    const [rows, total] = await Promise.all([
      this.database.read.identity.findMany({
        where,
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        skip: page.offset,
        take: page.limit,
      }),
      this.database.read.identity.count({ where }),
    ]);
    return { rows, total };
  }

  /** @throws AppError `resource_not_found` */
  async get(scope: RequestScope, place: IdentityPlace): Promise<IdentityModel> {
    const ids = [place.realmId, place.userId, place.id].map(parseUuid);
    const [realmId, customerId, id] = ids;
    if (!realmId || !customerId || !id) throw new AppError('resource_not_found');
    const identity = await this.database.read.identity.findFirst({
      where: { ...inStore(scope), realmId, customerId, id },
    });
    if (identity === null) throw new AppError('resource_not_found');
    return identity;
  }

  /** @throws AppError `resource_not_found`, `constraint_violated`, `identity_taken` */
  async create(scope: RequestScope, place: UserPlace, input: CreateIdentity['data']): Promise<IdentityModel> {
    const { storeId, realmId, customerId } = await this.users.get(scope, place);
    return this.database.write(scope, async (tx) => {
      const profile = await holdProfile(tx, storeId, realmId, input.oidc_profile_id);
      const users = await tx.lock('authentication_users', { storeId, realmId, customerId }, 'key share');
      if (users === 0) throw new AppError('resource_not_found');
      if (profile === null) {
        throw new AppError('constraint_violated', { detail: 'oidc_profile_id must name a profile of the realm.' });
      }
      const now = this.clock.now();
      return this.writer.create(tx, {
        storeId,
        id: newId(),
        realmId,
        customerId,
        profileId: profile.id,
        issuer: agreedIssuer(input.issuer, [profile.issuer]) ?? profile.issuer,
        subject: input.subject,
        provenEmail: null,
        createdAt: now,
        updatedAt: now,
      });
    });
  }

  /**
   * Changes what the body names and leaves the rest. Another subject or issuer is another person: what the former one has obtained
   * ends.
   *
   * @throws AppError `resource_not_found`, `constraint_violated`, `identity_taken`
   */
  async update(scope: RequestScope, place: IdentityPlace, input: UpdateIdentity['data']): Promise<IdentityModel> {
    const { storeId, realmId, customerId, id, profileId } = await this.get(scope, place);
    if (input.oidc_profile_id !== undefined && parseUuid(input.oidc_profile_id) !== profileId) {
      throw new AppError('constraint_violated', { detail: 'oidc_profile_id cannot be changed.' });
    }
    return this.database.write(scope, async (tx) => {
      const profile = await holdProfile(tx, storeId, realmId, profileId);
      await tx.lock('customers', { storeId, id: customerId }, 'update');
      await tx.lock('identities', { storeId, id }, 'update');
      const stored = await tx.identity.findUnique({ where: { storeId_id: { storeId, id } } });
      if (profile === null || stored === null) throw new AppError('resource_not_found');
      const issuer = agreedIssuer(input.issuer, [stored.issuer, profile.issuer]) ?? stored.issuer;
      const subject = input.subject ?? stored.subject;
      const updatedAt = this.clock.now();
      if (issuer !== stored.issuer || subject !== stored.subject) {
        return this.writer.relink(tx, stored, { issuer, subject, provenEmail: null, updatedAt });
      }
      return this.writer.touch(tx, stored, updatedAt);
    });
  }

  /** Removes the identity with its codes and tokens. @throws AppError `resource_not_found` */
  async remove(scope: RequestScope, place: IdentityPlace): Promise<IdentityModel> {
    const identity = await this.get(scope, place);
    await this.database.write(scope, async (tx) => {
      const count = await this.writer.remove(tx, identity.storeId, { id: identity.id });
      if (count === 0) throw new AppError('resource_not_found');
    });
    return identity;
  }
}

/** Keeps the profile, and the issuer that it speaks for, as they are until the transaction ends. */
async function holdProfile(
  tx: WriteTransaction,
  storeId: string,
  realmId: string,
  text: string,
): Promise<{ id: string; issuer: string } | null> {
  const id = parseUuid(text);
  if (id === null) return null;
  await tx.lock('oidc_profiles', { storeId, id }, 'share');
  return tx.oidcProfile.findFirst({ where: { storeId, realmId, id }, select: { id: true, issuer: true } });
}

/** An identity of an issuer for which its profile does not speak could never log in. */
function agreedIssuer(given: string | undefined, allowed: readonly string[]): string | undefined {
  if (given === undefined || allowed.includes(given)) return given;
  throw new AppError('constraint_violated', { detail: 'issuer must be the issuer of the profile.' });
}
