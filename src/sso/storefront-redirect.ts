import type { FastifyReply } from 'fastify';
import type { StorefrontError } from './storefront-errors.js';

/** Where a storefront waits for the answer, and what it wants back. */
export interface StorefrontReturn {
  /** One of the realm's redirect URIs, byte for byte. */
  readonly redirectUri: string;
  /** Its `state`, percent-encoded as it came: it goes back unchanged, whichever rules it was encoded by. Null: none came. */
  readonly state: string | null;
}

/** A browser that follows a redirect with a POST or a body would repeat it at the storefront: 303 makes it a GET. */
export function redirectWithCode(reply: FastifyReply, to: StorefrontReturn, code: string): void {
  send(reply, 303, to, { code });
}

/** @param status 307 for a fault of the storefront's own request, 303 for what happened later */
export function redirectWithError(
  reply: FastifyReply,
  status: 303 | 307,
  to: StorefrontReturn,
  { error, description }: StorefrontError,
): void {
  send(reply, status, to, { error, error_description: description });
}

function send(reply: FastifyReply, status: 303 | 307, to: StorefrontReturn, members: Record<string, string>): void {
  const pairs = Object.entries(members).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  if (to.state !== null) pairs.push(`state=${to.state}`);
  const separator = to.redirectUri.includes('?') ? '&' : '?';
  void reply
    .status(status)
    .headers({ location: `${to.redirectUri}${separator}${pairs.join('&')}`, ...browserHeaders })
    .send();
}

/** The URL of the page holds codes and states: no other page learns it. */
export const browserHeaders = { 'referrer-policy': 'no-referrer' };
