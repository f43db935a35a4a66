import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { answerPage, errorPage, signInPage } from './pages.js';
import { findPerson } from './people.js';

const BODY_BYTES_MAX = 1_024;
const PATH = /^\/sign-in\/[\w-]+$/;

/** Where the provider sends a browser whose user it does not know yet. */
export function signInPath(interactionId: string): string {
  return `/sign-in/${interactionId}`;
}

/**
 * Shows the page on which somebody chooses a person, and takes the choice. No password is asked for: whoever reaches the page sits at
 * the development machine.
 *
 * @returns whether the request was for this page
 */
export async function answeredSignIn(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [path = ''] = (request.url ?? '').split('?');
  if (!PATH.test(path)) return false;
  try {
    if (request.method === 'POST') await take(provider, request, response);
    else await show(provider, path, request, response);
  } catch (cause) {
    if (response.headersSent || !isSessionNotFound(cause)) throw cause;
    answerPage(response, 400, errorPage('This sign-in is over', 'Begin again where you came from.'));
  }
  return true;
}

async function show(
  provider: Provider,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  answerPage(response, 200, signInPage(path, String(params['client_id'])));
}

async function take(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const interaction = await provider.interactionDetails(request, response);
  const choice = new URLSearchParams(await bodyOf(request)).get('person');
  if (choice === '') {
    const refusal = { error: 'access_denied', error_description: 'The sign-in was cancelled.' };
    return provider.interactionFinished(request, response, refusal);
  }
  const person = findPerson(choice);
  if (person === undefined) return answerPage(response, 400, errorPage('Nobody was chosen', 'Go back and choose.'));

  const { session } = interaction;
  if (session?.accountId !== undefined && session.accountId !== person.id) {
    // The library would ask the other person to log out, by a script: here they are the same developer.
    await (await provider.Session.findByUid(session.uid))?.destroy();
    delete interaction.session;
    await interaction.save(interaction.exp - Math.floor(Date.now() / 1_000));
  }
  return provider.interactionFinished(request, response, { login: { accountId: person.id }, consent: {} });
}

/** The beginning of a form that is longer than ours is as good as none. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('latin1')) {
    body += String(chunk);
    if (body.length > BODY_BYTES_MAX) return '';
  }
  return body;
}

function isSessionNotFound(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'SessionNotFound';
}
