import { Injectable } from '@nestjs/common';
import { Stores } from '../access/stores.js';
import { Clock } from '../clock/clock.js';
import { newId, parseUuid } from '../crypto/identifiers.js';
import { Database } from '../database/database.js';
import type { WriteTransaction } from '../database/write-transaction.js';
import { violatedConstraint } from '../database/database-errors.js';
import { AppError } from '../errors/app-error.js';
import type { AuthenticationRealmModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import type { Page } from '../jsonapi/page.js';
import { inStore, type RequestScope, type ServiceScope } from '../scope/request-scope.js';
import type { UpdateRealm } from './realms.contract.js';

/** The realm that holds a store's customers, under the name that the interface gives it. */
const CUSTOMER_REALM = 'Buyer Organization';

/** A new realm sends browsers nowhere, and no sign-in touches a customer that is there. */
const initialRealmSettings = {
  redirectUris: [] as string[],
  duplicateEmailPolicy: 'allowed',
  unprovenEmail: 'refuse',
} as const;

const oldestFirst = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];

@Injectable()
export class RealmsService {
  constructor(
    private readonly database: Database,
    stores: Stores,
    private readonly clock: Clock,
  ) {
    stores.beginnings.add((tx, { storeId }) => this.addCustomerRealm(tx, storeId));
  }

  /** A realm that was given another name since is still the store's realm. */
  private async addCustomerRealm(tx: WriteTransaction, storeId: string): Promise<void> {
    if ((await tx.authenticationRealm.count({ where: { storeId } })) > 0) return;
    const times = { createdAt: this.clock.now(), updatedAt: this.clock.now() };
    await tx.authenticationRealm.createMany({
      data: { storeId, id: newId(), name: CUSTOMER_REALM, ...initialRealmSettings, ...times },
      skipDuplicates: true,
    });
  }

  /** In the order of their creation. */
  async list(scope: RequestScope | ServiceScope, page: Page): Promise<Listing<AuthenticationRealmModel>> {
    const where = inStore(scope);
    const [rows, total] = await Promise.all([
      this.database.read.authenticationRealm.findMany({
        where,
        orderBy: oldestFirst,
        skip: page.offset,
        take: page.limit,
      }),
      this.database.read.authenticationRealm.count({ where }),
    ]);
    return { rows, total };
  }

  /** @param text as the path has it. @throws AppError `resource_not_found` */
  async get(scope: RequestScope | ServiceScope, text: string): Promise<AuthenticationRealmModel> {
    const id = parseUuid(text);
    if (id === null) throw new AppError('resource_not_found');
    const realm = await this.database.read.authenticationRealm.findUnique({
      where: { storeId_id: { ...inStore(scope), id } },
    });
    if (realm === null) throw new AppError('resource_not_found');
    return realm;
  }

  /** The realm of the store's customers: the one that the store began with, whatever it is called now. @throws as `get` */
  async ofCustomers(scope: RequestScope | ServiceScope): Promise<AuthenticationRealmModel> {
    const realm = await this.database.read.authenticationRealm.findFirst({
      where: inStore(scope),
      orderBy: oldestFirst,
    });
    if (realm === null) throw new AppError('resource_not_found');
    return realm;
  }

  /** Changes what the body names and leaves the rest. @throws AppError `resource_not_found`, `constraint_violated` */
  async update(
    scope: RequestScope | ServiceScope,
    text: string,
    input: UpdateRealm['data'],
  ): Promise<AuthenticationRealmModel> {
    const { id } = await this.get(scope, text);
    const { name, redirect_uris, duplicate_email_policy, unproven_email } = input;
    try {
      return await this.database.write(scope, (tx) => {
        tx.record({ type: 'realm_changed', subjectId: id });
        return tx.authenticationRealm.update({
          where: { storeId_id: { ...inStore(scope), id } },
          data: {
            ...(name === undefined ? {} : { name }),
            ...(redirect_uris === undefined ? {} : { redirectUris: redirect_uris }),
            ...(duplicate_email_policy === undefined ? {} : { duplicateEmailPolicy: duplicate_email_policy }),
            ...(unproven_email === undefined ? {} : { unprovenEmail: unproven_email }),
            updatedAt: this.clock.now(),
          },
        });
      });
    } catch (cause) {
      if (violatedConstraint(cause) !== 'authentication_realms_name_key') throw cause;
      throw new AppError('constraint_violated', { detail: 'Another realm has this name.', cause });
    }
  }
}
