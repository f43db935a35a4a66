import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CustomersModule } from '../customers/customers.module.js';
import { AddressesController, AddressLinksController } from './addresses.controller.js';
import { AddressesService } from './addresses.service.js';
import { CustomerAddresses } from './customer-addresses.js';

@Module({
  imports: [AccessModule, CustomersModule],
  controllers: [AddressesController, AddressLinksController],
  providers: [AddressesService, CustomerAddresses],
})
export class AddressesModule {}
