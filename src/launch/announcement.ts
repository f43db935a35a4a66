import { join } from 'node:path';
import { writeDevelopmentCredentials, type DevelopmentCredentials } from './development-files.js';
import type { LocalSignIn } from '../local-provider/local-sign-in.js';
import type { Settled } from './settle.js';
import { curlStory } from './curl-story.js';

/** The lines around the part of the announcement that can be pasted into a shell. */
export const STORY_BEGIN = '-------- paste from here --------';
export const STORY_END = '-------- to here ----------------';

/**
 * Tells whoever started the service how to reach it: by the base URL of its links and tokens, and where that is not where it
 * listens, by that as well. Secrets are shown only where the database is our own.
 */
export function announce({ config, mode, listeningUrl }: Settled, storeId: string, signIn: LocalSignIn | null): void {
  const baseUrl = config.publicUrl;
  const elsewhere = listeningUrl === baseUrl ? null : listeningUrl;
  if (mode === 'given database' || config.bootstrapKey === null) {
    const listens = elsewhere === null ? '' : `, and listens at ${elsewhere}`;
    // In production the log alone speaks: its readers expect JSON.
    if (config.environment !== 'production') process.stdout.write(`Gatehouse is ready at ${baseUrl}${listens}\n`);
    return;
  }
  const { clientId, clientSecret } = config.bootstrapKey;
  const credentials: DevelopmentCredentials = {
    base_url: baseUrl,
    ...(elsewhere === null ? {} : { listening_url: elsewhere }),
    store_id: storeId,
    client_id: clientId,
    client_secret: clientSecret,
  };
  if (mode === 'ephemeral') {
    const sso = signIn && signInMembers(signIn);
    process.stdout.write(`${JSON.stringify({ ...credentials, database_url: config.databaseUrl, sso })}\n`);
    return;
  }
  writeDevelopmentCredentials(config.dataDir, credentials);
  process.stdout.write(`${announcement(credentials, join(config.dataDir, 'dev-credentials.json'), signIn)}\n`);
}

function announcement(credentials: DevelopmentCredentials, file: string, signIn: LocalSignIn | null): string {
  const { listening_url: elsewhere } = credentials;
  const listens =
    elsewhere === undefined ? '' : `  listening at   ${elsewhere} (PUBLIC_URL, the base URL, must lead there)\n`;
  return `
Gatehouse is ready.

  base URL       ${credentials.base_url}
${listens}  store id       ${credentials.store_id}
  client id      ${credentials.client_id}
  client secret  ${credentials.client_secret}
  (also in ${file})

A shop in nine requests: a customer registers, logs in and saves an address; your back end records an
order; the customer reads both. Every paste makes another customer.

${STORY_BEGIN}
${curlStory(credentials)}
${STORY_END}
${signIn === null ? '' : signInStory(signIn)}
Ctrl-C stops the service and its database; the data stays.
`;
}

function signInStory({ profileId, discoveryUrl, loginUrl, redirectUri }: LocalSignIn): string {
  return `
Single sign-on: a local OpenID Provider with two people, Ada and Grace, is the profile "Local sign-in".

  npm run sso                 logs Ada in and shows each step; \`npm run sso grace\` does so with Grace
  npm run sso -- --browser    prints a URL to open in your browser, and takes over where the browser comes back

  profile id     ${profileId}
  discovery URL  ${discoveryUrl}
  login URL      ${loginUrl}
  redirect URI   ${redirectUri}
`;
}

/** For programs, in the one line of the throwaway mode. */
function signInMembers({ profileId, discoveryUrl, loginUrl, redirectUri }: LocalSignIn) {
  return { profile_id: profileId, discovery_url: discoveryUrl, login_url: loginUrl, redirect_uri: redirectUri };
}
