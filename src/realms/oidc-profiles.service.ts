import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { AppError } from '../errors/app-error.js';
import type { OidcProfileModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import { inOrder, type ListQuery, selectPage } from '../jsonapi/list-query.js';
import { ProviderDiscovery } from '../oidc/provider-discovery.js';
import { inStore, type RequestScope, type ServiceScope } from '../scope/request-scope.js';
import { ClientSecrets } from './client-secrets.js';
import type { CreateOidcProfile, UpdateOidcProfile } from './oidc-profiles.contract.js';
import { oidcProfilesOf } from './oidc-profiles.query.js';
import { RealmsService } from './realms.service.js';

/** Where a profile is looked for. Ids as the path has them. */
interface ProfilePlace {
  readonly realmId: string;
  readonly id: string;
}

/** Rows of others that hang on profiles. */
export interface ProfileUse {
  count(tx: WriteTransaction, profile: ProfileRow): Promise<number>;
  /** @returns how many rows went */
  remove(tx: WriteTransaction, profile: ProfileRow): Promise<number>;
}

type ProfileRow = Pick<OidcProfileModel, 'storeId' | 'id'>;

/**
 * Profiles of OpenID Providers. Whatever is written has been read from the provider first, outside of any transaction: its answer
 * may take seconds.
 */
@Injectable()
export class OidcProfilesService {
  private readonly uses: ProfileUse[] = [];

  constructor(
    private readonly database: Database,
    private readonly realms: RealmsService,
    private readonly discovery: ProviderDiscovery,
    private readonly secrets: ClientSecrets,
    private readonly clock: Clock,
  ) {}

  /** For features whose rows hang on profiles, when the application is built. */
  use(use: ProfileUse): void {
    this.uses.push(use);
  }

  /** @throws AppError `resource_not_found` */
  async list(
    scope: RequestScope | ServiceScope,
    realmText: string,
    query: ListQuery,
  ): Promise<Listing<OidcProfileModel>> {
    const { id: realmId } = await this.realms.get(scope, realmText);
    const { ids, total } = await selectPage(this.database, oidcProfilesOf(scope, realmId), query);
    const rows = await this.database.read.oidcProfile.findMany({
      where: { ...inStore(scope), realmId, id: { in: [...ids] } },
    });
    return { rows: inOrder(ids, rows, ({ id }) => id), total };
  }

  /** @throws AppError `resource_not_found` */
  async get(scope: RequestScope | ServiceScope, place: ProfilePlace): Promise<OidcProfileModel> {
    const [realmId, id] = [parseUuid(place.realmId), parseUuid(place.id)];
    if (realmId === null || id === null) throw new AppError('resource_not_found');
    const profile = await this.database.read.oidcProfile.findFirst({ where: { ...inStore(scope), realmId, id } });
    if (profile === null) throw new AppError('resource_not_found');
    return profile;
  }

  /** The oldest profile of this name; names are not unique. */
  findNamed(scope: RequestScope | ServiceScope, realmId: string, name: string): Promise<OidcProfileModel | null> {
    return this.database.read.oidcProfile.findFirst({
      where: { ...inStore(scope), realmId, name },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  }

  /** @throws AppError `resource_not_found`, `discovery_failed` */
  async create(
    scope: RequestScope | ServiceScope,
    realmText: string,
    input: CreateOidcProfile['data'],
  ): Promise<OidcProfileModel> {
    const { id: realmId } = await this.realms.get(scope, realmText);
    const { issuer } = await this.discovery.read(input.discovery_url);
    const place = { ...inStore(scope), id: newId() };
    const now = this.clock.now();
    const row = {
      ...place,
      realmId,
      name: input.name,
      discoveryUrl: input.discovery_url,
      issuer,
      clientId: input.client_id,
      sealedClientSecret: this.secrets.seal(place, input.client_secret),
      emailTrust: input.email_trust ?? ('claim' as const),
      idTokenMaxLifetime: input.id_token_max_lifetime ?? null,
      createdAt: now,
      updatedAt: now,
    };
    return this.database.write(scope, (tx) => {
      tx.record({ type: 'oidc_profile_created', subjectId: place.id, data: { realm_id: realmId } });
      return tx.oidcProfile.create({ data: row });
    });
  }

  /**
   * Changes what the body names and leaves the rest. The issuer is read anew each time. Identities keep the issuer that they were
   * linked under: whoever speaks for another issuer vouches for other people.
   *
   * @throws AppError `resource_not_found`, `discovery_failed`, `write_conflict`
   */
  async update(
    scope: RequestScope | ServiceScope,
    place: ProfilePlace,
    input: UpdateOidcProfile['data'],
  ): Promise<OidcProfileModel> {
    const before = await this.get(scope, place);
    const discoveryUrl = input.discovery_url ?? before.discoveryUrl;
    const { issuer } = await this.discovery.read(discoveryUrl);
    const { name, client_id, client_secret, email_trust, id_token_max_lifetime } = input;
    const sealed = client_secret === undefined ? undefined : this.secrets.seal(before, client_secret);
    return this.database.write(scope, async (tx) => {
      const row = { storeId: before.storeId, id: before.id };
      await tx.lock('oidc_profiles', row, 'update');
      const current = await tx.oidcProfile.findUnique({ where: { storeId_id: row } });
      if (current === null) throw new AppError('resource_not_found');
      // The issuer was read from an address that somebody has replaced meanwhile.
      if (input.discovery_url === undefined && current.discoveryUrl !== discoveryUrl)
        throw new AppError('write_conflict');
      tx.record({ type: 'oidc_profile_changed', subjectId: row.id, data: { realm_id: before.realmId } });
      return tx.oidcProfile.update({
        where: { storeId_id: row },
        data: {
          discoveryUrl,
          issuer,
          ...(name === undefined ? {} : { name }),
          ...(client_id === undefined ? {} : { clientId: client_id }),
          ...(sealed === undefined ? {} : { sealedClientSecret: sealed }),
          ...(email_trust === undefined ? {} : { emailTrust: email_trust }),
          ...(id_token_max_lifetime === undefined ? {} : { idTokenMaxLifetime: id_token_max_lifetime }),
          updatedAt: this.clock.now(),
        },
      });
    });
  }

  /**
   * @param force also when identities use it, which go too, with their codes and tokens
   * @returns how many identities went
   * @throws AppError `resource_not_found`, `oidc_profile_in_use`
   */
  async remove(scope: RequestScope | ServiceScope, place: ProfilePlace, force: boolean): Promise<number> {
    const { storeId, id, realmId } = await this.get(scope, place);
    const profile = { storeId, id };
    return this.database.write(scope, async (tx) => {
      // Whoever links an identity to the profile waits for this row, and then finds no profile.
      await tx.lock('oidc_profiles', profile, 'update');
      let count = 0;
      for (const use of this.uses) count += await (force ? use.remove(tx, profile) : use.count(tx, profile));
      if (!force && count > 0) throw new AppError('oidc_profile_in_use');
      const deleted = await tx.oidcProfile.deleteMany({ where: profile });
      if (deleted.count === 0) throw new AppError('resource_not_found');
      const data = { realm_id: realmId, identities_removed: count };
      tx.record({ type: 'oidc_profile_deleted', subjectId: id, data });
      return count;
    });
  }
}
