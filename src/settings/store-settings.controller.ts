import { Body, Controller, Get, Put } from '@nestjs/common';
import { IgnoresCustomerToken, Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { Operation } from '../http/operation.js';
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
    @Scope() scope: RequestScope,
    @Body({ schema: UpdateStoreSettings }) body: UpdateStoreSettings,
  ): Promise<Document<StoreSettingsResource>> {
    const { registration, require_current_password, page_length, address_limit } = body.data;
    const settings = await this.settings.change(scope, {
      ...(registration === undefined ? {} : { registration }),
      ...(require_current_password === undefined ? {} : { requireCurrentPassword: require_current_password }),
      ...(page_length === undefined ? {} : { pageLength: page_length }),
      ...(address_limit === undefined ? {} : { addressLimit: address_limit }),
    });
    return one(toStoreSettingsResource(scope.storeId, settings));
  }
}
