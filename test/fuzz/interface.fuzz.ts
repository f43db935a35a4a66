import { describeOperations } from '../openapi/operations.js';
import { fuzzRuns } from './fuzz-runs.js';

/** Each case is a request or two: a tenth of the cases of other properties, 1,000 where nothing else is said. */
describeOperations(/./, { seed: fuzzRuns.seed ?? 1, numRuns: Math.max(1, Math.ceil((fuzzRuns.numRuns ?? 100) / 10)) });
