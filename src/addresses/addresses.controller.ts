import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientCredentialsMembers, Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { rawQueryOf } from '../http/query-string.js';
import { type Document, documentOf, type ListDocument, listOf, many, one } from '../jsonapi/document.js';
import { Attributes } from '../jsonapi/attributes.js';
import { keptParameters, readListQuery } from '../jsonapi/list-query.js';
import { PAGE_LIMIT_MAX, type RawQuery } from '../jsonapi/page.js';
import { customerInPath, type RequestScope, Scope } from '../scope/request-scope.js';
import { AddressResource, CreateAddress, toAddressResource, UpdateAddress } from './addresses.contract.js';
import { addressAttributes } from './address-attributes.contract.js';
import { addressRules } from './addresses.query.js';
import { AddressesService } from './addresses.service.js';

@Controller('v2/customers/:customerId/addresses')
export class AddressesController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly addresses: AddressesService,
    private readonly settings: StoreSettingsReader,
  ) {}

  /** Older clients expect all addresses on one page, so the page is as long as the store allows addresses. */
  @Operation({
    id: 'listAddresses',
    summary: 'List the addresses of a customer',
    list: addressRules,
    answer: listOf(AddressResource),
    refusals: ['customer_not_found'],
  })
  @Get()
  @Requires('addresses:read')
  async list(
    @Scope() scope: RequestScope,
    @Req() request: FastifyRequest,
    @Param('customerId') customer: string,
    @Query() query: RawQuery,
  ): Promise<ListDocument<AddressResource>> {
    const { addressLimit, pageLength } = await this.settings.of(scope.storeId);
    const asked = readListQuery(query, addressRules, Math.min(Math.max(addressLimit, pageLength), PAGE_LIMIT_MAX));
    const customerId = customerInPath(scope, customer);
    const { rows, total } = await this.addresses.list(scope, customerId, asked);
    const { publicUrl } = this.config;
    const resources = rows.map((row) => toAddressResource(row, publicUrl));
    const url = `${publicUrl}/v2/customers/${customerId}/addresses`;
    return many(resources, total, asked.page, url, keptParameters(rawQueryOf(request.url)));
  }

  @Operation({
    id: 'createAddress',
    summary: 'Add an address',
    answer: documentOf(AddressResource),
    refusals: ['customer_not_found', 'id_taken', 'address_limit_reached'],
  })
  @Post()
  @Requires('addresses:write')
  @ClientCredentialsMembers('id')
  async create(
    @Scope() scope: RequestScope,
    @Param('customerId') customer: string,
    @Body({ schema: CreateAddress }) body: CreateAddress,
  ): Promise<Document<AddressResource>> {
    const address = await this.addresses.create(scope, customerInPath(scope, customer), body.data);
    return one(toAddressResource(address, this.config.publicUrl));
  }

  @Operation({
    id: 'getAddress',
    summary: 'Read an address',
    answer: documentOf(AddressResource),
    refusals: ['customer_not_found', 'address_not_found'],
  })
  @Get(':addressId')
  @Requires('addresses:read')
  async get(
    @Scope() scope: RequestScope,
    @Param('customerId') customer: string,
    @Param('addressId') id: string,
  ): Promise<Document<AddressResource>> {
    const address = await this.addresses.get(scope, { customerId: customerInPath(scope, customer), id });
    return one(toAddressResource(address, this.config.publicUrl));
  }

  @Operation({
    id: 'updateAddress',
    summary: 'Change an address',
    answer: documentOf(AddressResource),
    refusals: ['customer_not_found', 'address_not_found'],
  })
  @Put(':addressId')
  @Requires('addresses:write')
  async update(
    @Scope() scope: RequestScope,
    @Param('customerId') customer: string,
    @Param('addressId') id: string,
    @Body({ schema: UpdateAddress }) body: UpdateAddress,
  ): Promise<Document<AddressResource>> {
    const place = { customerId: customerInPath(scope, customer), id };
    return one(toAddressResource(await this.addresses.update(scope, place, body.data), this.config.publicUrl));
  }

  @Operation({
    id: 'deleteAddress',
    summary: 'Delete an address',
    refusals: ['customer_not_found', 'address_not_found'],
  })
  @Delete(':addressId')
  @Requires('addresses:write')
  @HttpCode(204)
  async remove(
    @Scope() scope: RequestScope,
    @Param('customerId') customer: string,
    @Param('addressId') id: string,
  ): Promise<void> {
    await this.addresses.remove(scope, { customerId: customerInPath(scope, customer), id });
  }
}

/** The address behind the link that every address shows of itself. */
@Controller('v2/addresses')
export class AddressLinksController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly addresses: AddressesService,
  ) {}

  @Operation({ id: 'getAddressAttributes', summary: 'The members of an address', answer: Attributes })
  @Get('attributes')
  @Requires('addresses:read')
  attributes(): Attributes {
    return addressAttributes;
  }

  @Operation({
    id: 'getAddressByLink',
    summary: 'Read an address by the link that it shows of itself',
    answer: documentOf(AddressResource),
    refusals: ['address_not_found'],
  })
  @Get(':addressId')
  @Requires('addresses:read')
  async get(@Scope() scope: RequestScope, @Param('addressId') id: string): Promise<Document<AddressResource>> {
    return one(toAddressResource(await this.addresses.get(scope, { id }), this.config.publicUrl));
  }
}
