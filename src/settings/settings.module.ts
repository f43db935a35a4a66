import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { StoreSettingsController } from './store-settings.controller.js';

@Module({ imports: [AccessModule], controllers: [StoreSettingsController] })
export class SettingsModule {}
