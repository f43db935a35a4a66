import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TakenSample } from './run.js';

/** For `it.runIf`: tests whose needs take long, or are not on every machine, run in the thorough tier only. */
export const isThorough = inject('tier') === 'thorough';

export interface Sizes {
  /** In `npm test`. */
  readonly test: number;
  /** In `npm run test:thorough`. */
  readonly thorough: number;
}

/** One of two numbers, by the tier: rounds of a race, or rows of a table. Under `title` the run prints which it was. */
export function sized(title: string, { test, thorough }: Sizes): number {
  const taken = isThorough ? thorough : test;
  note({ title, taken, of: thorough });
  return taken;
}

/** Parameters of a property run: the number of its cases, and a seed, from which fast-check makes the same ones again. */
export function cases(title: string, sizes: Sizes): { seed: number; numRuns: number } {
  return { seed: seedOf(title), numRuns: sized(title, sizes) };
}

/** A whole number that the seed of the run decides, another one for each title. */
export function seedOf(title: string): number {
  return draws(title)();
}

export interface SampleRules<Row> {
  /** How many rows `npm test` takes. More, where the other rules ask for more. */
  readonly take: number;
  /** Rows that are in every sample. */
  readonly always?: (row: Row) => boolean;
  /** Dimensions of the table: the sample holds each of their values at least once. */
  readonly each?: readonly ((row: Row) => unknown)[];
}

/** All rows of a table in the thorough tier, and else some, in their order: which ones, the seed of the run decides. */
export function sampleOf<Row>(title: string, rows: readonly Row[], rules: SampleRules<Row>): Row[] {
  const taken = isThorough ? [...rows] : sampled(rows, rules, draws(title));
  note({ title, taken: taken.length, of: rows.length });
  return taken;
}

/** The sample itself. @param draw gives the next of a row of numbers from 0 to 2^31 - 1 */
export function sampled<Row>(
  rows: readonly Row[],
  { take, always = () => false, each = [] }: SampleRules<Row>,
  draw: () => number,
): Row[] {
  const order = rows.map((row) => ({ row, at: draw() })).toSorted((one, other) => one.at - other.at);
  const shown = each.map(() => new Set<unknown>());
  const chosen = new Set<Row>();
  const choose = (row: Row) => {
    chosen.add(row);
    each.forEach((valueOf, index) => shown[index]?.add(valueOf(row)));
  };
  for (const { row } of order) if (always(row)) choose(row);
  for (const { row } of order) {
    if (each.some((valueOf, index) => shown[index]?.has(valueOf(row)) === false)) choose(row);
  }
  for (const { row } of order) if (chosen.size < take) choose(row);
  return rows.filter((row) => chosen.has(row));
}

/** A row of numbers that the seed of the run and a title decide. */
function draws(title: string): () => number {
  let count = 0;
  return () => {
    count += 1;
    return (
      createHash('sha256')
        .update(`${inject('seed')}\0${title}\0${count}`)
        .digest()
        .readUInt32BE() >>> 1
    );
  };
}

const noted = new Set<string>();

function note(sample: TakenSample): void {
  const line = JSON.stringify(sample);
  if (noted.has(line)) return;
  noted.add(line);
  appendFileSync(join(inject('samplesFolder'), `${process.pid}.jsonl`), `${line}\n`);
}
