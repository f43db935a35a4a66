import { createHash } from 'node:crypto';
import { type SignInRefusalReason, SignInRefused } from '../errors/sign-in-refusal.js';
import {
  CLOCK_TOLERANCE_SECONDS,
  isTime,
  type JsonObject,
  optionalClaim,
  readSignedToken,
  type SignedToken,
} from './signed-token.js';

/** "MUST NOT exceed 255 ASCII characters in length" (OpenID Connect Core, section 2). */
const SUBJECT = /^(?=.*\S)[\x20-\x7e]{1,255}$/;
const TYPE = /^(?:application\/)?(?:id_token\+)?jwt$/i;

export interface IdTokenExpectations {
  readonly issuer: string;
  readonly clientId: string;
  readonly nonce: string;
  readonly algs: readonly string[];
  /** Of the token answer that the ID token came in. */
  readonly accessToken: string;
  readonly nowSeconds: number;
  /** From `iat` to `exp`, in seconds; null: as long as the provider likes. */
  readonly lifetimeSecondsMax: number | null;
}

/** An ID token that says the right things; whether the provider signed it is not known yet. */
export interface CheckedIdToken extends SignedToken {
  readonly subject: string;
}

/**
 * Looks at everything in an ID token that can be judged without a key (OpenID Connect Core, sections 3.1.3.7 and 3.1.3.8), more
 * strictly than the standard: an `aud` beside ours and a foreign `azp` beside a single `aud` are refused. How long a token lives
 * and how long ago it was issued is for the provider to decide: the nonce binds it to this sign-in.
 *
 * @throws SignInRefused named after the check
 */
export function checkIdToken(idToken: string, expected: IdTokenExpectations): CheckedIdToken {
  const token = readSignedToken(idToken, { algs: expected.algs, type: TYPE });
  const { claims, alg } = token;
  const subject = checkParties(claims, expected);
  checkTimes(claims, expected);
  // check: sign-in: nonce of the ID token
  if (claims['nonce'] !== expected.nonce) refuse('id_token_nonce_mismatch', 'nonce');
  checkAccessTokenHash(optionalClaim(claims, 'at_hash'), alg, expected.accessToken);
  return { ...token, subject };
}

function checkParties(claims: JsonObject, { issuer, clientId }: IdTokenExpectations): string {
  // check: sign-in: issuer of the ID token
  if (claims['iss'] !== issuer) refuse('id_token_issuer_mismatch', 'iss');
  const { sub, aud } = claims as { sub?: unknown; aud?: unknown };
  // check: sign-in: subject of the ID token
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) refuse('id_token_subject_invalid', 'sub');
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  // check: sign-in: audience of the ID token
  if (audiences.length !== 1 || audiences[0] !== clientId) refuse('id_token_audience_mismatch', 'aud');
  const azp = optionalClaim(claims, 'azp');
  // check: sign-in: authorized party of the ID token
  if (azp !== undefined && azp !== clientId) refuse('id_token_azp_mismatch', 'azp');
  return sub;
}

function checkTimes(claims: JsonObject, { nowSeconds, lifetimeSecondsMax }: IdTokenExpectations): void {
  const { exp, iat } = claims as { exp?: unknown; iat?: unknown };
  if (!isTime(iat)) return refuse('id_token_issue_time_invalid', 'iat');
  if (!isTime(exp) || exp <= iat) return refuse('id_token_expiry_invalid', 'exp');
  // check: sign-in: time of issue of the ID token
  if (iat > nowSeconds + CLOCK_TOLERANCE_SECONDS) {
    throw new SignInRefused('id_token_issue_time_invalid', { claim: 'iat', skewSeconds: Math.round(iat - nowSeconds) });
  }
  if (exp <= nowSeconds - CLOCK_TOLERANCE_SECONDS) {
    throw new SignInRefused('id_token_expired', { claim: 'exp', skewSeconds: Math.round(exp - nowSeconds) });
  }
  // check: sign-in: life of the ID token
  if (lifetimeSecondsMax !== null && exp - iat > lifetimeSecondsMax) refuse('id_token_lifetime_excessive', 'exp');
  const nbf = optionalClaim(claims, 'nbf');
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
  // check: sign-in: hash of the access token
  if (atHash !== expected) refuse('id_token_at_hash_mismatch', 'at_hash');
}

function refuse(reason: SignInRefusalReason, claim: string): never {
  throw new SignInRefused(reason, { claim });
}
