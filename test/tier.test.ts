import { describe, expect, it } from 'vitest';
import { sampled } from './harness/tier/sizes.js';

interface Cell {
  readonly row: number;
  readonly column: string;
}

const COLUMNS = ['a', 'b', 'c', 'd', 'e'];
const TABLE: Cell[] = Array.from({ length: 20 }, (_, row) => COLUMNS.map((column) => ({ row, column }))).flat();

/** Numbers that look random, and are the same for the same start. */
function drawsFrom(start: number): () => number {
  let state = start;
  return () => (state = (state * 48_271) % 2_147_483_647);
}

describe('a sample of a table', () => {
  it('has as many rows as it is told to take, in the order of the table', () => {
    const sample = sampled(TABLE, { take: 17 }, drawsFrom(1));
    expect(sample).toHaveLength(17);
    expect(sample).toEqual(TABLE.filter((cell) => sample.includes(cell)));
  });

  it('is the same for the same numbers, and another one for others', () => {
    const [one, again, other] = [drawsFrom(1), drawsFrom(1), drawsFrom(2)].map((draw) =>
      sampled(TABLE, { take: 17 }, draw),
    );
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('holds what is always to be there, and every value of each dimension, also where that is more than it is told to take', () => {
    for (let start = 1; start <= 50; start += 1) {
      const sample = sampled(
        TABLE,
        {
          take: 3,
          always: ({ row, column }) => row === 7 && column !== 'a',
          each: [({ row }) => row, ({ column }) => column],
        },
        drawsFrom(start),
      );
      expect(sample).toEqual(expect.arrayContaining(TABLE.filter(({ row, column }) => row === 7 && column !== 'a')));
      expect(new Set(sample.map(({ row }) => row)).size).toBe(20);
      expect(new Set(sample.map(({ column }) => column)).size).toBe(5);
      expect(sample.length).toBeLessThan(40);
    }
  });

  it('comes by every cell in the end: no cell is left out by all of five hundred samples', () => {
    const seen = new Set<Cell>();
    for (let start = 1; start <= 500; start += 1) {
      for (const cell of sampled(TABLE, { take: 10 }, drawsFrom(start * 7_919))) seen.add(cell);
    }
    expect(seen.size).toBe(TABLE.length);
  });

  it('of a table that is smaller than it is told to take is the table', () => {
    expect(sampled(TABLE, { take: 1_000 }, drawsFrom(1))).toEqual(TABLE);
  });
});
