import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { AccessTokens } from './access-tokens.js';
import { ApplicationKeys } from './application-keys.js';
import { ClientAuthentication } from './client-authentication.js';
import { DefaultStore } from './default-store.js';
import { OauthController } from './oauth.controller.js';
import { StoreSettingsReader } from './store-settings.js';
import { Stores } from './stores.js';

@Module({
  imports: [KeysModule],
  controllers: [OauthController],
  providers: [AccessTokens, ApplicationKeys, ClientAuthentication, DefaultStore, StoreSettingsReader, Stores],
  exports: [AccessTokens, ApplicationKeys, ClientAuthentication, DefaultStore, StoreSettingsReader, Stores],
})
export class AccessModule {}
