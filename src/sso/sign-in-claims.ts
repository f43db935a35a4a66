import { type EmailAddress, parseEmailAddress } from '../customers/email-address.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import type { EmailTrust } from '../database/enumerations.js';
import { composed, lowerCase } from '../text/folding.js';
import { onOneLine } from '../text/lines.js';

type Claims = Readonly<Record<string, unknown>>;

const NAME_LENGTH_MAX = 255;

/** What a provider said of a person (OpenID Connect Core, section 5.1), as far as it is used here. */
export interface PersonalClaims {
  /** The email where the provider told no name. */
  readonly name: string;
  /** Or why there is none that a first sign-in could go by: `email_missing`, `email_invalid`. */
  readonly email: EmailAddress | SignInRefused;
  readonly emailIsProven: boolean;
}

/** A claim that the userinfo endpoint may know. */
export type LackingClaim = 'email' | 'email_verified' | 'name';

/** What a first sign-in would be the better for: an email, the word that would make it count, and a name. */
export function lackingClaims(claims: Claims, emailTrust: EmailTrust): LackingClaim[] {
  const lacking: LackingClaim[] = [];
  if (!isText(claims['email'])) lacking.push('email');
  if (emailTrust === 'claim' && (claims['email_verified'] ?? undefined) === undefined) lacking.push('email_verified');
  if (givenNames(claims) === null) lacking.push('name');
  return lacking;
}

/** Of a claim that a first sign-in cannot do without, only such a sign-in has to know that it is missing. */
export function readPersonalClaims(claims: Claims, emailTrust: EmailTrust): PersonalClaims {
  const email = readEmail(claims['email']);
  if (email instanceof SignInRefused) return { name: givenNames(claims) ?? '', email, emailIsProven: false };
  // Exactly `true`: some providers send the text "true" for what they did not check, or leave the claim out.
  // check: sign-in: an email that is verified, and not only said to be
  const isVerified = claims['email_verified'] === true;
  const emailIsProven = isSameMailbox(email) && (emailTrust === 'always' || (emailTrust === 'claim' && isVerified));
  return { name: givenNames(claims) ?? email.typed, email, emailIsProven };
}

function readEmail(claim: unknown): EmailAddress | SignInRefused {
  if (!isText(claim)) return new SignInRefused('email_missing', { claim: 'email' });
  return parseEmailAddress(claim) ?? new SignInRefused('email_invalid', { claim: 'email' });
}

/**
 * Proof of a mailbox holds for the one that the canonical form names, not for one whose letters only look the same to it, such as
 * full-width ones: at the provider those may be two people's. Of domains there is one reading for all, that of UTS #46.
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
