import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { CustomerTokens } from './customer-tokens.js';
import { ExpiredCustomerTokens } from './expired-customer-tokens.js';

@Module({ imports: [KeysModule], providers: [CustomerTokens, ExpiredCustomerTokens], exports: [CustomerTokens] })
export class SessionsModule {}
