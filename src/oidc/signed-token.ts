import { SignInRefused } from '../errors/sign-in-refusal.js';

/** Clocks may differ by this much. */
export const CLOCK_TOLERANCE_SECONDS = 30;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

export type JsonObject = Readonly<Record<string, unknown>>;

/** A signed token whose signature nobody has looked at yet. */
export interface SignedToken {
  readonly alg: string;
  /** `kid` of the header, undefined where it has none, or one that is no text. */
  readonly keyId: string | undefined;
  readonly claims: JsonObject;
  /** The claims as they were written. */
  readonly claimsText: string;
}

/** What a token may be. */
export interface TokenForm {
  /** The algorithms that may have signed it: those with public keys only. */
  readonly algs: readonly string[];
  /** Values of the header's `typ`, which tells apart what a provider signs by the same keys (RFC 8725 section 3.11). */
  readonly type: RegExp;
}

/**
 * Takes a JWT in its compact form apart (RFC 7515 section 7.1) and looks at its header.
 *
 * @throws SignInRefused `id_token_encrypted`, `id_token_malformed`, `id_token_alg_forbidden`, `id_token_signature_invalid` (there
 *   is none) or `id_token_header_invalid`
 */
export function readSignedToken(token: string, { algs, type }: TokenForm): SignedToken {
  const parts = token.split('.');
  if (parts.length === 5) throw new SignInRefused('id_token_encrypted');
  const [headerText = '', payload = '', signature = ''] = parts;
  // Several spellings of one token would pass for several tokens (RFC 7515 section 2).
  const spelt =
    BASE64URL.test(headerText) && BASE64URL.test(payload) && (signature === '' || BASE64URL.test(signature));
  if (parts.length !== 3 || !spelt) throw new SignInRefused('id_token_malformed');
  const header = readObject(decoded(headerText));
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !algs.includes(alg))
    throw new SignInRefused('id_token_alg_forbidden', { claim: 'alg' });
  if (signature === '') throw new SignInRefused('id_token_signature_invalid');
  const typ = header['typ'] ?? undefined;
  if (typ !== undefined && !(typeof typ === 'string' && type.test(typ))) {
    throw new SignInRefused('id_token_header_invalid', { claim: 'typ' });
  }
  // Nothing that it could name is understood here (RFC 7515 section 4.1.11).
  if (header['crit'] !== undefined) throw new SignInRefused('id_token_header_invalid', { claim: 'crit' });
  const claimsText = decoded(payload);
  return { alg, keyId: typeof kid === 'string' ? kid : undefined, claims: readObject(claimsText), claimsText };
}

/** A claim that need not be there: null says as little as its absence. */
export function optionalClaim(claims: JsonObject, name: string): unknown {
  return claims[name] ?? undefined;
}

/** Seconds since the epoch; fractions are allowed (RFC 7519 section 2), and some providers write 0 for a time that is long past. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function decoded(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('utf8');
}

function readObject(json: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new SignInRefused('id_token_malformed', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SignInRefused('id_token_malformed');
  return value as JsonObject;
}
