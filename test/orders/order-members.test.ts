import { describe, expect, it } from 'vitest';
import { moment, oneOf, optional, text } from '../../src/orders/order-members.js';
import { z } from 'zod';

describe('moment', () => {
  it.each([
    ['2025-03-01T10:00:00Z', '2025-03-01T10:00:00.000Z'],
    ['2025-03-01t10:00:00z', '2025-03-01T10:00:00.000Z'],
    ['2025-03-01T10:00:00+02:00', '2025-03-01T08:00:00.000Z'],
    ['2025-03-01T10:00:00.123456789-00:00', '2025-03-01T10:00:00.123Z'],
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('reads %s', (written, expected) => {
    expect(moment.parse(written)).toEqual(new Date(expected));
  });

  it.each([undefined, null, ''])('takes %j as left out', (value) => {
    expect(moment.safeParse(value)).toEqual({ success: true, data: undefined });
  });

  it.each([
    '2025-03-01',
    '2025-03-01T10:00Z',
    '2025-03-01T10:00:00',
    '2025-03-01 10:00:00Z',
    '2025-03-01T10:00:00+0200',
    '2025-02-29T10:00:00Z',
    '2025-03-01T24:00:00Z',
    '+012025-03-01T10:00:00Z',
    'March 1, 2025',
    '1740823200',
  ])('refuses %s as no date-time', (written) => {
    const result = moment.safeParse(written);
    expect(result.error?.issues).toEqual([expect.objectContaining({ code: 'invalid_format', format: 'datetime' })]);
  });

  it.each(['1969-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-00:01'])(
    'refuses %s as too early or too late',
    (written) => {
      const result = moment.safeParse(written);
      const params = { rule: 'text', text: 'must lie in the years 1970 to 9999.' };
      expect(result.error?.issues).toEqual([expect.objectContaining({ code: 'custom', params })]);
    },
  );

  it('refuses a number', () => {
    expect(moment.safeParse(1_740_823_200).success).toBe(false);
  });
});

describe('text', () => {
  it('keeps text up to its length, and takes null and empty text as left out', () => {
    const member = text(3);
    expect([member.parse('abc'), member.parse(' '), member.parse(''), member.parse(null)]).toEqual([
      'abc',
      ' ',
      undefined,
      undefined,
    ]);
    expect(member.safeParse('abcd').success).toBe(false);
  });
});

describe('oneOf', () => {
  it('keeps a value of the enumeration, takes null and empty text as left out, and refuses what is inherited', () => {
    const member = oneOf({ red: 'red', blue: 'blue' });
    expect([member.parse('red'), member.parse(''), member.parse(null), member.parse(undefined)]).toEqual([
      'red',
      undefined,
      undefined,
      undefined,
    ]);
    for (const value of ['Red', 'toString', '__proto__', 0]) expect(member.safeParse(value).success).toBe(false);
  });
});

describe('optional', () => {
  it('takes null as left out and keeps false and zero', () => {
    const member = optional(z.union([z.boolean(), z.number()]));
    expect([member.parse(null), member.parse(undefined), member.parse(false), member.parse(0)]).toEqual([
      undefined,
      undefined,
      false,
      0,
    ]);
  });
});
