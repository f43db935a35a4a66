import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({ imports: [AccessModule], controllers: [OrdersController], providers: [OrdersService] })
export class OrdersModule {}
