import type { FastifyReply } from 'fastify';
import { browserHeaders } from './storefront-redirect.js';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign-in ended</title>
<h1>This sign-in cannot be continued</h1>
<p>It was already used, has expired, or was begun in another browser. Go back to the shop and sign in again.</p>
</html>
`;

/** For a browser that comes with nothing that says where it belongs: it is sent nowhere, and shown nothing of what it brought. */
export function answerDeadEnd(reply: FastifyReply): void {
  void reply
    .status(400)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      ...browserHeaders,
    })
    .send(PAGE);
}
