import { Injectable } from '@nestjs/common';
import { CustomerWriter } from '../customers/customer-writer.js';
import type { WriteTransaction } from '../database/write-transaction.js';

/** What becomes of an address book when its customer goes, or is handed to somebody else. */
@Injectable()
export class CustomerAddresses {
  constructor(writer: CustomerWriter) {
    writer.removals.add(removeAddresses);
    // The earlier holder's addresses are for nobody else to see, or to have parcels sent to.
    writer.takeOvers.add(removeAddresses);
  }
}

async function removeAddresses(tx: WriteTransaction, customer: { storeId: string; id: string }): Promise<void> {
  await tx.address.deleteMany({ where: { storeId: customer.storeId, customerId: customer.id } });
}
