import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import type { IdentityModel } from '../generated/prisma/models.js';
import { Operation } from '../http/operation.js';
import { linked, linkedDocumentOf, type ListDocument, listOf, many } from '../jsonapi/document.js';
import { type RawQuery, readPage, refuseFilterAndSort } from '../jsonapi/page.js';
import { SelfLink } from '../realms/realms.contract.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import {
  CreateIdentity,
  identitiesUrl,
  ListedIdentityResource,
  IdentityResource,
  toIdentityResource,
  UpdateIdentity,
} from './user-authentication-oidc-profile-info.contract.js';
import { IdentitiesService } from './user-authentication-oidc-profile-info.service.js';

const IdentityDocument = linkedDocumentOf(IdentityResource, SelfLink);
type IdentityDocument = z.output<typeof IdentityDocument>;

@Controller('v2/authentication-realms/:realmId/user-authentication-info/:userId/user-authentication-oidc-profile-info')
export class IdentitiesController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly identities: IdentitiesService,
    private readonly settings: StoreSettingsReader,
  ) {}

  @Operation({
    id: 'listUserAuthenticationOidcProfileInfo',
    summary: 'List the identities of a user',
    list: 'pages only',
    answer: listOf(ListedIdentityResource),
    refusals: ['resource_not_found'],
  })
  @Get()
  @Requires('user-authentication-info:read')
  async list(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('userId') userId: string,
    @Query() query: RawQuery,
  ): Promise<ListDocument<IdentityResource & { links: SelfLink }>> {
    refuseFilterAndSort(query);
    const { pageLength } = await this.settings.of(scope.storeId);
    const page = readPage(query, pageLength);
    const { rows, total } = await this.identities.list(scope, { realmId, userId }, page);
    const resources = rows.map((row) => ({ ...toIdentityResource(row), links: this.links(row) }));
    const user = { realmId: realmId.toLowerCase(), customerId: userId.toLowerCase() };
    return many(resources, total, page, identitiesUrl(this.config.publicUrl, user));
  }

  @Operation({
    id: 'createUserAuthenticationOidcProfileInfo',
    summary: 'Link an identity to a user',
    answer: IdentityDocument,
    refusals: ['resource_not_found', 'identity_taken', 'constraint_violated'],
  })
  @Post()
  @Requires('user-authentication-info:write')
  async create(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('userId') userId: string,
    @Body({ schema: CreateIdentity }) body: CreateIdentity,
  ): Promise<IdentityDocument> {
    return this.document(await this.identities.create(scope, { realmId, userId }, body.data));
  }

  @Operation({
    id: 'getUserAuthenticationOidcProfileInfo',
    summary: 'Read an identity',
    answer: IdentityDocument,
    refusals: ['resource_not_found'],
  })
  @Get(':infoId')
  @Requires('user-authentication-info:read')
  async get(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('userId') userId: string,
    @Param('infoId') id: string,
  ): Promise<IdentityDocument> {
    return this.document(await this.identities.get(scope, { realmId, userId, id }));
  }

  @Operation({
    id: 'updateUserAuthenticationOidcProfileInfo',
    summary: 'Change the subject of an identity',
    answer: IdentityDocument,
    refusals: ['resource_not_found', 'identity_taken', 'constraint_violated'],
  })
  @Put(':infoId')
  @Requires('user-authentication-info:write')
  async update(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('userId') userId: string,
    @Param('infoId') id: string,
    @Body({ schema: UpdateIdentity }) body: UpdateIdentity,
  ): Promise<IdentityDocument> {
    return this.document(await this.identities.update(scope, { realmId, userId, id }, body.data));
  }

  @Operation({
    id: 'deleteUserAuthenticationOidcProfileInfo',
    summary: 'Unlink an identity',
    description: 'Its tokens stop.',
    refusals: ['resource_not_found'],
  })
  @Delete(':infoId')
  @Requires('user-authentication-info:write')
  @HttpCode(204)
  async remove(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('userId') userId: string,
    @Param('infoId') id: string,
  ): Promise<void> {
    await this.identities.remove(scope, { realmId, userId, id });
  }

  private document(identity: IdentityModel): IdentityDocument {
    return linked(toIdentityResource(identity), this.links(identity));
  }

  private links(identity: IdentityModel): SelfLink {
    return { self: `${identitiesUrl(this.config.publicUrl, identity)}/${identity.id}` };
  }
}
