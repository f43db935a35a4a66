import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { LoginStrategies } from './login-strategies.js';
import { PasswordStrategy } from './strategies/password.strategy.js';
import { TokensController } from './tokens.controller.js';

@Module({
  imports: [SessionsModule],
  controllers: [TokensController],
  providers: [LoginStrategies, PasswordStrategy],
})
export class TokensModule {}
