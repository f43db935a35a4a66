import { Injectable } from '@nestjs/common';
import { CustomerWriter } from '../customers/customer-writer.js';
import type { WriteTransaction } from '../database/write-transaction.js';

/** What becomes of an address book when its customer goes, or is handed to somebody else. */
@Injectable()
export class CustomerAddresses {
  constructor(writer: CustomerWriter) {
    writer.removals.add(removeAddresses);
    // The earlier holder's addresses are for nobody else to see, or to have parcels sent to.
    writer.takeOvers.add(async (tx, customer) => {
      const { storeId, id: customerId } = customer;
      const addresses = await tx.address.findMany({ where: { storeId, customerId }, select: { id: true } });
      await removeAddresses(tx, customer);
      for (const { id } of addresses) {
        tx.record({ type: 'address_deleted', subjectId: id, data: { customer_id: customerId } });
      }
    });
  }
}

async function removeAddresses(tx: WriteTransaction, customer: { storeId: string; id: string }): Promise<void> {
  await tx.address.deleteMany({ where: { storeId: customer.storeId, customerId: customer.id } });
}
