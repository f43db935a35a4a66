import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SsoModule } from '../sso/sso.module.js';
import { LoginStrategies } from './login-strategies.js';
import { OidcStrategy } from './strategies/oidc.strategy.js';
import { PasswordStrategy } from './strategies/password.strategy.js';
import { TokensController } from './tokens.controller.js';

@Module({
  imports: [CustomersModule, SessionsModule, SsoModule],
  controllers: [TokensController],
  providers: [LoginStrategies, PasswordStrategy, OidcStrategy],
})
export class TokensModule {}
