import { describeOperations } from './operations.js';
import { runsInTests } from './property-runs.js';

describeOperations(/^Single sign-on/, runsInTests);
