import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { rawQueryOf } from '../http/query-string.js';
import { type Document, documentOf, type ListDocument, listOf, many, one } from '../jsonapi/document.js';
import { keptParameters, readListQuery } from '../jsonapi/list-query.js';
import type { RawQuery } from '../jsonapi/page.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import {
  ApplicationKeyResource,
  ApplicationKeyWithSecretResource,
  CreateApplicationKey,
  rightsOf,
  RotateApplicationKey,
  toApplicationKeyResource,
  toApplicationKeyWithSecretResource,
  UpdateApplicationKey,
} from './application-keys.contract.js';
import { applicationKeyRules } from './application-keys.query.js';
import { ApplicationKeysService } from './application-keys.service.js';

/** The OAuth clients of a store. Secrets are in the answers that make one, and nowhere else. */
@Controller('v2/application-keys')
@Requires('keys:write')
export class ApplicationKeysController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly keys: ApplicationKeysService,
    private readonly settings: StoreSettingsReader,
  ) {}

  @Operation({
    id: 'listApplicationKeys',
    summary: 'List application keys',
    list: applicationKeyRules,
    answer: listOf(ApplicationKeyResource),
  })
  @Get()
  async list(
    @Scope() { storeId }: RequestScope,
    @Req() request: FastifyRequest,
    @Query() query: RawQuery,
  ): Promise<ListDocument<ApplicationKeyResource>> {
    const { pageLength } = await this.settings.of(storeId);
    const asked = readListQuery(query, applicationKeyRules, pageLength);
    const { rows, total } = await this.keys.list(storeId, asked);
    const kept = keptParameters(rawQueryOf(request.url));
    return many(
      rows.map(toApplicationKeyResource),
      total,
      asked.page,
      `${this.config.publicUrl}/v2/application-keys`,
      kept,
    );
  }

  @Operation({
    id: 'createApplicationKey',
    summary: 'Make an application key',
    description: 'Its secret is in this answer and in no other.',
    answer: documentOf(ApplicationKeyWithSecretResource),
  })
  @Post()
  async create(
    @Scope() scope: RequestScope,
    @Body({ schema: CreateApplicationKey }) { data }: CreateApplicationKey,
  ): Promise<Document<ApplicationKeyWithSecretResource>> {
    const { key, clientSecret } = await this.keys.create(scope, { name: data.name, ...rightsOf(data) });
    return one(toApplicationKeyWithSecretResource(key, clientSecret));
  }

  @Operation({
    id: 'getApplicationKey',
    summary: 'Read an application key',
    answer: documentOf(ApplicationKeyResource),
    refusals: ['resource_not_found'],
  })
  @Get(':keyId')
  async get(@Scope() { storeId }: RequestScope, @Param('keyId') id: string): Promise<Document<ApplicationKeyResource>> {
    return one(toApplicationKeyResource(await this.keys.get({ storeId, id })));
  }

  @Operation({
    id: 'updateApplicationKey',
    summary: 'Rename an application key, or change what it may do',
    answer: documentOf(ApplicationKeyResource),
    refusals: ['resource_not_found', 'constraint_violated'],
  })
  @Put(':keyId')
  async update(
    @Scope() scope: RequestScope,
    @Param('keyId') id: string,
    @Body({ schema: UpdateApplicationKey }) { data }: UpdateApplicationKey,
  ): Promise<Document<ApplicationKeyResource>> {
    const { name, grants, permissions } = data;
    const key = await this.keys.update(scope, id, {
      ...(name === undefined ? {} : { name }),
      ...(grants === undefined ? {} : { grants }),
      ...(permissions === undefined ? {} : { permissions }),
    });
    return one(toApplicationKeyResource(key));
  }

  @Operation({
    id: 'rotateApplicationKey',
    summary: 'Give an application key a new secret',
    answer: documentOf(ApplicationKeyWithSecretResource),
    refusals: ['resource_not_found', 'constraint_violated'],
  })
  @Post(':keyId/rotate')
  @HttpCode(200)
  async rotate(
    @Scope() scope: RequestScope,
    @Param('keyId') id: string,
    @Body({ schema: RotateApplicationKey }) { data }: RotateApplicationKey,
  ): Promise<Document<ApplicationKeyWithSecretResource>> {
    const { key, clientSecret } = await this.keys.rotate(scope, id, data.overlap_seconds);
    return one(toApplicationKeyWithSecretResource(key, clientSecret));
  }

  @Operation({
    id: 'deleteApplicationKey',
    summary: 'Delete an application key',
    description: 'Its tokens stop within a second.',
    refusals: ['resource_not_found', 'constraint_violated'],
  })
  @Delete(':keyId')
  @HttpCode(204)
  async remove(@Scope() scope: RequestScope, @Param('keyId') id: string): Promise<void> {
    await this.keys.remove(scope, id);
  }
}
