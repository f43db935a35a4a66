// Looks at the reference at /docs in a real browser: nothing complained of, nothing asked of others, and a request sent from it works.
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { findChromium } from './browser.mjs';
import { inProject, ROOT } from './project.mjs';
import { setUpOrExit } from './setup.mjs';

const CHROMIUM = findChromium();
if (CHROMIUM === null) {
  console.error('No Chromium here: install one, or name it in CHROMIUM.');
  process.exit(1);
}
await setUpOrExit();
const args = ['run', '--config', 'vitest.browser.config.ts', ...process.argv.slice(2)];
const child = spawn(process.execPath, [inProject('node_modules/vitest/vitest.mjs'), ...args], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, CHROMIUM },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
