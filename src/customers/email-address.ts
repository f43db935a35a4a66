import { domainToASCII } from 'node:url';

const LENGTH_MAX = 254;
const LOCAL_PART_LENGTH_MAX = 64;
/** A dot-atom (RFC 5322 section 3.2.3), with letters, marks and digits of any script (RFC 6531). */
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** What a domain may hold before it is turned into ASCII: the function that does so reads a whole URL host and drops the rest. */
const DOMAIN_TEXT = /^[\p{L}\p{M}\p{N}.\u3002-]+$/u;
/** Labels of letters, digits and hyphens; the last is not all digits, which would be an IPv4 address. */
const DOMAIN = /^(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export interface EmailAddress {
  /** As typed, without blanks around it. */
  readonly typed: string;
  /** The one form of every spelling: NFKC, lower case, the domain in ASCII. */
  readonly canonical: string;
  /** The domain of the canonical form. */
  readonly domain: string;
}

/**
 * Reads an email address, null when it is none. Normalising comes before checking, or a full-width `＠` would pass unseen; and
 * it happens here only, as the database folds some letters differently. Letters that look alike in different scripts stay
 * different addresses: they are different mailboxes.
 */
export function parseEmailAddress(text: string): EmailAddress | null {
  const typed = text.trim();
  if (typed.length > LENGTH_MAX) return null;
  const folded = fold(typed);
  const at = folded.lastIndexOf('@');
  const local = folded.slice(0, Math.max(at, 0));
  const domainText = folded.slice(at + 1);
  const domain = DOMAIN_TEXT.test(domainText) ? domainToASCII(domainText) : '';
  const canonical = `${local}@${domain}`;
  const valid =
    Buffer.byteLength(local) <= LOCAL_PART_LENGTH_MAX &&
    canonical.length <= LENGTH_MAX &&
    LOCAL_PART.test(local) &&
    DOMAIN.test(domain);
  return valid ? { typed, canonical, domain } : null;
}

/** NFKC and lower case, for comparisons that ignore case. Twice, since each of the two can make work for the other. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC');
}
