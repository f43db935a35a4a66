import { createHash } from 'node:crypto';
import { type SignInRefusalReason, SignInRefused } from '../errors/sign-in-refusal.js';

/** Clocks may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 30;
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const LIFETIME_SECONDS_MAX = 86_400;
/** "MUST NOT exceed 255 ASCII characters in length" (OpenID Connect Core, section 2). */
const SUBJECT = /^(?=.*\S)[\x20-\x7e]{1,255}$/;
/** `typ` of other tokens that providers sign by the same keys (RFC 8725 section 3.11). */
const TYPE = /^(?:application\/)?(?:id_token\+)?jwt$/i;

export interface IdTokenExpectations {
  readonly issuer: string;
  readonly clientId: string;
  readonly nonce: string;
  readonly algs: readonly string[];
  /** Of the token answer that the ID token came in. */
  readonly accessToken: string;
  readonly nowSeconds: number;
  /** When the sign-in began: nothing older belongs to it. */
  readonly startedAtSeconds: number;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Looks at everything in an ID token that can be judged without a key (OpenID Connect Core, sections 3.1.3.7 and 3.1.3.8), and
 * more strictly than the library, which takes an `aud` among others, a foreign `azp` beside a single `aud`, any `iat`, any
 * lifetime, an empty `sub`, and does not look at `at_hash`. The library checks once more, and verifies the signature.
 *
 * @throws SignInRefused named after the check
 */
export function checkIdToken(idToken: string, expected: IdTokenExpectations): void {
  const parts = idToken.split('.');
  if (parts.length === 5) throw new SignInRefused('id_token_encrypted');
  const [headerText = '', claimsText = '', signature = ''] = parts;
  // Several spellings of one token would pass for several tokens (RFC 7515 section 2).
  const spelt =
    BASE64URL.test(headerText) && BASE64URL.test(claimsText) && (signature === '' || BASE64URL.test(signature));
  if (parts.length !== 3 || !spelt) throw new SignInRefused('id_token_malformed');
  const header = readObject(headerText);
  if (typeof header['alg'] !== 'string' || !expected.algs.includes(header['alg']))
    refuse('id_token_alg_forbidden', 'alg');
  if (signature === '') throw new SignInRefused('id_token_signature_invalid');
  if (header['typ'] !== undefined && !(typeof header['typ'] === 'string' && TYPE.test(header['typ']))) {
    refuse('id_token_header_invalid', 'typ');
  }
  if (header['crit'] !== undefined) refuse('id_token_header_invalid', 'crit');
  const claims = readObject(claimsText);
  checkParties(claims, expected);
  checkTimes(claims, expected);
  if (claims['nonce'] !== expected.nonce) refuse('id_token_nonce_mismatch', 'nonce');
  checkAccessTokenHash(claims['at_hash'], header['alg'], expected.accessToken);
}

/** The header's `kid`, undefined where there is none or the token cannot be read. */
export function keyIdOf(idToken: string): string | undefined {
  try {
    const { kid } = readObject(idToken.split('.')[0] ?? '');
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}

function checkParties(claims: JsonObject, { issuer, clientId }: IdTokenExpectations): void {
  if (claims['iss'] !== issuer) refuse('id_token_issuer_mismatch', 'iss');
  const { sub, aud, azp } = claims as { sub?: unknown; aud?: unknown; azp?: unknown };
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) refuse('id_token_subject_invalid', 'sub');
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length !== 1 || audiences[0] !== clientId) refuse('id_token_audience_mismatch', 'aud');
  if (azp !== undefined && azp !== clientId) refuse('id_token_azp_mismatch', 'azp');
}

function checkTimes(claims: JsonObject, { nowSeconds, startedAtSeconds }: IdTokenExpectations): void {
  const { exp, iat, nbf } = claims as { exp?: unknown; iat?: unknown; nbf?: unknown };
  if (!isTime(iat)) return refuse('id_token_issue_time_invalid', 'iat');
  if (!isTime(exp) || exp <= iat) return refuse('id_token_expiry_invalid', 'exp');
  if (iat > nowSeconds + CLOCK_TOLERANCE_SECONDS || iat < startedAtSeconds - CLOCK_TOLERANCE_SECONDS) {
    throw new SignInRefused('id_token_issue_time_invalid', { claim: 'iat', skewSeconds: Math.round(iat - nowSeconds) });
  }
  if (exp <= nowSeconds - CLOCK_TOLERANCE_SECONDS) {
    throw new SignInRefused('id_token_expired', { claim: 'exp', skewSeconds: Math.round(exp - nowSeconds) });
  }
  if (exp - iat > LIFETIME_SECONDS_MAX) refuse('id_token_lifetime_excessive', 'exp');
  if (nbf !== undefined && (!isTime(nbf) || nbf > nowSeconds + CLOCK_TOLERANCE_SECONDS)) {
    refuse('id_token_not_yet_valid', 'nbf');
  }
}

/** The left half of the access token's digest, in the hash of the ID token's own algorithm (section 3.1.3.6). */
function checkAccessTokenHash(atHash: unknown, alg: string, accessToken: string): void {
  if (atHash === undefined) return;
  const bits = alg === 'EdDSA' || alg === 'Ed25519' ? '512' : alg.slice(-3);
  const digest = createHash(`sha${bits}`).update(accessToken, 'ascii').digest();
  const expected = digest.subarray(0, digest.length / 2).toString('base64url');
  if (atHash !== expected) refuse('id_token_at_hash_mismatch', 'at_hash');
}

/** Seconds since the epoch; fractions are allowed (RFC 7519 section 2). */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function readObject(base64url: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
  } catch (cause) {
    throw new SignInRefused('id_token_malformed', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SignInRefused('id_token_malformed');
  return value as JsonObject;
}

function refuse(reason: SignInRefusalReason, claim: string): never {
  throw new SignInRefused(reason, { claim });
}
