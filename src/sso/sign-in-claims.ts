import { type EmailAddress, parseEmailAddress } from '../customers/email-address.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import type { EmailTrust } from '../generated/prisma/enums.js';
import { composed, lowerCase } from '../text/folding.js';
import { onOneLine } from '../text/lines.js';

type Claims = Readonly<Record<string, unknown>>;

const NAME_LENGTH_MAX = 255;

/** What a provider said of a person (OpenID Connect Core, section 5.1), as far as it is used here. */
export interface PersonalClaims {
  readonly name: string;
  readonly email: EmailAddress;
  readonly emailIsProven: boolean;
}

/** Whether the userinfo endpoint is to be asked: for an email, for a name, or for the word that would make the email count. */
export function lacksClaims(emailTrust: EmailTrust): (claims: Claims) => boolean {
  return (claims) =>
    !isText(claims['email']) ||
    (emailTrust === 'claim' && (claims['email_verified'] ?? undefined) === undefined) ||
    givenNames(claims) === null;
}

/** @throws SignInRefused `email_missing`, `email_invalid` */
export function readPersonalClaims(claims: Claims, emailTrust: EmailTrust): PersonalClaims {
  if (!isText(claims['email'])) throw new SignInRefused('email_missing', { claim: 'email' });
  const email = parseEmailAddress(claims['email']);
  if (email === null) throw new SignInRefused('email_invalid', { claim: 'email' });
  // Exactly `true`: some providers send the text "true" for what they did not check, or leave the claim out.
  const emailIsProven =
    isSameMailbox(email) && (emailTrust === 'always' || (emailTrust === 'claim' && claims['email_verified'] === true));
  return { name: givenNames(claims) ?? email.typed, email, emailIsProven };
}

/**
 * Proof of a mailbox holds for the one that the canonical form names, not for one whose letters only look the same to it, such as
 * full-width ones: at the provider those may be two people's.
 */
function isSameMailbox({ typed, canonical }: EmailAddress): boolean {
  const localPart = (text: string) => text.slice(0, Math.max(0, text.lastIndexOf('@')));
  return lowerCase(localPart(composed(typed))) === localPart(canonical);
}

function givenNames(claims: Claims): string | null {
  const whole = cleaned(claims['name']);
  if (whole !== '') return whole;
  const parts = [cleaned(claims['given_name']), cleaned(claims['family_name'])].filter((part) => part !== '');
  return parts.length === 0 ? null : cut(parts.join(' '));
}

/** A login does not fail because of a name: what a name may not hold is taken out, where a writer of the interface is told. */
function cleaned(value: unknown): string {
  return typeof value === 'string' ? cut(onOneLine(value)) : '';
}

function cut(text: string): string {
  if (text.length <= NAME_LENGTH_MAX) return text;
  // Not through the middle of a character that takes two code units.
  return text
    .slice(0, NAME_LENGTH_MAX)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trim();
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
