import { Controller, Get, Inject } from '@nestjs/common';
import { IgnoresCustomerToken, Requires } from '../access/permissions.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { Operation } from '../http/operation.js';
import { type Document, documentOf, one } from '../jsonapi/document.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import {
  CustomerAuthenticationResource,
  toCustomerAuthenticationResource,
} from './customer-authentication.contract.js';
import { RealmsService } from './realms.service.js';

/** Where a storefront begins: in which realm the store's customers log in, and by which name to ask for it. */
@Controller('v2/settings/customer-authentication')
@IgnoresCustomerToken()
export class CustomerAuthenticationController {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly realms: RealmsService,
  ) {}

  @Operation({
    id: 'getCustomerAuthentication',
    summary: 'Where a single sign-on begins',
    answer: documentOf(CustomerAuthenticationResource),
    refusals: ['resource_not_found'],
  })
  @Get()
  @Requires('customer-authentication:read')
  async get(@Scope() scope: RequestScope): Promise<Document<CustomerAuthenticationResource>> {
    return one(toCustomerAuthenticationResource(await this.realms.ofCustomers(scope), this.config.publicUrl));
  }
}
