import * as fc from 'fast-check';
import { seedOf } from './sizes.js';

/** Property runs draw the same cases whenever the run has the same seed. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: seedOf('property runs') });
