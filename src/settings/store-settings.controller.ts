import { Body, Controller, Get, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IgnoresCustomerToken, Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { Operation } from '../http/operation.js';
import { annotate } from '../http/request-log.js';
import { type Document, documentOf, one } from '../jsonapi/document.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import { StoreSettingsResource, toStoreSettingsResource, UpdateStoreSettings } from './store-settings.contract.js';

/** What the team behind a store may choose about it. */
@Controller('v2/settings/store')
@Requires('settings:write')
@IgnoresCustomerToken()
export class StoreSettingsController {
  constructor(private readonly settings: StoreSettingsReader) {}

  @Operation({
    id: 'getStoreSettings',
    summary: 'Read the settings of the store',
    answer: documentOf(StoreSettingsResource),
  })
  @Get()
  async get(@Scope() { storeId }: RequestScope): Promise<Document<StoreSettingsResource>> {
    return one(toStoreSettingsResource(storeId, await this.settings.of(storeId)));
  }

  @Operation({
    id: 'updateStoreSettings',
    summary: 'Change the settings of the store',
    answer: documentOf(StoreSettingsResource),
  })
  @Put()
  async update(
    @Scope() { storeId }: RequestScope,
    @Req() request: FastifyRequest,
    @Body({ schema: UpdateStoreSettings }) body: UpdateStoreSettings,
  ): Promise<Document<StoreSettingsResource>> {
    const { registration, require_current_password, page_length, address_limit } = body.data;
    const settings = await this.settings.change(storeId, {
      ...(registration === undefined ? {} : { registration }),
      ...(require_current_password === undefined ? {} : { requireCurrentPassword: require_current_password }),
      ...(page_length === undefined ? {} : { pageLength: page_length }),
      ...(address_limit === undefined ? {} : { addressLimit: address_limit }),
    });
    annotate(request, { events: ['store_settings_changed'] });
    return one(toStoreSettingsResource(storeId, settings));
  }
}
