import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import { Database, type Transaction } from '../database/database.js';
import { AppError } from '../errors/app-error.js';
import type { IdentityModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import type { Page } from '../jsonapi/page.js';
import { inStore, type RequestScope } from '../scope/request-scope.js';
import { CustomerTokens } from '../sessions/customer-tokens.js';
import { type UserPlace, UsersService } from './user-authentication-info.service.js';
import type { CreateIdentity, UpdateIdentity } from './user-authentication-oidc-profile-info.contract.js';

/** Where an identity is looked for. Ids as the path has them. */
interface IdentityPlace extends UserPlace {
  readonly id: string;
}

/** A written identity, and whether it names somebody else than before. */
export interface IdentityChange {
  readonly identity: IdentityModel;
  readonly relinked: boolean;
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
    private readonly customerTokens: CustomerTokens,
    private readonly clock: Clock,
  ) {}

  /** In the order of their creation. @throws AppError `resource_not_found` */
  async list(scope: RequestScope, place: UserPlace, page: Page): Promise<Listing<IdentityModel>> {
    const { storeId, realmId, customerId } = await this.users.get(scope, place);
    const where = { storeId, realmId, customerId };
    const [rows, total] = await Promise.all([
      this.database.prisma.identity.findMany({
        where,
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        skip: page.offset,
        take: page.limit,
      }),
      this.database.prisma.identity.count({ where }),
    ]);
    return { rows, total };
  }

  /** @throws AppError `resource_not_found` */
  async get(scope: RequestScope, place: IdentityPlace): Promise<IdentityModel> {
    const ids = [place.realmId, place.userId, place.id].map(parseUuid);
    const [realmId, customerId, id] = ids;
    if (!realmId || !customerId || !id) throw new AppError('resource_not_found');
    const identity = await this.database.prisma.identity.findFirst({
      where: { ...inStore(scope), realmId, customerId, id },
    });
    if (identity === null) throw new AppError('resource_not_found');
    return identity;
  }

  /** @throws AppError `resource_not_found`, `constraint_violated`, `identity_taken` */
  async create(scope: RequestScope, place: UserPlace, input: CreateIdentity['data']): Promise<IdentityModel> {
    const { storeId, realmId, customerId } = await this.users.get(scope, place);
    return this.database.transaction(async (tx) => {
      const users = await tx.$queryRaw<unknown[]>`
        SELECT 1 FROM authentication_users WHERE store_id = ${storeId}::uuid AND realm_id = ${realmId}::uuid
        AND customer_id = ${customerId}::uuid FOR KEY SHARE`;
      if (users.length === 0) throw new AppError('resource_not_found');
      const profile = await holdProfile(tx, storeId, realmId, input.oidc_profile_id);
      if (profile === null) {
        throw new AppError('constraint_violated', { detail: 'oidc_profile_id must name a profile of the realm.' });
      }
      const now = this.clock.now();
      return tx.identity.create({
        data: {
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
        },
      });
    });
  }

  /**
   * Changes what the body names and leaves the rest. Another subject or issuer is another person: what the former one has obtained
   * ends.
   *
   * @throws AppError `resource_not_found`, `constraint_violated`, `identity_taken`
   */
  async update(scope: RequestScope, place: IdentityPlace, input: UpdateIdentity['data']): Promise<IdentityChange> {
    const { storeId, realmId, id, profileId } = await this.get(scope, place);
    if (input.oidc_profile_id !== undefined && parseUuid(input.oidc_profile_id) !== profileId) {
      throw new AppError('constraint_violated', { detail: 'oidc_profile_id cannot be changed.' });
    }
    let relinked = false;
    try {
      const identity = await this.database.transaction(async (tx) => {
        const profile = await holdProfile(tx, storeId, realmId, profileId);
        await tx.$queryRaw`SELECT 1 FROM identities WHERE store_id = ${storeId}::uuid AND id = ${id}::uuid FOR UPDATE`;
        const stored = await tx.identity.findUnique({ where: { storeId_id: { storeId, id } } });
        if (profile === null || stored === null) throw new AppError('resource_not_found');
        const issuer = agreedIssuer(input.issuer, [stored.issuer, profile.issuer]) ?? stored.issuer;
        const subject = input.subject ?? stored.subject;
        relinked = issuer !== stored.issuer || subject !== stored.subject;
        if (relinked) {
          await tx.customerToken.deleteMany({ where: { storeId, identityId: id } });
          await tx.authorizationCode.deleteMany({ where: { storeId, identityId: id } });
        }
        return tx.identity.update({
          where: { storeId_id: { storeId, id } },
          data: { issuer, subject, ...(relinked ? { provenEmail: null } : {}), updatedAt: this.clock.now() },
        });
      });
      return { identity, relinked };
    } finally {
      // Also when it failed: a commit whose answer was lost is a commit.
      if (relinked) this.customerTokens.forgetRemembered();
    }
  }

  /** Removes the identity with its codes and tokens. @throws AppError `resource_not_found` */
  async remove(scope: RequestScope, place: IdentityPlace): Promise<IdentityModel> {
    const identity = await this.get(scope, place);
    const { storeId, id } = identity;
    try {
      const { count } = await this.database.prisma.identity.deleteMany({ where: { storeId, id } });
      if (count === 0) throw new AppError('resource_not_found');
      return identity;
    } finally {
      this.customerTokens.forgetRemembered();
    }
  }
}

/** Keeps the profile, and the issuer that it speaks for, as they are until the transaction ends. */
async function holdProfile(
  tx: Transaction,
  storeId: string,
  realmId: string,
  text: string,
): Promise<{ id: string; issuer: string } | null> {
  const id = parseUuid(text);
  if (id === null) return null;
  const rows = await tx.$queryRaw<{ id: string; issuer: string }[]>`
    SELECT id, issuer FROM oidc_profiles
    WHERE store_id = ${storeId}::uuid AND realm_id = ${realmId}::uuid AND id = ${id}::uuid FOR SHARE`;
  return rows[0] ?? null;
}

/** An identity of an issuer for which its profile does not speak could never log in. */
function agreedIssuer(given: string | undefined, allowed: readonly string[]): string | undefined {
  if (given === undefined || allowed.includes(given)) return given;
  throw new AppError('constraint_violated', { detail: 'issuer must be the issuer of the profile.' });
}
