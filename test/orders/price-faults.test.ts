import { describe, expect, it } from 'vitest';
import { toBodyFaults } from '../../src/orders/price-faults.js';

describe('toBodyFaults', () => {
  it('tells each fault by its place in the body, the items where they were found', () => {
    const faults = toBodyFaults(
      [
        { path: ['items', 3, 'unit_price', 'currency'], rule: 'currency_unknown' },
        { path: ['items', 0, 'value', 'amount'], rule: 'amount_too_large' },
        { path: ['meta', 'display_price', 'paid', 'currency'], rule: 'currency_mixed' },
        { path: ['meta', 'display_price', 'with_tax', 'currency'], rule: 'currency_missing' },
      ],
      ['included', 'items'],
    );

    expect(faults).toEqual([
      {
        path: ['included', 'items', 3, 'unit_price', 'currency'],
        rule: 'text',
        text: 'must be a currency code of ISO 4217.',
      },
      {
        path: ['included', 'items', 0, 'value', 'amount'],
        rule: 'text',
        text: 'would be beyond 9007199254740991.',
      },
      {
        path: ['data', 'meta', 'display_price', 'paid', 'currency'],
        rule: 'text',
        text: 'must be the same currency as in the other prices of the order.',
      },
      {
        path: ['data', 'meta', 'display_price', 'with_tax', 'currency'],
        rule: 'text',
        text: 'is required for an order without items.',
      },
    ]);
  });
});
