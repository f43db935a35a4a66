import { Inject, Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { Clock } from '../clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { parseUuid } from '../crypto/identifiers.js';
import type { RefusalReason } from '../errors/app-error.js';
import { type KeyPurpose, KeyRing, type RingKey } from './key-ring.js';

/** Our own clock may have been set back a little since a token was made, or differ between replicas. */
const CLOCK_SKEW_SECONDS = 60;
const TOKEN_LENGTH_MAX = 4_096;
/** The longest life that the configuration can give a token. */
const LIFETIME_MAX_SECONDS = 2_592_000;

/** `typ` of RFC 9068 section 2.1 for access tokens; customer tokens keep the plain one, which stock libraries expect. */
const TYPES: Readonly<Record<KeyPurpose, string>> = { access: 'at+jwt', customer: 'JWT' };

/** Claims of every token. `sub` is the client id in an access token, the customer's id in a customer token. */
export interface TokenClaims {
  readonly iss: string;
  /** The store's id. */
  readonly aud: string;
  readonly sub: string;
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
  readonly token_use: KeyPurpose;
}

export interface AccessTokenClaims extends TokenClaims {
  readonly client_id: string;
  readonly key_id: string;
  readonly grant_type: string;
}

export interface CustomerTokenClaims extends TokenClaims {
  readonly name: string;
}

export interface TokenRequest {
  readonly purpose: KeyPurpose;
  readonly audience: string;
  readonly subject: string;
  readonly tokenId: string;
  readonly issuedAtSeconds: number;
  readonly lifetimeSeconds: number;
  readonly claims: Readonly<Record<string, string>>;
}

/** A token that is not accepted, with the reason for the log. */
export class TokenRefused extends Error {
  constructor(readonly reason: RefusalReason) {
    super(reason);
    this.name = 'TokenRefused';
  }
}

/**
 * Signs and reads the tokens of this service, as compact JWS (RFC 7515). The only place that touches the JWT library, whose
 * defaults take tokens without an expiry, of any type, and with claims of any shape.
 */
@Injectable()
export class TokenCodec {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly ring: KeyRing,
    private readonly clock: Clock,
  ) {}

  sign(request: TokenRequest): string {
    const key = this.ring.signingKey(request.purpose);
    const payload = {
      ...request.claims,
      iss: this.config.publicUrl,
      aud: request.audience,
      sub: request.subject,
      jti: request.tokenId,
      iat: request.issuedAtSeconds,
      exp: request.issuedAtSeconds + request.lifetimeSeconds,
      token_use: request.purpose,
    };
    return jwt.sign(payload, key.privateKey, {
      algorithm: key.alg,
      keyid: key.kid,
      header: { alg: key.alg, typ: TYPES[request.purpose] },
    });
  }

  /** @throws TokenRefused */
  async readAccessToken(token: string): Promise<AccessTokenClaims> {
    const claims = await this.read(token, 'access', undefined);
    const { client_id, key_id, grant_type } = claims as TokenClaims & Record<string, unknown>;
    if (typeof client_id !== 'string' || client_id !== claims.sub) throw new TokenRefused('claims_invalid');
    if (typeof key_id !== 'string' || parseUuid(key_id) === null) throw new TokenRefused('claims_invalid');
    if (typeof grant_type !== 'string') throw new TokenRefused('claims_invalid');
    return { ...claims, client_id, key_id, grant_type };
  }

  /** @throws TokenRefused also when the token was made for another store */
  async readCustomerToken(token: string, storeId: string): Promise<CustomerTokenClaims> {
    const claims = await this.read(token, 'customer', storeId);
    const { name } = claims as TokenClaims & Record<string, unknown>;
    if (typeof name !== 'string' || parseUuid(claims.sub) === null) throw new TokenRefused('claims_invalid');
    return { ...claims, name };
  }

  private async read(token: string, purpose: KeyPurpose, audience: string | undefined): Promise<TokenClaims> {
    refuseOddEncoding(token);
    const key = await this.keyOf(token, purpose);
    const claims = this.verifySignature(token, key);
    // check: token use
    if (claims['token_use'] !== purpose) throw new TokenRefused('token_use_mismatch');
    if (typeof claims['aud'] !== 'string') throw new TokenRefused('audience_mismatch');
    // check: token audience
    if (audience !== undefined && claims['aud'] !== audience) throw new TokenRefused('audience_mismatch');
    return this.checkClaims(claims);
  }

  /**
   * Only the algorithm of the named key is accepted: letting the header choose is how forged tokens get in (RFC 8725 section
   * 3.1). Parameters of the header that point to keys elsewhere are never looked at.
   */
  private async keyOf(token: string, purpose: KeyPurpose): Promise<RingKey> {
    let header: jwt.JwtHeader | undefined;
    try {
      header = jwt.decode(token, { complete: true })?.header;
    } catch {
      throw new TokenRefused('header_invalid');
    }
    if (typeof header?.kid !== 'string' || header.kid.length > 64 || 'crit' in header) {
      throw new TokenRefused('header_invalid');
    }
    const key = await this.ring.verificationKey(purpose, header.kid);
    if (key === null) throw new TokenRefused('key_unknown');
    if (header.alg !== key.alg) throw new TokenRefused('alg_mismatch');
    // check: token type
    if (header.typ !== TYPES[purpose]) throw new TokenRefused('type_mismatch');
    return key;
  }

  private verifySignature(token: string, key: RingKey): Record<string, unknown> {
    try {
      // check: token signature
      const payload: unknown = jwt.verify(token, key.publicKey, {
        algorithms: [key.alg],
        // check: token issuer
        issuer: this.config.publicUrl,
        clockTimestamp: this.clock.nowSeconds(),
        clockTolerance: 0,
      });
      if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
        throw new TokenRefused('claims_invalid');
      }
      refuseRepeatedClaims(token);
      return payload as Record<string, unknown>;
    } catch (cause) {
      if (cause instanceof TokenRefused) throw cause;
      if (cause instanceof jwt.TokenExpiredError) throw new TokenRefused('expired');
      if (cause instanceof jwt.JsonWebTokenError) throw new TokenRefused(reasonOf(cause.message));
      // The library fails in ways of its own at a payload that is null, and at an ECDSA signature of another length.
      throw new TokenRefused(jwt.decode(token) === null ? 'claims_invalid' : 'signature_invalid');
    }
  }

  private checkClaims(claims: Record<string, unknown>): TokenClaims {
    const { iss, aud, sub, jti, iat, exp, token_use } = claims;
    const typed =
      typeof iss === 'string' &&
      typeof aud === 'string' &&
      typeof sub === 'string' &&
      sub !== '' &&
      typeof jti === 'string' &&
      parseUuid(jti) !== null &&
      typeof iat === 'number' &&
      Number.isSafeInteger(iat) &&
      typeof exp === 'number' &&
      Number.isSafeInteger(exp);
    // check: token claims of the right types
    if (!typed) throw new TokenRefused('claims_invalid');
    if (exp <= iat || exp - iat > LIFETIME_MAX_SECONDS) throw new TokenRefused('claims_invalid');
    if (iat > this.clock.nowSeconds() + CLOCK_SKEW_SECONDS) throw new TokenRefused('claims_invalid');
    return { ...claims, iss, aud, sub, jti, iat, exp, token_use: token_use as KeyPurpose };
  }
}

/**
 * Exactly three segments in the one canonical base64url spelling. Decoders ignore spare bits and foreign characters, so that one
 * signature would have many spellings.
 */
function refuseOddEncoding(token: string): void {
  const segments = token.split('.');
  const canonical =
    token.length <= TOKEN_LENGTH_MAX &&
    segments.length === 3 &&
    segments.every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part);
  // check: token spelling
  if (!canonical) throw new TokenRefused('encoding_invalid');
}

/** With two claims of one name, two readers of a token could see two customers (RFC 7519 section 4). */
function refuseRepeatedClaims(token: string): void {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  if (JSON.stringify(JSON.parse(text)) !== text) throw new TokenRefused('claims_invalid');
}

function reasonOf(message: string): RefusalReason {
  if (message.startsWith('jwt issuer')) return 'issuer_mismatch';
  if (message.startsWith('invalid signature')) return 'signature_invalid';
  return 'claims_invalid';
}
