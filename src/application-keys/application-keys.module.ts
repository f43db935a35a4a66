import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ApplicationKeysController } from './application-keys.controller.js';
import { ApplicationKeysService } from './application-keys.service.js';

@Module({
  imports: [AccessModule],
  controllers: [ApplicationKeysController],
  providers: [ApplicationKeysService],
  exports: [ApplicationKeysService],
})
export class ApplicationKeysModule {}
