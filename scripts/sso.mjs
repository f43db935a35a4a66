// Walks a single sign-on in the terminal, step by step, as a storefront and a browser would, against the running `npm start`.
//
//   npm run sso                  Ada logs in
//   npm run sso grace            Grace does
//   npm run sso -- --browser     prints a URL for a real browser, and goes on where it comes back
//   npm run sso -- --show        codes, tokens and the like in full, not only how they begin
//
// GATEHOUSE_URL and CLIENT_ID name another service on this machine, as one of `docker compose`.
import './node-version.mjs';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ROOT } from './project.mjs';
import { Storefront } from './sso/storefront.mjs';
import { Transcript } from './sso/transcript.mjs';
import { walkByHand, walkInBrowser } from './sso/walk.mjs';

const PEOPLE = ['ada', 'grace'];
const FLAGS = ['--browser', '--show'];

try {
  const args = process.argv.slice(2);
  const unknown = args.find((argument) => ![...PEOPLE, ...FLAGS].includes(argument));
  if (unknown !== undefined)
    throw new Error(`Unknown argument ${unknown}: there are ${[...PEOPLE, ...FLAGS].join(', ')}`);
  const transcript = new Transcript({ secretsInFull: args.includes('--show') });
  const { url, clientId } = runningService();
  const storefront = new Storefront({ url, clientId, transcript });
  const person = args.find((argument) => PEOPLE.includes(argument)) ?? 'ada';
  await (args.includes('--browser')
    ? walkInBrowser({ storefront, transcript })
    : walkByHand({ storefront, transcript, person }));
} catch (cause) {
  console.error(cause.message);
  process.exitCode = 1;
}

function runningService() {
  // As the service reads its own variables: an env file of Windows leaves a line end behind each value.
  const [url, clientId, dataDir] = ['GATEHOUSE_URL', 'CLIENT_ID', 'DATA_DIR'].map((name) => process.env[name]?.trim());
  if (url && clientId) return { url: url.replace(/\/+$/, ''), clientId };
  const file = resolve(ROOT, dataDir || '.data', 'dev-credentials.json');
  try {
    const { base_url, client_id } = JSON.parse(readFileSync(file, 'utf8'));
    return { url: base_url, clientId: client_id };
  } catch {
    throw new Error(`Nothing to log in at (${file} is not there): run \`npm start\` in another terminal first`);
  }
}
