import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { sha256 } from '../crypto/digest.js';
import { newTokenId, parseUuid } from '../crypto/identifiers.js';
import type { Authority } from '../database/authority.js';
import { violatedConstraint } from '../database/database-errors.js';
import { Database } from '../database/database.js';
import type { AuthenticationMechanism } from '../database/enumerations.js';
import { shared } from '../database/row-locks.js';
import { KEY_LIVES, type SingleWrite } from '../database/single-write.js';
import type { WriteTransaction } from '../database/write-transaction.js';
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

/** An identity, and whom it stood for when a provider vouched for that person: it may be given to another one meanwhile. */
export interface VouchedIdentity {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
}

/** Whom a token is for, and what proved it. */
export interface CustomerLogin {
  readonly storeId: string;
  readonly customerId: string;
  readonly name: string;
  readonly mechanism: AuthenticationMechanism;
  /** The hash that the password was checked against, null where none was. */
  readonly verifiedPasswordHash: string | null;
  /** Null for a login by password. */
  readonly identity: VouchedIdentity | null;
  /** The id that the new token is to have, a UUID v4, where its proof keeps it to end the token by. */
  readonly tokenId?: string;
}

/** The token that a code was, or is about to be, exchanged for. */
export interface ReplayedToken {
  readonly tokenId: string;
  readonly customerId: string;
  readonly identityId: string;
}

/**
 * Customer tokens: each is a row, so that it can be revoked, and a signed token, so that other services can verify it by
 * themselves. The token and its customer are looked up in one prepared statement.
 *
 * Whoever ends tokens of a customer holds the customer's row: a write under one of them then either comes before, or is refused.
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
   * @returns null when the customer is gone, the identity stands for nobody or another person, or the password was changed while it
   *   was being checked: the rows are locked and compared, so that a login by what proved it before cannot outlive the change
   * @throws AppError `access_token_invalid`
   */
  async issue(authority: Authority, login: CustomerLogin): Promise<IssuedCustomerToken | null> {
    const { storeId, customerId, mechanism } = login;
    // check: sign-in: the token of a code has the id by which a replay ends it
    const tokenId = login.tokenId ?? newTokenId();
    const issuedAtSeconds = this.clock.nowSeconds();
    const lifetimeSeconds = this.config.customerTokenLifetimeSeconds;
    const createdAt = new Date(issuedAtSeconds * 1000);
    const expiresAt = new Date((issuedAtSeconds + lifetimeSeconds) * 1000);
    const inserted = await this.insert(authority, {
      ...issueStatement(login, [storeId, customerId, tokenId, mechanism, createdAt, expiresAt]),
      event: { type: 'login_succeeded', subjectId: customerId, data: { mechanism, token_id: tokenId } },
    });
    if (inserted !== 1) {
      await this.database.requireKey(authority);
      return null;
    }
    const token = this.codec.sign({
      purpose: 'customer',
      audience: storeId,
      subject: customerId,
      tokenId,
      issuedAtSeconds,
      lifetimeSeconds,
      claims: { name: login.name },
    });
    return { tokenId, customerId, token, expires: issuedAtSeconds + lifetimeSeconds };
  }

  private async insert(authority: Authority, statement: SingleWrite): Promise<number> {
    try {
      return (await this.database.writeOne(authority, statement)).rows.length;
    } catch (cause) {
      // The code was replayed meanwhile.
      // check: an exchange that a replay overtook gets no token
      if (violatedConstraint(cause) === 'customer_tokens_pkey') return 0;
      throw cause;
    }
  }

  /**
   * Ends the one token that a code was exchanged for. Where that exchange has not come to its end yet, a row stands in its place,
   * so that it gets no token any more.
   */
  async revokeReplayed(authority: Authority & { readonly storeId: string }, replayed: ReplayedToken): Promise<void> {
    const { storeId } = authority;
    const { tokenId: id, customerId, identityId } = replayed;
    await this.database.write(authority, async (tx) => {
      if ((await tx.lock('customers', { storeId, id: customerId }, 'update')) === 0) return;
      const token = await tx.customerToken.findUnique({ where: { storeId_id: { storeId, id } } });
      const now = this.clock.now();
      if (token === null) {
        // What was obtained by an identity has gone with it.
        if ((await tx.identity.count({ where: { storeId, id: identityId } })) === 0) return;
        const expiresAt = new Date(now.getTime() + this.config.customerTokenLifetimeSeconds * 1_000);
        const times = { createdAt: now, expiresAt, revokedAt: now };
        await tx.customerToken.create({ data: { storeId, id, customerId, identityId, mechanism: 'oidc', ...times } });
      } else if (token.revokedAt === null) {
        await tx.customerToken.update({ where: { storeId_id: { storeId, id } }, data: { revokedAt: now } });
      } else return;
      this.forgetAfter(tx);
      tx.record({ type: 'authorization_code_replayed', subjectId: customerId, data: { token_id: id } });
      tx.record({ type: 'customer_tokens_revoked', subjectId: customerId });
    });
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
    const result = await this.database.query<{ customer_id: string; revoked: boolean }>({
      name: 'customer-token-check',
      text: `SELECT c.id AS customer_id, t.revoked_at IS NOT NULL AS revoked
             FROM public.customer_tokens t JOIN public.customers c ON c.store_id = t.store_id AND c.id = t.customer_id
             WHERE t.store_id = $1 AND t.id = $2`,
      values: [storeId, parseUuid(claims.jti)],
    });
    const row = result.rows[0];
    if (row === undefined || row.customer_id !== claims.sub) throw new TokenRefused('customer_gone');
    // check: revoked customer token
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

  /** Revokes the customer's tokens, but for one that is to stay. The customer's row must be held. */
  async revokeAll(
    tx: WriteTransaction,
    storeId: string,
    customerId: string,
    exceptTokenId: string | null,
  ): Promise<void> {
    await tx.customerToken.updateMany({
      where: {
        storeId,
        customerId,
        revokedAt: null,
        ...(exceptTokenId === null ? {} : { id: { not: exceptTokenId } }),
      },
      data: { revokedAt: this.clock.now() },
    });
    this.forgetAfter(tx);
    tx.record({ type: 'customer_tokens_revoked', subjectId: customerId });
  }

  /** Ends what was obtained by identities. The rows of their customers must be held. */
  async removeOfIdentities(tx: WriteTransaction, storeId: string, identityIds: readonly string[]): Promise<void> {
    await tx.customerToken.deleteMany({ where: { storeId, identityId: { in: [...identityIds] } } });
    this.forgetAfter(tx);
  }

  /** The customer's row, which is about to go, must be held. */
  async removeOfCustomer(tx: WriteTransaction, storeId: string, customerId: string): Promise<void> {
    await tx.customerToken.deleteMany({ where: { storeId, customerId } });
    this.forgetAfter(tx);
  }

  /** From the commit on this process refuses the tokens that the transaction ends. */
  private forgetAfter(tx: WriteTransaction): void {
    // check: remembered tokens forgotten at a revocation
    tx.afterCommit(() => {
      this.generation += 1;
      this.remembered.clear();
    });
  }
}

