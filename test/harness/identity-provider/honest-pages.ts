import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Provider } from 'oidc-provider';

/**
 * Login and consent of the honest provider: `GET /interaction/:uid` is the page, `POST /interaction/:uid` its answer.
 *
 * @returns a listener that takes the requests for these pages, and answers null to all others
 */
export function interactionPages(provider: Provider, people: ReadonlyMap<string, unknown>) {
  return (request: IncomingMessage, response: ServerResponse): Promise<void> | null => {
    if (request.url?.startsWith('/interaction/') !== true) return null;
    return (request.method === 'POST' ? answer(request, response) : page(request, response)).catch((error: unknown) => {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
    });
  };

  async function page(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { uid, prompt, params } = await provider.interactionDetails(request, response);
    const field = prompt.name === 'login' ? `<input name="login" value="${escaped(params['login_hint'])}">` : '';
    const form = `<form method="post" action="/interaction/${uid}">${field}<button>${prompt.name}</button></form>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Provider</title>${form}`);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === 'consent') {
      const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) });
      grant.addOIDCScope(String(params['scope']));
      return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
    }
    const login = new URLSearchParams(await text(request)).get('login') ?? '';
    const result = people.has(login)
      ? { login: { accountId: login } }
      : { error: 'access_denied', error_description: `<script>alert(1)</script> ${login} may not log in` };
    return provider.interactionFinished(request, response, result);
  }
}

function escaped(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('&', '&amp;').replaceAll('"', '&quot;') : '';
}
