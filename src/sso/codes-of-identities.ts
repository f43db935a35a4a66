import { Injectable } from '@nestjs/common';
import { IdentityWriter } from '../identities/identity-writer.js';

/** Codes that were issued for identities end with them. */
@Injectable()
export class CodesOfIdentities {
  constructor(identities: IdentityWriter) {
    identities.endings.add(async (tx, { storeId, ids }) => {
      await tx.authorizationCode.deleteMany({ where: { storeId, identityId: { in: [...ids] } } });
    });
  }
}
