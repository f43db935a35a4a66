import { chapters } from './chapters.js';
import { describeOperations } from './operations.js';
import { runsInTests } from './property-runs.js';

describeOperations(chapters.customers, runsInTests);
