import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { HealthController } from './health.controller.js';
import { Startup } from './startup.js';

@Module({
  imports: [AccessModule, KeysModule],
  controllers: [HealthController],
  providers: [Startup],
  exports: [Startup],
})
export class HealthModule {}
