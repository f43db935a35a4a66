import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { parseUuid } from '../crypto/identifiers.js';
import { Database } from '../database/database.js';
import { violatedConstraint } from '../database/database-errors.js';
import { AppError } from '../errors/app-error.js';
import type { AuthenticationRealmModel } from '../generated/prisma/models.js';
import type { Listing } from '../jsonapi/document.js';
import type { Page } from '../jsonapi/page.js';
import { inStore, type RequestScope } from '../scope/request-scope.js';
import type { UpdateRealm } from './realms.contract.js';

const oldestFirst = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];

@Injectable()
export class RealmsService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** In the order of their creation. */
  async list(scope: RequestScope, page: Page): Promise<Listing<AuthenticationRealmModel>> {
    const where = inStore(scope);
    const [rows, total] = await Promise.all([
      this.database.prisma.authenticationRealm.findMany({
        where,
        orderBy: oldestFirst,
        skip: page.offset,
        take: page.limit,
      }),
      this.database.prisma.authenticationRealm.count({ where }),
    ]);
    return { rows, total };
  }

  /** @param text as the path has it. @throws AppError `resource_not_found` */
  async get(scope: RequestScope, text: string): Promise<AuthenticationRealmModel> {
    const id = parseUuid(text);
    if (id === null) throw new AppError('resource_not_found');
    const realm = await this.database.prisma.authenticationRealm.findUnique({
      where: { storeId_id: { ...inStore(scope), id } },
    });
    if (realm === null) throw new AppError('resource_not_found');
    return realm;
  }

  /** The realm of the store's customers: the one that the store began with, whatever it is called now. @throws as `get` */
  async ofCustomers(scope: RequestScope): Promise<AuthenticationRealmModel> {
    const realm = await this.database.prisma.authenticationRealm.findFirst({
      where: inStore(scope),
      orderBy: oldestFirst,
    });
    if (realm === null) throw new AppError('resource_not_found');
    return realm;
  }

  /** Changes what the body names and leaves the rest. @throws AppError `resource_not_found`, `constraint_violated` */
  async update(scope: RequestScope, text: string, input: UpdateRealm['data']): Promise<AuthenticationRealmModel> {
    const { id } = await this.get(scope, text);
    const { name, redirect_uris, duplicate_email_policy, unproven_email } = input;
    try {
      return await this.database.prisma.authenticationRealm.update({
        where: { storeId_id: { ...inStore(scope), id } },
        data: {
          ...(name === undefined ? {} : { name }),
          ...(redirect_uris === undefined ? {} : { redirectUris: redirect_uris }),
          ...(duplicate_email_policy === undefined ? {} : { duplicateEmailPolicy: duplicate_email_policy }),
          ...(unproven_email === undefined ? {} : { unprovenEmail: unproven_email }),
          updatedAt: this.clock.now(),
        },
      });
    } catch (cause) {
      if (violatedConstraint(cause) !== 'authentication_realms_name_key') throw cause;
      throw new AppError('constraint_violated', { detail: 'Another realm has this name.', cause });
    }
  }
}
