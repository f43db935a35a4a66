import { compactVerify, createLocalJWKSet, errors, type JWK } from 'jose';
import { type SignInRefusalReason, SignInRefused } from '../errors/sign-in-refusal.js';

/** Members by which a key is chosen; a key that has another than a text there is none that could be chosen. */
const CHOSEN_BY = ['kty', 'kid', 'use', 'alg', 'crv'];
/** What a public key is made of, and what tells that it is a private one (RFC 7518 section 6). */
const MADE_OF = ['n', 'e', 'x', 'y', 'd'];

/** The public keys of a provider as it published them at one moment (RFC 7517 section 5). */
export class ProviderKeySet {
  private readonly names: ReadonlySet<unknown>;
  private readonly keys: ReturnType<typeof createLocalJWKSet>;

  /**
   * @param published whatever stands in `keys`; a key of an unknown kind is no fault of the others
   * @param askedAtMs when the request for them was sent, by the clock of the process
   */
  constructor(
    published: readonly object[],
    readonly askedAtMs: number,
  ) {
    const usable = published.flatMap(usableKey);
    this.names = new Set(usable.map(({ kid }) => kid));
    this.keys = createLocalJWKSet({ keys: usable });
  }

  has(keyId: string): boolean {
    return this.names.has(keyId);
  }

  /**
   * Verifies the signature of a token by the one key that fits its header.
   *
   * @throws SignInRefused `id_token_key_unknown`, `id_token_key_ambiguous`, `id_token_key_unusable`, `id_token_signature_invalid`
   */
  async verify(token: string, algs: readonly string[]): Promise<void> {
    try {
      await compactVerify(token, this.keys, { algorithms: [...algs] });
    } catch (cause) {
      throw new SignInRefused(reasonOf(cause), { cause });
    }
  }
}

function reasonOf(cause: unknown): SignInRefusalReason {
  if (cause instanceof errors.JWKSNoMatchingKey) return 'id_token_key_unknown';
  if (cause instanceof errors.JWKSMultipleMatchingKeys) return 'id_token_key_ambiguous';
  if (cause instanceof errors.JWSSignatureVerificationFailed) return 'id_token_signature_invalid';
  // A modulus that is too short, a point that is on no curve, members that are missing, a private key.
  return 'id_token_key_unusable';
}

/** A key without what nobody here looks at, and without members that are null, as if they were not there. */
function usableKey(published: object): JWK[] {
  const key = published as Readonly<Record<string, unknown>>;
  const operations = key['key_ops'] ?? undefined;
  if (CHOSEN_BY.some((name) => !isTextOrAbsent(key[name]))) return [];
  if (operations !== undefined && !(Array.isArray(operations) && operations.every((each) => typeof each === 'string')))
    return [];
  const texts = [...CHOSEN_BY, ...MADE_OF].filter((name) => typeof key[name] === 'string');
  const used = Object.fromEntries(texts.map((name) => [name, key[name]]));
  return [{ ...used, ...(operations === undefined ? {} : { key_ops: [...new Set(operations)] }) }];
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}
