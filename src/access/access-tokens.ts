import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { sha256 } from '../crypto/digest.js';
import { newTokenId } from '../crypto/identifiers.js';
import { type AccessTokenClaims, TokenCodec, TokenRefused } from '../keys/token-codec.js';
import { ApplicationKeys, type ApplicationKeyState } from './application-keys.js';
import type { AccessTokenResponse } from './oauth.contract.js';
import type { Grant } from './permissions.js';

const REMEMBERED_MAX = 10_000;
/** Below one second: within that time a signing key that is withdrawn stops verifying. */
const REMEMBER_MS = 900;

/** The bearer of a request: a live application key and the grant that its token came by. */
export interface AccessContext {
  readonly key: ApplicationKeyState;
  readonly claims: AccessTokenClaims;
}

/** Issues and checks access tokens: signed, so that the many shoppers who ask for one cost no write. */
@Injectable()
export class AccessTokens {
  /** Signatures that were verified, by digest of the whole token. Times and the key's state are checked on every use. */
  private readonly verified = new LRUCache<string, AccessTokenClaims>({ max: REMEMBERED_MAX, ttl: REMEMBER_MS });

  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly codec: TokenCodec,
    private readonly keys: ApplicationKeys,
    private readonly clock: Clock,
  ) {}

  issue(key: ApplicationKeyState, grant: Grant): AccessTokenResponse {
    const issuedAtSeconds = this.clock.nowSeconds();
    const lifetimeSeconds = this.config.accessTokenLifetimeSeconds;
    const token = this.codec.sign({
      purpose: 'access',
      audience: key.storeId,
      subject: key.clientId,
      tokenId: newTokenId(),
      issuedAtSeconds,
      lifetimeSeconds,
      claims: { client_id: key.clientId, key_id: key.keyId, grant_type: grant },
    });
    return {
      access_token: token,
      token_type: 'Bearer',
      identifier: grant,
      expires: issuedAtSeconds + lifetimeSeconds,
      expires_in: lifetimeSeconds,
    };
  }

  /** @throws TokenRefused */
  async check(token: string): Promise<AccessContext> {
    const claims = await this.verify(token);
    // check: access token expiry where the signature is remembered
    if (claims.exp <= this.clock.nowSeconds()) throw new TokenRefused('expired');
    const key = await this.keys.find(claims.client_id);
    if (key === null) throw new TokenRefused('key_gone');
    // The id is compared too: a key that was deleted and made anew under the same client id is another key.
    // check: access token of a key that is gone
    if (key.keyId !== claims.key_id) throw new TokenRefused('key_gone');
    if (key.storeId !== claims.aud) throw new TokenRefused('audience_mismatch');
    return { key, claims };
  }

  private async verify(token: string): Promise<AccessTokenClaims> {
    const digest = sha256(token).toString('base64');
    const known = this.verified.get(digest);
    if (known !== undefined) return known;
    const start = performance.now();
    const claims = await this.codec.readAccessToken(token);
    this.verified.set(digest, claims, { start });
    return claims;
  }
}
