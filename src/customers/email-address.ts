import { toASCII, toUnicode } from 'tr46';
import { wordCharacters } from '../text/character-classes.js';
import { compatible, fold, isAssigned } from '../text/folding.js';

const LENGTH_MAX = 254;
const LOCAL_PART_LENGTH_MAX = 64;
/** Of a dot-atom (RFC 5322 section 3.2.3), with letters, marks and digits of any script (RFC 6531) that can be seen. */
const ATOM = `[${wordCharacters}!#$%&'*+/=?^_\`{|}~\\-]+`;
const LOCAL_PART = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, 'u');
/** The at sign, and its full-width and small forms. */
const AT_SIGNS = /[@\uff20\ufe6b]/g;
/** What a domain may hold, of whichever width; U+3002 is the dot of East Asian keyboards. */
const DOMAIN_TEXT = new RegExp(`^[${wordCharacters}.\u3002\\-]+$`, 'u');
/** Nearly every domain, of which the processing below would change the capitals only, in a hundred times the time. */
const PLAIN_DOMAIN = /^(?!(?:.*\.)?xn--)[a-z0-9.-]+$/i;
/** Labels of letters, digits and hyphens; the last is no number, which would make it an IPv4 address. */
const DOMAIN =
  /^(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!(?:\d+|0x[\da-f]*)$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** UTS #46, nontransitional, as browsers read the host of a URL. */
const PROCESSING = { checkBidi: true, checkJoiners: true, useSTD3ASCIIRules: true } as const;

export interface EmailAddress {
  /** As typed, without blanks around it. */
  readonly typed: string;
  /** The one form of every spelling: the local part in NFKC and lower case, the domain in ASCII. */
  readonly canonical: string;
  /** The domain of the canonical form. */
  readonly domain: string;
}

/**
 * Reads an email address, null when it is none. Normalising comes before checking, or a full-width `＠` would pass unseen; and
 * it happens here only, as the database folds some letters differently. Letters that look alike in different scripts stay
 * different addresses: they are different mailboxes. Nothing in it depends on the runtime's tables of characters and domains: an
 * address has one form, or none, on all.
 *
 * The domain is read as it was typed, as mail programs and browsers read it: behind NFKC, UTS #46 would find another domain for some
 * letters (`ϲ`), and one where it finds none (`․`), which is the domain of somebody else.
 */
export function parseEmailAddress(text: string): EmailAddress | null {
  const typed = text.trim();
  if (typed.length > LENGTH_MAX) return null;
  const parts = withPlainAtSigns(typed);
  const at = parts.lastIndexOf('@');
  const local = fold(parts.slice(0, Math.max(at, 0)));
  // check: email: the domain as it was typed
  const domain = domainInAscii(parts.slice(at + 1));
  const canonical = `${local}@${domain ?? ''}`;
  const valid =
    domain !== null &&
    Buffer.byteLength(local) <= LOCAL_PART_LENGTH_MAX &&
    canonical.length <= LENGTH_MAX &&
    // check: email: letters that can be seen and that every runtime knows
    LOCAL_PART.test(local);
  return valid ? { typed, canonical, domain } : null;
}

export function withPlainAtSigns(text: string): string {
  return text.replace(AT_SIGNS, '@');
}

function domainInAscii(text: string): string | null {
  if (!DOMAIN_TEXT.test(compatible(text))) return null;
  const domain = PLAIN_DOMAIN.test(text) ? text.toLowerCase() : processed(text);
  return domain !== null && DOMAIN.test(domain) ? domain : null;
}

function processed(text: string): string | null {
  const domain = toASCII(text, PROCESSING);
  // Behind `xn--` there may be characters that one runtime knows and another one does not.
  // check: email: characters behind xn-- that every runtime knows
  const isKnown = domain !== null && isAssigned(toUnicode(domain, PROCESSING).domain);
  return isKnown ? domain : null;
}
