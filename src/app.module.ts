import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import type { Logger } from 'pino';
import { AccessModule } from './access/access.module.js';
import { AddressesModule } from './addresses/addresses.module.js';
import { ApplicationKeysModule } from './application-keys/application-keys.module.js';
import { Clock } from './clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from './config/config.js';
import { PasswordHasher } from './crypto/password-hasher.js';
import { SecretBox } from './crypto/secret-box.js';
import { CustomersModule } from './customers/customers.module.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { ContractPipe } from './http/contract.pipe.js';
import { ErrorFilter } from './http/error.filter.js';
import { LOGGER } from './http/logger.js';
import { IdentitiesModule } from './identities/identities.module.js';
import { type JobSettings, jobSettings } from './jobs/job.js';
import { JobsModule } from './jobs/jobs.module.js';
import { KeysModule } from './keys/keys.module.js';
import { OpenapiModule } from './openapi/openapi.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { OutboxModule } from './outbox/outbox.module.js';
import { RealmsModule } from './realms/realms.module.js';
import { ScopeModule } from './scope/scope.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SettingsModule } from './settings/settings.module.js';
import { SsoModule } from './sso/sso.module.js';
import { TokensModule } from './tokens/tokens.module.js';

/** What every feature may ask for. */
@Global()
@Module({})
class FoundationModule {
  static for(config: ServiceConfig, logger: Logger, clock: Clock): DynamicModule {
    const provided = [
      { provide: SERVICE_CONFIG, useValue: config },
      { provide: LOGGER, useValue: logger },
      { provide: Clock, useValue: clock },
      PasswordHasher,
      { provide: SecretBox, useFactory: () => new SecretBox(config.masterKeys) },
    ];
    return { module: FoundationModule, providers: provided, exports: provided };
  }
}

/** The features of the service. */
@Module({})
export class AppModule {
  static for(config: ServiceConfig, logger: Logger, clock: Clock, jobs: JobSettings = jobSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        FoundationModule.for(config, logger, clock),
        DatabaseModule,
        JobsModule.for(jobs, logger),
        KeysModule,
        AccessModule,
        SessionsModule,
        ScopeModule,
        HealthModule,
        OutboxModule,
        SettingsModule,
        ApplicationKeysModule,
        CustomersModule,
        AddressesModule,
        OrdersModule,
        RealmsModule,
        IdentitiesModule,
        SsoModule,
        TokensModule,
        OpenapiModule,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: APP_PIPE, useClass: ContractPipe },
      ],
    };
  }
}
