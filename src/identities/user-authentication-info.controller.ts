import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { rawQueryOf } from '../http/query-string.js';
import { linked, linkedDocumentOf, type ListDocument, listOf, many } from '../jsonapi/document.js';
import { keptParameters, readListQuery } from '../jsonapi/list-query.js';
import type { RawQuery } from '../jsonapi/page.js';
import { realmLinks, SelfLink } from '../realms/realms.contract.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import {
  CreateUser,
  ListedUserResource,
  toUserResource,
  UpdateUser,
  UserResource,
  type UserRow,
  userUrl,
} from './user-authentication-info.contract.js';
import { userRules } from './user-authentication-info.query.js';
import { UsersService } from './user-authentication-info.service.js';

const UserDocument = linkedDocumentOf(UserResource, SelfLink);
type UserDocument = z.output<typeof UserDocument>;

@Controller('v2/authentication-realms/:realmId/user-authentication-info')
export class UsersController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly users: UsersService,
    private readonly settings: StoreSettingsReader,
  ) {}

  @Operation({
    id: 'listUserAuthenticationInfo',
    summary: 'List the users of a realm',
    list: userRules,
    answer: listOf(ListedUserResource),
    refusals: ['resource_not_found'],
  })
  @Get()
  @Requires('user-authentication-info:read')
  async list(
    @Scope() scope: RequestScope,
    @Req() request: FastifyRequest,
    @Param('realmId') realmText: string,
    @Query() query: RawQuery,
  ): Promise<ListDocument<UserResource & { links: SelfLink }>> {
    const { pageLength } = await this.settings.of(scope.storeId);
    const asked = readListQuery(query, userRules, pageLength);
    const { rows, total } = await this.users.list(scope, realmText, asked);
    const resources = rows.map((row) => ({ ...toUserResource(row), links: this.links(row) }));
    const realm = realmLinks(this.config.publicUrl, realmText.toLowerCase());
    const kept = keptParameters(rawQueryOf(request.url));
    return many(resources, total, asked.page, `${realm.self}/user-authentication-info`, kept);
  }

  @Operation({
    id: 'createUserAuthenticationInfo',
    summary: 'Make a customer a user of a realm',
    answer: UserDocument,
    refusals: ['resource_not_found', 'user_exists', 'email_ambiguous', 'email_taken'],
  })
  @Post()
  @Requires('user-authentication-info:write')
  async create(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Body({ schema: CreateUser }) body: CreateUser,
  ): Promise<UserDocument> {
    return this.document(await this.users.create(scope, realmId, body.data));
  }

  @Operation({
    id: 'getUserAuthenticationInfo',
    summary: 'Read a user of a realm',
    answer: UserDocument,
    refusals: ['resource_not_found'],
  })
  @Get(':userId')
  @Requires('user-authentication-info:read')
  async get(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('userId') userId: string,
  ): Promise<UserDocument> {
    return this.document(await this.users.get(scope, { realmId, userId }));
  }

  @Operation({
    id: 'updateUserAuthenticationInfo',
    summary: 'Change a user of a realm',
    answer: UserDocument,
    refusals: ['resource_not_found', 'email_taken'],
  })
  @Put(':userId')
  @Requires('user-authentication-info:write')
  async update(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('userId') userId: string,
    @Body({ schema: UpdateUser }) body: UpdateUser,
  ): Promise<UserDocument> {
    return this.document(await this.users.update(scope, { realmId, userId }, body.data));
  }

  @Operation({
    id: 'deleteUserAuthenticationInfo',
    summary: 'Remove a user of a realm',
    description: 'Identities and their tokens go too; the customer stays.',
    refusals: ['resource_not_found'],
  })
  @Delete(':userId')
  @Requires('user-authentication-info:write')
  @HttpCode(204)
  async remove(
    @Scope() scope: RequestScope,
    @Param('realmId') realmId: string,
    @Param('userId') userId: string,
  ): Promise<void> {
    await this.users.remove(scope, { realmId, userId });
  }

  private document(user: UserRow): UserDocument {
    return linked(toUserResource(user), this.links(user));
  }

  private links(user: UserRow): SelfLink {
    return { self: userUrl(this.config.publicUrl, user) };
  }
}
