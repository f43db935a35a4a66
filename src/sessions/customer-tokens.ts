import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { QueryConfig } from 'pg';
import { Clock } from '../clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { sha256 } from '../crypto/digest.js';
import { newTokenId, parseUuid } from '../crypto/identifiers.js';
import { violatedConstraint } from '../database/database-errors.js';
import { Database, type Transaction } from '../database/database.js';
import { AppError } from '../errors/app-error.js';
import type { AuthenticationMechanism } from '../generated/prisma/enums.js';
import { TokenCodec, TokenRefused } from '../keys/token-codec.js';

/** Below one second: within that time a revocation reaches every process. */
const REMEMBER_MS = 900;
const REMEMBERED_MAX = 10_000;

/** A customer token that was accepted. */
export interface CustomerSession {
  readonly storeId: string;
  readonly customerId: string;
  /** `jti`, the id of the row. */
  readonly tokenId: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface IssuedCustomerToken {
  readonly tokenId: string;
  readonly customerId: string;
  readonly token: string;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** Whom a token is for, and what proved it. */
export interface CustomerLogin {
  readonly storeId: string;
  readonly customerId: string;
  readonly name: string;
  readonly mechanism: AuthenticationMechanism;
  /** The hash that the password was checked against, null where none was. */
  readonly verifiedPasswordHash: string | null;
  /** The identity that a provider vouched for; null for a login by password. */
  readonly identityId: string | null;
  /** Called with the id and the end of the new token, before anybody has it. */
  readonly issued?: (tokenId: string, expiresAt: Date) => Promise<void>;
}

/**
 * Customer tokens: each is a row, so that it can be revoked, and a signed token, so that other services can verify it by
 * themselves. The token and its customer are looked up in one prepared statement.
 */
@Injectable()
export class CustomerTokens {
  private readonly remembered = new LRUCache<string, CustomerSession>({ max: REMEMBERED_MAX, ttl: REMEMBER_MS });
  private generation = 0;

  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly database: Database,
    private readonly codec: TokenCodec,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns null when the customer or the identity is gone, or the password was changed while it was being checked: the row is
   * locked and compared, so that a login with the old password cannot outlive the change
   */
  async issue(login: CustomerLogin): Promise<IssuedCustomerToken | null> {
    const { storeId, customerId, mechanism } = login;
    const tokenId = newTokenId();
    const issuedAtSeconds = this.clock.nowSeconds();
    const lifetimeSeconds = this.config.customerTokenLifetimeSeconds;
    const expiresAt = new Date((issuedAtSeconds + lifetimeSeconds) * 1000);
    const inserted = await this.insert({
      name: 'customer-token-issue',
      text: `INSERT INTO customer_tokens (store_id, id, customer_id, mechanism, created_at, expires_at, identity_id)
             SELECT c.store_id, $3::uuid, c.id, $4::authentication_mechanism, $5::timestamptz, $6::timestamptz, $8::uuid
             FROM customers c
             WHERE c.store_id = $1 AND c.id = $2 AND ($7::text IS NULL OR c.password_hash = $7)
               AND ($8::uuid IS NULL OR EXISTS (
                 SELECT FROM identities i WHERE i.store_id = c.store_id AND i.id = $8::uuid AND i.customer_id = c.id))
             FOR SHARE OF c`,
      values: [
        storeId,
        customerId,
        tokenId,
        mechanism,
        new Date(issuedAtSeconds * 1000),
        expiresAt,
        login.verifiedPasswordHash,
        login.identityId,
      ],
    });
    if (inserted !== 1) return null;
    const token = this.codec.sign({
      purpose: 'customer',
      audience: storeId,
      subject: customerId,
      tokenId,
      issuedAtSeconds,
      lifetimeSeconds,
      claims: { name: login.name },
    });
    // Last of all, as it says when the answer was ready.
    await login.issued?.(tokenId, expiresAt);
    return { tokenId, customerId, token, expires: issuedAtSeconds + lifetimeSeconds };
  }

  private async insert(statement: QueryConfig): Promise<number | null> {
    try {
      return (await this.database.pool.query(statement)).rowCount;
    } catch (cause) {
      // The identity went away between the look at it and the row that names it.
      if (violatedConstraint(cause) === 'customer_tokens_identity_fkey') return 0;
      throw cause;
    }
  }

  /** One token, because of what its holder did. Whether there was anything to revoke, the caller does not learn. */
  async revoke(storeId: string, tokenId: string): Promise<void> {
    await this.database.prisma.customerToken.updateMany({
      where: { storeId, id: tokenId, revokedAt: null },
      data: { revokedAt: this.clock.now() },
    });
    this.forgetRemembered();
  }

  /**
   * @param storeId the store of the access token that the customer token came with
   * @throws TokenRefused
   */
  async check(storeId: string, token: string): Promise<CustomerSession> {
    const digest = `${storeId}:${sha256(token).toString('base64')}`;
    const session = this.remembered.get(digest) ?? (await this.read(storeId, token, digest));
    if (session.expiresAt <= this.clock.nowSeconds()) throw new TokenRefused('expired');
    return session;
  }

  private async read(storeId: string, token: string, digest: string): Promise<CustomerSession> {
    const { generation } = this;
    // Counted from here, since a slow answer may be old when it comes.
    const start = performance.now();
    const claims = await this.codec.readCustomerToken(token, storeId);
    const result = await this.database.pool.query<{ customer_id: string; revoked: boolean }>({
      name: 'customer-token-check',
      text: `SELECT c.id AS customer_id, t.revoked_at IS NOT NULL AS revoked
             FROM customer_tokens t JOIN customers c ON c.store_id = t.store_id AND c.id = t.customer_id
             WHERE t.store_id = $1 AND t.id = $2`,
      values: [storeId, parseUuid(claims.jti)],
    });
    const row = result.rows[0];
    if (row === undefined || row.customer_id !== claims.sub) throw new TokenRefused('customer_gone');
    if (row.revoked) throw new TokenRefused('revoked');
    const session = {
      storeId,
      customerId: row.customer_id,
      tokenId: claims.jti,
      issuedAt: claims.iat,
      expiresAt: claims.exp,
    };
    // Something was revoked while this was read: the answer may be old, so it is not remembered.
    if (generation === this.generation) this.remembered.set(digest, session, { start });
    return session;
  }

  /** Revokes the customer's tokens, but for one that is to stay. Inside the transaction of what makes it necessary. */
  async revokeAll(tx: Transaction, storeId: string, customerId: string, exceptTokenId: string | null): Promise<void> {
    await tx.customerToken.updateMany({
      where: {
        storeId,
        customerId,
        revokedAt: null,
        ...(exceptTokenId === null ? {} : { id: { not: exceptTokenId } }),
      },
      data: { revokedAt: this.clock.now() },
    });
  }

  /**
   * Inside a transaction that holds the customer's row: whatever revokes tokens waits for that row, so the answer holds until
   * the end. The guard looked before; without this a token that was revoked meanwhile could still write.
   *
   * @throws AppError `customer_token_invalid`
   */
  async requireLive(tx: Transaction, { storeId, tokenId }: CustomerSession): Promise<void> {
    const live = await tx.customerToken.count({ where: { storeId, id: tokenId, revokedAt: null } });
    if (live === 0) throw new AppError('customer_token_invalid', { reason: 'revoked' });
  }

  /** Call it once such a transaction is committed: from then on this process refuses the revoked tokens. */
  forgetRemembered(): void {
    this.generation += 1;
    this.remembered.clear();
  }
}
