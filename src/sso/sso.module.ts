import { Module } from '@nestjs/common';
import { IdentitiesModule } from '../identities/identities.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { OidcModule } from '../oidc/oidc.module.js';
import { RealmsModule } from '../realms/realms.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AuthorizationCodes } from './authorization-codes.js';
import { CallbackController } from './callback.controller.js';
import { CodesOfIdentities } from './codes-of-identities.js';
import { ExpiredRows } from './expired-rows.js';
import { LoginController } from './login.controller.js';
import { RealmDiscoveryController } from './realm-discovery.controller.js';
import { SignInFlows } from './sign-in-flows.js';
import { SignInPlaces } from './sign-in-places.js';
import { StartLimit } from './start-limit.js';

/** Single sign-on as storefronts and browsers see it: authorization endpoint, callback, codes. */
@Module({
  imports: [IdentitiesModule, KeysModule, OidcModule, RealmsModule, SessionsModule],
  controllers: [LoginController, CallbackController, RealmDiscoveryController],
  providers: [AuthorizationCodes, CodesOfIdentities, ExpiredRows, SignInFlows, SignInPlaces, StartLimit],
  exports: [AuthorizationCodes],
})
export class SsoModule {}
