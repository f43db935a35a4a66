import { Injectable } from '@nestjs/common';
import { CustomerWriter } from '../customers/customer-writer.js';

/** What becomes of the orders of a customer who goes: they stay, with their own copy of name and email, and belong to nobody. */
@Injectable()
export class CustomerOrders {
  constructor(writer: CustomerWriter) {
    writer.removals.add(async (tx, { storeId, id }) => {
      await tx.order.updateMany({
        where: { storeId, customerId: id },
        data: { customerId: null, version: { increment: 1 } },
      });
    });
  }
}
