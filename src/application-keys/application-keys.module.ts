import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { HealthModule } from '../health/health.module.js';
import { ApplicationKeysController } from './application-keys.controller.js';
import { ApplicationKeysService } from './application-keys.service.js';
import { BootstrapKey } from './bootstrap-key.js';
import { RetiredSecrets } from './retired-secrets.js';

@Module({
  imports: [AccessModule, HealthModule],
  controllers: [ApplicationKeysController],
  providers: [ApplicationKeysService, BootstrapKey, RetiredSecrets],
  exports: [ApplicationKeysService],
})
export class ApplicationKeysModule {}
