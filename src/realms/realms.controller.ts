import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { IgnoresCustomerToken, Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { linked, type LinkedDocument, linkedDocumentOf, type ListDocument, listOf, many } from '../jsonapi/document.js';
import { type RawQuery, readPage, refuseFilterAndSort } from '../jsonapi/page.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import {
  ListedRealmResource,
  realmLinks,
  RealmResource,
  SelfLink,
  toRealmResource,
  UpdateRealm,
} from './realms.contract.js';
import { RealmsService } from './realms.service.js';

const RealmDocument = linkedDocumentOf(RealmResource, SelfLink);

/** A store has its realms from the beginning to the end: none is made or deleted here. */
@Controller('v2/authentication-realms')
@IgnoresCustomerToken()
export class RealmsController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly realms: RealmsService,
    private readonly settings: StoreSettingsReader,
  ) {}

  @Operation({
    id: 'listAuthenticationRealms',
    summary: 'List realms',
    list: 'pages only',
    answer: listOf(ListedRealmResource),
  })
  @Get()
  @Requires('realms:read')
  async list(
    @Scope() scope: RequestScope,
    @Query() query: RawQuery,
  ): Promise<ListDocument<RealmResource & { links: SelfLink }>> {
    refuseFilterAndSort(query);
    const { pageLength } = await this.settings.of(scope.storeId);
    const page = readPage(query, pageLength);
    const { rows, total } = await this.realms.list(scope, page);
    const { publicUrl } = this.config;
    const resources = rows.map((row) => ({ ...toRealmResource(row), links: realmLinks(publicUrl, row.id) }));
    return many(resources, total, page, `${publicUrl}/v2/authentication-realms`);
  }

  @Operation({
    id: 'getAuthenticationRealm',
    summary: 'Read a realm',
    answer: RealmDocument,
    refusals: ['resource_not_found'],
  })
  @Get(':realmId')
  @Requires('realms:read')
  async get(
    @Scope() scope: RequestScope,
    @Param('realmId') id: string,
  ): Promise<LinkedDocument<RealmResource, SelfLink>> {
    const realm = await this.realms.get(scope, id);
    return linked(toRealmResource(realm), realmLinks(this.config.publicUrl, realm.id));
  }

  @Operation({
    id: 'updateAuthenticationRealm',
    summary: 'Change a realm',
    answer: RealmDocument,
    refusals: ['resource_not_found', 'constraint_violated'],
  })
  @Put(':realmId')
  @Requires('realms:write')
  async update(
    @Scope() scope: RequestScope,
    @Param('realmId') id: string,
    @Body({ schema: UpdateRealm }) body: UpdateRealm,
  ): Promise<LinkedDocument<RealmResource, SelfLink>> {
    const realm = await this.realms.update(scope, id, body.data);
    return linked(toRealmResource(realm), realmLinks(this.config.publicUrl, realm.id));
  }
}
