import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { CustomerPasswords } from './customer-passwords.js';
import { CustomerWriter } from './customer-writer.js';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';

@Module({
  imports: [AccessModule, SessionsModule],
  controllers: [CustomersController],
  providers: [CustomersService, CustomerPasswords, CustomerWriter],
  exports: [CustomersService, CustomerWriter],
})
export class CustomersModule {}
