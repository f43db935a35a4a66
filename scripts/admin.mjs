// Stores, their settings and their application keys, for whoever operates the deployment: `npm run admin` says what there is.
import './node-version.mjs';
import { existsSync } from 'node:fs';
import { inProject, ROOT } from './project.mjs';
import { setUpOrExit } from './setup.mjs';

// A container image holds what was built and no compiler: there is nothing to set up.
if (existsSync(inProject('src')) || !existsSync(inProject('dist/bundle/admin.js'))) await setUpOrExit();
// Where `npm start` stands when it reads DATA_DIR.
process.chdir(ROOT);
const { runAdmin } = await import('../dist/bundle/admin.js');
process.exitCode = await runAdmin(process.argv.slice(2), process.env, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
