import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { Database } from '../database/database.js';
import type { JobSettings } from './job.js';
import { Jobs } from './jobs.js';

/** Work in the background; every feature may declare its own. */
@Global()
@Module({})
export class JobsModule {
  static for(settings: JobSettings, logger: Logger): DynamicModule {
    const jobs = {
      provide: Jobs,
      inject: [Database],
      useFactory: (database: Database) => new Jobs(database, settings, logger),
    };
    return { module: JobsModule, providers: [jobs], exports: [jobs] };
  }
}
