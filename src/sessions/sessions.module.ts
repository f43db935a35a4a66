import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { CustomerTokens } from './customer-tokens.js';

@Module({ imports: [KeysModule], providers: [CustomerTokens], exports: [CustomerTokens] })
export class SessionsModule {}
