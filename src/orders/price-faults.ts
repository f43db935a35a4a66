import type { Fault } from '../jsonapi/faults.js';
import type { PriceFault, PriceRule } from './order-prices.js';

const SENTENCE_ENDS: Readonly<Record<PriceRule, string>> = {
  currency_unknown: 'must be a currency code of ISO 4217.',
  currency_mixed: 'must be the same currency as in the other prices of the order.',
  currency_missing: 'is required for an order without items.',
  amount_too_large: `would be beyond ${Number.MAX_SAFE_INTEGER}.`,
};

/**
 * Words what is wrong with the prices of an order for its writer.
 *
 * @param itemsPath where in the body the items were found
 */
export function toBodyFaults(faults: readonly PriceFault[], itemsPath: readonly string[]): Fault[] {
  return faults.map(({ path: [first = '', ...rest], rule }) => ({
    path: first === 'items' ? [...itemsPath, ...rest] : ['data', first, ...rest],
    rule: 'text',
    text: SENTENCE_ENDS[rule],
  }));
}
