import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Condition, type Filter, type FilterOperator, parseFilter } from '../../src/jsonapi/filter.js';
import type { FilterValue } from '../../src/jsonapi/filter-reader.js';
import { filterText } from './filter-text.js';
import { refusalOf, UNPARSABLE, UNSUPPORTED_CHARACTERS } from './refused-filter.js';
import { cases } from '../harness/tier/sizes.js';

const oneValue: FilterOperator[] = ['eq', 'neq', 'like', 'ilike', 'gt', 'ge', 'lt', 'le'];
const attribute = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,11}$/);

/** Any text that may stand in a filter, often with the characters that mean something there. */
const text = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...`\\'"(),:|* ab`.split('')) }))
  .filter((chosen) => !/[\p{Cc}\p{Cs}]/u.test(chosen));

const value: fc.Arbitrary<FilterValue> = fc.tuple(text, fc.boolean(), fc.boolean()).map(([chosen, start, end]) => {
  if (chosen === '*') return { text: chosen, starAtStart: start, starAtEnd: start };
  return {
    text: chosen,
    starAtStart: start && chosen.startsWith('*'),
    starAtEnd: end && chosen.endsWith('*'),
  };
});

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    kind: fc.constant('condition'),
    operator: fc.constantFrom(...oneValue),
    attribute,
    values: fc.tuple(value),
  }),
  fc.record({
    kind: fc.constant('condition'),
    operator: fc.constant('in'),
    attribute,
    values: fc.array(value, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant('condition'),
    operator: fc.constant('is_null'),
    attribute,
    values: fc.constant([]),
  }),
);

const alternatives = fc
  .array(condition, { minLength: 2, maxLength: 4 })
  .map((members): Filter => ({ kind: 'or', members }));

const pairs = fc.tuple(condition, condition, condition, condition).map(([a, b, c, d]): Filter => ({
  kind: 'and',
  members: [
    { kind: 'or', members: [a, b] },
    { kind: 'or', members: [c, { kind: 'and', members: [d, a] }] },
  ],
}));

const filter: fc.Arbitrary<Filter> = fc.oneof(
  condition,
  fc.array(condition, { minLength: 2, maxLength: 10 }).map((members): Filter => ({ kind: 'and', members })),
  alternatives,
  fc.tuple(condition, alternatives).map((members): Filter => ({ kind: 'and', members })),
  pairs,
);

describe('parseFilter', () => {
  it('reads every filter back from its text', () => {
    fc.assert(
      fc.property(filter, (written) => {
        fc.pre(Buffer.byteLength(filterText(written)) <= 8_192);
        expect(parseFilter(filterText(written))).toEqual(written);
      }),
      cases('filters read back from their text', { test: 200, thorough: 1_000 }),
    );
  });

  it('reads a value without quotes as the same one in quotes, but for blanks around it', () => {
    fc.assert(
      fc.property(text, (chosen) => {
        const escaped = chosen.replace(/[\\'"(),:|*]/g, '\\$&');
        const trimmed = chosen.replace(/^ +| +$/g, '');
        fc.pre(trimmed !== '');
        const expected: Filter = {
          kind: 'condition',
          operator: 'eq',
          attribute: 'a',
          values: [{ text: trimmed, starAtStart: false, starAtEnd: false }],
        };
        expect(parseFilter(`eq(a,${escaped})`)).toEqual(expected);
      }),
      cases('values of filters without quotes', { test: 200, thorough: 1_000 }),
    );
  });

  it('answers any text with a filter or with one of the two refusals', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('eq(', 'in(', 'a', ',', ')', '(', '|', ':', '"', "'", '\\', '*', ' ', 'x') }),
      filter.map(filterText).chain((whole) => fc.nat(whole.length).map((end) => whole.slice(0, end))),
    );
    fc.assert(
      fc.property(noise, (chosen) => {
        expect([null, UNPARSABLE, UNSUPPORTED_CHARACTERS]).toContainEqual(refusalOf(() => parseFilter(chosen)));
      }),
      cases('texts that may be filters', { test: 400, thorough: 2_000 }),
    );
  });
});
