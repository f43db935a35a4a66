import { describe, expect, it } from 'vitest';
import { joined, sql } from '../../src/jsonapi/sql.js';

describe('sql', () => {
  it('keeps values out of the text and numbers them', () => {
    const hostile = `'; DROP TABLE customers; --$1`;
    const piece = sql`SELECT 1 WHERE a = ${hostile} AND b = ${2}`;

    expect(piece.statement).toEqual({ text: 'SELECT 1 WHERE a = $1 AND b = $2', values: [hostile, 2] });
  });

  it('puts pieces into pieces, with the values in the order of the text', () => {
    const column = sql`customers.name`;
    const first = sql`${column} = ${'a'}`;
    const whole = sql`${'before'} < x AND (${first}) AND ${sql`TRUE`} AND ${column} IN (${'b'}, ${null})`;

    expect(whole.statement).toEqual({
      text: '$1 < x AND (customers.name = $2) AND TRUE AND customers.name IN ($3, $4)',
      values: ['before', 'a', 'b', null],
    });
    expect(first.statement).toEqual({ text: 'customers.name = $1', values: ['a'] });
  });

  it('numbers more than nine', () => {
    const list = Array.from({ length: 12 }, (_, index) => sql`${index}`);
    expect(joined(list, 'OR', sql`FALSE`).text).toBe(
      '($1) OR ($2) OR ($3) OR ($4) OR ($5) OR ($6) OR ($7) OR ($8) OR ($9) OR ($10) OR ($11) OR ($12)',
    );
  });

  it('joins pieces so that none binds to its neighbour, and says what stands for none', () => {
    const either = joined([sql`a = ${1}`, sql`b = ${2}`], 'OR', sql`FALSE`);
    expect(joined([either, sql`c = ${3}`], 'AND', sql`TRUE`).statement).toEqual({
      text: '((a = $1) OR (b = $2)) AND (c = $3)',
      values: [1, 2, 3],
    });
    expect(joined([sql`a`], 'AND', sql`TRUE`).text).toBe('a');
    expect(joined([], 'OR', sql`FALSE`).text).toBe('FALSE');
  });
});
