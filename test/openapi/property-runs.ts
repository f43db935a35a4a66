import { randomInt } from 'node:crypto';
import type { PropertyRuns } from './operations.js';

/** Other cases each time. INTERFACE_SEED makes those of an earlier run again. */
export const runsInTests: PropertyRuns = {
  seed: Number(process.env['INTERFACE_SEED'] ?? randomInt(1_000_000_000)),
  numRuns: Number(process.env['INTERFACE_RUNS'] ?? 200),
};
