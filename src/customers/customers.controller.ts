import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientCredentialsMembers, IgnoresCustomerToken, Requires } from '../access/permissions.js';
import { StoreSettingsReader } from '../access/store-settings.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { rawQueryOf } from '../http/query-string.js';
import { type Document, documentOf, type ListDocument, listOf, many, one } from '../jsonapi/document.js';
import { Attributes } from '../jsonapi/attributes.js';
import { keptParameters, readListQuery } from '../jsonapi/list-query.js';
import type { RawQuery } from '../jsonapi/page.js';
import { customerInPath, type RequestScope, Scope } from '../scope/request-scope.js';
import {
  CreateCustomer,
  CustomerResource,
  DeleteCustomer,
  readCurrentPassword,
  toCustomerResource,
  UpdateCustomer,
} from './customers.contract.js';
import { customerAttributes } from './customer-attributes.contract.js';
import { customerRules } from './customers.query.js';
import { CustomersService } from './customers.service.js';

@Controller('v2/customers')
export class CustomersController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly customers: CustomersService,
    private readonly settings: StoreSettingsReader,
  ) {}

  @Operation({
    id: 'createCustomer',
    summary: 'Register a customer',
    answer: documentOf(CustomerResource),
    refusals: ['email_taken', 'id_taken', 'overloaded'],
  })
  @Post()
  @Requires('customers:register')
  @IgnoresCustomerToken()
  @ClientCredentialsMembers('id', 'email_verified', 'external_ref')
  async create(
    @Scope() scope: RequestScope,
    @Req() request: FastifyRequest,
    @Body({ schema: CreateCustomer }) body: CreateCustomer,
  ): Promise<Document<CustomerResource>> {
    const customer = await this.customers.create(scope, body.data, sentData(request));
    return one(toCustomerResource(customer));
  }

  @Operation({ id: 'getCustomerAttributes', summary: 'The members of a customer', answer: Attributes })
  @Get('attributes')
  @Requires('customers:read')
  attributes(): Attributes {
    return customerAttributes;
  }

  @Operation({
    id: 'listCustomers',
    summary: 'List customers',
    description: 'Under a customer token the list has that one customer.',
    list: customerRules,
    answer: listOf(CustomerResource),
  })
  @Get()
  @Requires('customers:read')
  async list(
    @Scope() scope: RequestScope,
    @Req() request: FastifyRequest,
    @Query() query: RawQuery,
  ): Promise<ListDocument<CustomerResource>> {
    const { pageLength } = await this.settings.of(scope.storeId);
    const asked = readListQuery(query, customerRules, pageLength);
    const { rows, total } = await this.customers.list(scope, asked);
    const kept = keptParameters(rawQueryOf(request.url));
    return many(rows.map(toCustomerResource), total, asked.page, `${this.config.publicUrl}/v2/customers`, kept);
  }

  @Operation({
    id: 'getCustomer',
    summary: 'Read a customer',
    answer: documentOf(CustomerResource),
    refusals: ['customer_not_found'],
  })
  @Get(':customerId')
  @Requires('customers:read')
  async get(@Scope() scope: RequestScope, @Param('customerId') id: string): Promise<Document<CustomerResource>> {
    return one(toCustomerResource(await this.customers.get(scope, customerInPath(scope, id))));
  }

  @Operation({
    id: 'updateCustomer',
    summary: 'Change a customer',
    description: 'A new password ends all other tokens of the customer; a new email is unproven.',
    answer: documentOf(CustomerResource),
    refusals: ['customer_not_found', 'email_taken', 'current_password_invalid', 'overloaded'],
  })
  @Put(':customerId')
  @Requires('customers:write')
  @ClientCredentialsMembers('email_verified', /* check: external_ref for client credentials only */ 'external_ref')
  async update(
    @Scope() scope: RequestScope,
    @Req() request: FastifyRequest,
    @Param('customerId') id: string,
    @Body({ schema: UpdateCustomer }) body: UpdateCustomer,
  ): Promise<Document<CustomerResource>> {
    const customerId = customerInPath(scope, id);
    return one(toCustomerResource(await this.customers.update(scope, customerId, body.data, sentData(request))));
  }

  @Operation({
    id: 'deleteCustomer',
    summary: 'Delete a customer',
    description: 'Password, tokens and addresses go too; orders stay and belong to nobody.',
    optionalBody: DeleteCustomer,
    refusals: ['customer_not_found', 'current_password_invalid', 'validation_failed', 'overloaded'],
  })
  @Delete(':customerId')
  @Requires('customers:write')
  @HttpCode(204)
  async remove(
    @Scope() scope: RequestScope,
    @Req() request: FastifyRequest,
    @Param('customerId') id: string,
  ): Promise<void> {
    // Nobody else is asked for it: what stands there then is ignored, as the rest of the body.
    const currentPassword = scope.customer === null ? undefined : readCurrentPassword(sentData(request));
    await this.customers.remove(scope, customerInPath(scope, id), currentPassword);
  }
}

/** `data` of the body before it was cut to the known members. */
function sentData(request: FastifyRequest): unknown {
  return (request.body as { data?: unknown } | null | undefined)?.data ?? undefined;
}
