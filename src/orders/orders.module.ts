import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { CustomerOrders } from './customer-orders.js';
import { OrderAnonymizationService } from './order-anonymization.service.js';
import { OrderUpdatesService } from './order-updates.service.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [AccessModule, CustomersModule],
  controllers: [OrdersController],
  providers: [OrdersService, OrderUpdatesService, OrderAnonymizationService, CustomerOrders],
})
export class OrdersModule {}
