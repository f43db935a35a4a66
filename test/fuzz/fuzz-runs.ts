import type { Parameters } from 'fast-check';

/** As `npm run fuzz` sets them; without it, few and always the same. */
export const fuzzRuns: Parameters<unknown> = {
  seed: Number(process.env['FUZZ_SEED'] ?? 1),
  numRuns: Number(process.env['FUZZ_RUNS'] ?? 100),
};
