import { describeOperations } from './operations.js';
import { runsInTests } from './property-runs.js';

describeOperations(/^(Orders|Application keys|Store settings|Service)$/, runsInTests);
