import { once } from 'node:events';
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { inProject } from '../project.mjs';
import { Browser } from './browser.mjs';

/** The whole way with a browser that has no window. */
export async function walkByHand({ storefront, transcript, person }) {
  const { url, redirectUri } = await begin({ storefront, transcript });
  const browser = new Browser(transcript);
  transcript.step('2. The browser goes to the authorization endpoint, and from there to the provider');
  const page = await browser.open(url, redirectUri);
  const [, action] = /<form method="post" action="([^"]+)"/.exec(page.text ?? '') ?? [];
  if (action === undefined) throw notThePage(storefront, page);

  transcript.step(
    `3. ${person} signs in there, and is sent back with a code: to the service, which checks it, and to the storefront`,
  );
  const end = await browser.open(new URL(action, page.url).href, redirectUri, { person });
  if (end.text !== null) throw notThePage(storefront, end);
  await finish({ storefront, transcript, returned: end.url, redirectUri });
}

/** The same with a real browser, which this process waits for where the storefront would. */
export async function walkInBrowser({ storefront, transcript }) {
  const { url, redirectUri } = await begin({ storefront, transcript });
  // Before anybody is told where to go.
  const waiting = await listenForBrowser(redirectUri);
  transcript.step('2. Open this in your browser and choose somebody');
  transcript.write(`\n  ${url}\n`);
  const returned = await waiting.returned;
  transcript.step('3. The browser came back');
  transcript.write(`  GET ${transcript.url(returned)}`);
  await finish({ storefront, transcript, returned, redirectUri });
}

async function begin({ storefront, transcript }) {
  const { PROFILE_NAME, WALK_REDIRECT_URI } = await constants();
  transcript.step('1. The storefront gets an access token and asks who can log people in');
  await storefront.open();
  const { clientId, profiles } = await storefront.options();
  const profile = profiles.find(({ name }) => name === PROFILE_NAME);
  if (profile === undefined) {
    throw new Error(`There is no OIDC profile "${PROFILE_NAME}": it comes with \`npm start\` on its own database`);
  }
  transcript.value('profile', profile.id);
  transcript.value('issuer', profile.meta.issuer);
  return { url: storefront.authorizationUrl(profile, clientId, WALK_REDIRECT_URI), redirectUri: WALK_REDIRECT_URI };
}

async function finish({ storefront, transcript, returned, redirectUri }) {
  const code = storefront.codeFrom(returned);
  transcript.step('4. The storefront redeems the code, with the verifier that only it knows, for a customer token');
  const token = await storefront.redeem(code, redirectUri);
  transcript.json(token);
  transcript.step('5. The token opens that customer');
  transcript.json(await storefront.customer(token));
}

/** Of the code that runs, so that this file cannot name others. */
async function constants() {
  const file = inProject('dist/local-provider/local-sign-in.js');
  if (!existsSync(file)) throw new Error('Nothing is built yet: run `npm start` in another terminal first');
  return import(file);
}

/** What is in the log of the service is told to nobody else. */
function notThePage({ url }, page) {
  if (page.text === null) return new Error(`The sign-in ended early: ${page.url}`);
  const text = page.text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return new Error(`Neither the sign-in page nor the way back: ${text.slice(0, 300)} (the log of ${url} says more)`);
}

/** Serves the redirect URI; `returned` is the URL with which a browser has been there. */
async function listenForBrowser(redirectUri) {
  const { origin, pathname, port } = new URL(redirectUri);
  const server = createServer();
  server.listen(Number(port), '127.0.0.1');
  await once(server, 'listening').catch((cause) => {
    throw new Error(`${origin} is taken (${cause.code}): stop the program that listens there`, { cause });
  });
  const returned = new Promise((resolve) => {
    server.on('request', (request, response) => {
      const url = new URL(request.url, origin);
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      if (url.pathname !== pathname) return response.writeHead(404).end('Not here\n');
      response.end('Done: go back to the terminal.\n', () => {
        resolve(url.href);
        server.close();
        server.closeAllConnections();
      });
    });
  });
  return { returned };
}
