import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { AccessTokenGuard } from '../access/access-token.guard.js';
import { ReadableRequestGuard } from '../http/readable-request.guard.js';
import { KeysModule } from '../keys/keys.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { CustomerScopeGuard } from './customer-scope.guard.js';
import { IntrospectionController } from './introspection.controller.js';
import { OneCustomerTokenGuard } from './one-customer-token.guard.js';
import { PermissionGuard } from './permission.guard.js';

/** The guards of every route, in the order in which they run: is it clear for whom, who calls, for which customer, may they, can it be read. */
@Module({
  imports: [AccessModule, KeysModule, SessionsModule],
  controllers: [IntrospectionController],
  providers: [
    { provide: APP_GUARD, useClass: OneCustomerTokenGuard },
    AccessTokenGuard,
    // check: requests that cannot be read: who may not call is told so first
    { provide: APP_GUARD, useExisting: AccessTokenGuard },
    { provide: APP_GUARD, useClass: CustomerScopeGuard },
    { provide: APP_GUARD, useClass: PermissionGuard },
    // check: requests that cannot be read
    { provide: APP_GUARD, useClass: ReadableRequestGuard },
  ],
})
export class ScopeModule {}
