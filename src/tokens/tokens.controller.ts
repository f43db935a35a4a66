import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IgnoresCustomerToken, Requires } from '../access/permissions.js';
import { AppError } from '../errors/app-error.js';
import { Operation } from '../http/operation.js';
import { type Document, documentOf, one } from '../jsonapi/document.js';
import { type RequestScope, Scope } from '../scope/request-scope.js';
import { CustomerTokens } from '../sessions/customer-tokens.js';
import { LoginStrategies } from './login-strategies.js';
import { CreateCustomerToken, CustomerTokenResource, toCustomerTokenResource } from './tokens.contract.js';

@Controller('v2/customers/tokens')
export class TokensController {
  constructor(
    private readonly strategies: LoginStrategies,
    private readonly customerTokens: CustomerTokens,
  ) {}

  /** Logs a customer in by the mechanism that the body names. */
  @Operation({
    id: 'createCustomerToken',
    summary: 'Log a customer in',
    answer: documentOf(CustomerTokenResource),
    refusals: ['credentials_invalid', 'grant_invalid', 'overloaded'],
  })
  @Post()
  @HttpCode(200)
  @Requires('customer-tokens:create')
  @IgnoresCustomerToken()
  async create(
    @Scope() scope: RequestScope,
    @Req() request: FastifyRequest,
    @Body({ schema: CreateCustomerToken }) body: CreateCustomerToken,
  ): Promise<Document<CustomerTokenResource>> {
    const attempt = { body, query: {}, scope, request };
    const login = await this.strategies.authenticate(body.data.authentication_mechanism, attempt);
    const issued = await this.customerTokens.issue(scope, login);
    if (issued === null) {
      throw login.mechanism === 'password'
        ? new AppError('credentials_invalid', { reason: 'password_changed' })
        : new AppError('grant_invalid', { reason: 'customer_gone' });
    }
    return one(toCustomerTokenResource(issued));
  }
}
