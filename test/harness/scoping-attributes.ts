import { addressAttributes } from '../../src/addresses/address-attributes.contract.js';
import { customerAttributes } from '../../src/customers/customer-attributes.contract.js';
import { orderAttributes } from '../../src/orders/order-attributes.contract.js';
import { ok, scoped, type ScopingEntry } from './scoping-answers.js';

/** The same for everybody who may read the resource at all. */
function described(path: string, attributes: object): ScopingEntry {
  const answer = ok(() => attributes);
  return {
    path: () => path,
    answers: scoped({ own: answer, other: answer, foreign: answer, service: answer, foreignService: answer }),
  };
}

export const attributeEntries: Readonly<Record<string, ScopingEntry>> = {
  'GET /v2/addresses/attributes': described('/v2/addresses/attributes', addressAttributes),
  'GET /v2/customers/attributes': described('/v2/customers/attributes', customerAttributes),
  'GET /v2/orders/attributes': described('/v2/orders/attributes', orderAttributes),
};
