import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OrderAnonymizationService } from './order-anonymization.service.js';
import { OrderUpdatesService } from './order-updates.service.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [AccessModule],
  controllers: [OrdersController],
  providers: [OrdersService, OrderUpdatesService, OrderAnonymizationService],
})
export class OrdersModule {}
