import { describeOperations } from './operations.js';
import { runsInTests } from './property-runs.js';

describeOperations(/^(Customers|Customer tokens|Addresses|Access tokens)$/, runsInTests);
