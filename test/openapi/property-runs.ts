import type { PropertyRuns } from '../harness/interface/property-run.js';
import { cases } from '../harness/tier/sizes.js';

export const runsInTests: PropertyRuns = cases('cases of each operation of the interface', { test: 16, thorough: 200 });
