import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { RealmsModule } from '../realms/realms.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { IdentityLinking } from './identity-linking.js';
import { IdentityWriter } from './identity-writer.js';
import { KnownIdentities } from './known-identities.js';
import { UsersController } from './user-authentication-info.controller.js';
import { UsersService } from './user-authentication-info.service.js';
import { IdentitiesController } from './user-authentication-oidc-profile-info.controller.js';
import { IdentitiesService } from './user-authentication-oidc-profile-info.service.js';

@Module({
  imports: [AccessModule, CustomersModule, RealmsModule, SessionsModule],
  controllers: [UsersController, IdentitiesController],
  providers: [IdentityLinking, IdentityWriter, KnownIdentities, UsersService, IdentitiesService],
  exports: [IdentityLinking, IdentityWriter, KnownIdentities],
})
export class IdentitiesModule {}
