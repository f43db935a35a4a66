import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { HealthModule } from '../health/health.module.js';
import { OidcModule } from '../oidc/oidc.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ClientSecrets } from './client-secrets.js';
import { CustomerAuthenticationController } from './customer-authentication.controller.js';
import { OidcProfilesController } from './oidc-profiles.controller.js';
import { OidcProfilesService } from './oidc-profiles.service.js';
import { RealmsController } from './realms.controller.js';
import { RealmsService } from './realms.service.js';

@Module({
  imports: [AccessModule, HealthModule, OidcModule, SessionsModule],
  controllers: [CustomerAuthenticationController, RealmsController, OidcProfilesController],
  providers: [ClientSecrets, OidcProfilesService, RealmsService],
  exports: [ClientSecrets, OidcProfilesService, RealmsService],
})
export class RealmsModule {}
