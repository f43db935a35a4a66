import './node-version.mjs';
import { existsSync } from 'node:fs';
import { inProject } from './project.mjs';
import { setUpOrExit } from './setup.mjs';

// A container image holds what was built and no compiler: there is nothing to set up.
if (existsSync(inProject('src')) || !existsSync(inProject('dist/bundle/migrate.js'))) await setUpOrExit();
await import('../dist/bundle/migrate.js');
