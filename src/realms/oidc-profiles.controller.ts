import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { IgnoresCustomerToken, Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import type { OidcProfileModel } from '../generated/prisma/models.js';
import { Operation } from '../http/operation.js';
import { rawQueryOf } from '../http/query-string.js';
import { linked, linkedDocumentOf, type ListDocument, listOf, many } from '../jsonapi/document.js';
import { keptParameters, readListQuery } from '../jsonapi/list-query.js';
import type { RawQuery } from '../jsonapi/page.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import {
  CreateOidcProfile,
  OidcProfileLinks,
  OidcProfileResource,
  toOidcProfileResource,
  UpdateOidcProfile,
} from './oidc-profiles.contract.js';
import { oidcProfileRules } from './oidc-profiles.query.js';
import { OidcProfilesService } from './oidc-profiles.service.js';
import { realmLinks } from './realms.contract.js';

const ProfileDocument = linkedDocumentOf(OidcProfileResource, OidcProfileLinks);
type ProfileDocument = z.output<typeof ProfileDocument>;

const ForceQuery = z.object({
  force: z.string().optional().describe('`true`: the identities that came by the profile go too, and their tokens.'),
});

@Controller('v2/authentication-realms/:realmId/oidc-profiles')
@IgnoresCustomerToken()
export class OidcProfilesController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly profiles: OidcProfilesService,
    private readonly settings: StoreSettingsReader,
  ) {}

  @Operation({
    id: 'listOidcProfiles',
    summary: 'List the OpenID Connect profiles of a realm',
    list: oidcProfileRules,
    answer: listOf(OidcProfileResource),
    refusals: ['resource_not_found'],
  })
  @Get()
  @Requires('oidc-profiles:read')
  async list(
    @Scope() scope: RequestScope,
    @Req() request: FastifyRequest,
    @Param('realmId') realmText: string,
    @Query() query: RawQuery,
  ): Promise<ListDocument<OidcProfileResource>> {
    const { pageLength } = await this.settings.of(scope.storeId);
    const asked = readListQuery(query, oidcProfileRules, pageLength);
    const { rows, total } = await this.profiles.list(scope, realmText, asked);
    const { publicUrl } = this.config;
    const resources = rows.map((row) => toOidcProfileResource(row, publicUrl));
    const url = `${realmLinks(publicUrl, realmText.toLowerCase()).self}/oidc-profiles`;
    return many(resources, total, asked.page, url, keptParameters(rawQueryOf(request.url)), 'encoded');
  }

  @Operation({
    id: 'createOidcProfile',
    summary: 'Add an OpenID Provider',
    answer: ProfileDocument,
    refusals: ['resource_not_found', 'discovery_failed'],
  })
  @Post()
  @Requires('oidc-profiles:write')
  async create(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Body({ schema: CreateOidcProfile }) body: CreateOidcProfile,
  ): Promise<ProfileDocument> {
    return this.document(await this.profiles.create(scope, realmId, body.data));
  }

  @Operation({
    id: 'getOidcProfile',
    summary: 'Read an OpenID Connect profile',
    answer: ProfileDocument,
    refusals: ['resource_not_found'],
  })
  @Get(':profileId')
  @Requires('oidc-profiles:read')
  async get(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('profileId') id: string,
  ): Promise<ProfileDocument> {
    return this.document(await this.profiles.get(scope, { realmId, id }));
  }

  @Operation({
    id: 'updateOidcProfile',
    summary: 'Change an OpenID Connect profile',
    answer: ProfileDocument,
    refusals: ['resource_not_found', 'discovery_failed', 'oidc_profile_in_use'],
  })
  @Put(':profileId')
  @Requires('oidc-profiles:write')
  async update(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('profileId') id: string,
    @Body({ schema: UpdateOidcProfile }) body: UpdateOidcProfile,
  ): Promise<ProfileDocument> {
    return this.document(await this.profiles.update(scope, { realmId, id }, body.data));
  }

  @Operation({
    id: 'deleteOidcProfile',
    summary: 'Remove an OpenID Provider',
    query: ForceQuery,
    refusals: ['resource_not_found', 'oidc_profile_in_use'],
  })
  @Delete(':profileId')
  @Requires('oidc-profiles:write')
  @HttpCode(204)
  async remove(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('profileId') id: string,
    @Query() query: RawQuery,
  ): Promise<void> {
    await this.profiles.remove(scope, { realmId, id }, query['force'] === 'true');
  }

  /** The same links in both places: some clients read one, some the other. */
  private document(profile: OidcProfileModel): ProfileDocument {
    const resource = toOidcProfileResource(profile, this.config.publicUrl);
    return linked(resource, resource.links);
  }
}