const TOKEN = 'store_id, id, customer_id, mechanism, created_at, expires_at';
const NEW_TOKEN = 'c.store_id, $3::uuid, c.id, $4::text, $5::timestamptz, $6::timestamptz';

/** Locks what proved the login, after the customer's row, and compares it as it is then. @param row values of the new row */
function issueStatement({ verifiedPasswordHash, identity }: CustomerLogin, row: readonly unknown[]): SingleWrite {
  if (identity === null) {
    return {
      name: 'customer-token-issue',
      text: `INSERT INTO public.customer_tokens (${TOKEN}) SELECT ${NEW_TOKEN} FROM public.customers c
             WHERE c.store_id = $1 AND c.id = $2
               AND ${/* check: password changed during a login */ '($7::text IS NULL OR c.password_hash = $7)'}
               AND ${KEY_LIVES}
             ${shared('c')} RETURNING id`,
      values: [...row, verifiedPasswordHash],
    };
  }
  return {
    name: 'customer-token-issue-by-identity',
    text: `INSERT INTO public.customer_tokens (${TOKEN}, identity_id) SELECT ${NEW_TOKEN}, i.id
           FROM public.customers c JOIN public.identities i ON i.store_id = c.store_id AND i.customer_id = c.id
           WHERE c.store_id = $1 AND c.id = $2 AND i.id = $7
             AND ${/* check: identity given to another person during a login */ '(i.issuer, i.subject) = ($8, $9)'}
             AND ${KEY_LIVES}
           ${shared('c', 'i')} RETURNING id`,
    values: [...row, identity.id, identity.issuer, identity.subject],
  };
}
