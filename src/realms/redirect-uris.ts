import { parseUrl } from '../config/url.js';

export const REDIRECT_URI_LENGTH_MAX = 2_048;

/** Characters of a URI (RFC 3986 section 2) but `#`: no blanks, no controls, no backslash, ASCII only. */
const URI_TEXT = /^(?:[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
/** Scheme and authority: a name or an address, maybe a port, and nobody's user name. */
const ORIGIN = /^(https?):\/\/([A-Za-z0-9\-._~]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?=[/?]|$)/;

/** Only as they stand here: a parser takes `127.1` and `LOCALHOST` for the same, another one may not. */
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a storefront may have the browser sent back to this: an absolute `https://` URL, or an `http://` one on the loopback
 * interface (RFC 8252 section 8.3), without a fragment (RFC 6749 section 3.1.2), at most 2048 characters.
 */
export function isRedirectUri(text: string): boolean {
  if (text.length > REDIRECT_URI_LENGTH_MAX || !URI_TEXT.test(text) || parseUrl(text) === null) return false;
  const [, scheme, host = ''] = ORIGIN.exec(text) ?? [];
  return scheme === 'https' || (scheme === 'http' && LOOPBACK_HOSTS.has(host));
}
