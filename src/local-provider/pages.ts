import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { fullName, people } from './people.js';

const STYLE = `body{font:16px/1.5 sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem}
button{display:block;width:100%;margin:.5rem 0;padding:.7rem;font:inherit;text-align:left}`;

/**
 * No script, nothing from elsewhere, no frames. There is no `form-action`: browsers hold the redirects that follow a form to it as
 * well, and these lead to the service and on to the storefront.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every page of the provider. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Where somebody chooses who to be. */
export function signInPage(action: string, clientName: string): string {
  const buttons = people.map(
    (person) =>
      `<button name="person" value="${escaped(person.id)}">${escaped(fullName(person))}, ${escaped(person.email)}</button>`,
  );
  return page(
    'Local sign-in',
    `<p>This provider runs on a development machine. Who signs in to ${escaped(clientName)}?</p>
<form method="post" action="${escaped(action)}">
${buttons.join('\n')}
<button name="person" value="">Nobody: cancel</button>
</form>`,
  );
}

export function errorPage(title: string, text: string): string {
  return page(title, `<p>${escaped(text)}</p>`);
}

export function answerPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, PAGE_HEADERS).end(html);
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${content}
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');
}
