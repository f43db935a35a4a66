// Writes openapi.json, the document of the interface, from the sources. A test compares both.
import './node-version.mjs';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { inProject, ROOT } from './project.mjs';
import { setUpOrExit } from './setup.mjs';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

await setUpOrExit();
const options = { cwd: ROOT, maxBuffer: OUTPUT_BYTES_MAX, stdio: ['ignore', 'pipe', 'inherit'] };
writeFileSync(inProject('openapi.json'), execFileSync(process.execPath, ['dist/write-interface.js'], options));
