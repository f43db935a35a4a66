import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/config.js';
import { sha256 } from '../crypto/digest.js';
import { newTokenId } from '../crypto/identifiers.js';
import type { Authority } from '../database/authority.js';
import { Database } from '../database/database.js';
import { shared } from '../database/row-locks.js';
import { KEY_LIVES, type SingleWrite } from '../database/single-write.js';
import { type SignInRefusalReason, SignInRefused } from '../errors/sign-in-refusal.js';
import { CustomerTokens, type VouchedIdentity } from '../sessions/customer-tokens.js';

const LIFETIME_SECONDS = 60;
/** Uses that a client sends at once by mistake come within this time; a valid use after it shows that the code has leaked. */
const REPLAY_AFTER_SECONDS = 2;
/** RFC 7636 section 4.1. */
const CODE_VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** A use is valid. `$3` is its redirect URI, `$4` the challenge of its verifier (null: the verifier is malformed). */
const VALID = [
  // check: sign-in: a code expires
  'a.expires_at > clock.now',
  // check: sign-in: redirect URI of a code
  'a.redirect_uri = $3',
  // check: sign-in: the redirect URI of a code is still registered
  'a.redirect_uri = ANY (r.redirect_uris)',
  // check: sign-in: verifier of a code
  'a.code_challenge = $4',
].join(' AND ');
/** The row of an exchanged code stays as long as the token lives. */
// check: sign-in: a code is remembered as long as its token lives
const KEPT_UNTIL = 'clock.token_expires_at';
/** A second use shows that the code has leaked: it comes late, and would have been valid as the first one. */
const REPLAYED = [
  // check: sign-in: only a use long after the first is a replay
  `a.used_at < statement_timestamp() - interval '${REPLAY_AFTER_SECONDS} seconds'`,
  // check: sign-in: only a use with the right redirect URI is a replay
  'a.redirect_uri = $3',
  // check: sign-in: only a use with the right verifier is a replay
  'a.code_challenge = $4',
].join(' AND ');

type StoreAuthority = Authority & { readonly storeId: string };

/** What a code is bound to, and who signed in. */
export interface CodeBinding {
  readonly storeId: string;
  readonly realmId: string;
  readonly profileId: string;
  readonly customerId: string;
  readonly identity: VouchedIdentity;
  readonly redirectUri: string;
  /** `S256` (RFC 7636 section 4.2). */
  readonly codeChallenge: string;
}

export interface CodeUse {
  readonly code: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
}

/** The customer token that the code is exchanged for must have this id: a replay of the code ends the token by it. */
export interface CodeGrant {
  readonly identity: VouchedIdentity;
  readonly customerId: string;
  readonly name: string;
  readonly tokenId: string;
}

export type RedeemedCode = CodeGrant | { readonly refused: SignInRefusalReason };

interface UsedRow {
  readonly identity_id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly customer_id: string;
  readonly name: string;
  /** Null: the use was not valid. */
  readonly token_id: string | null;
  readonly redirect_uri: string;
  readonly expired: boolean;
  readonly registered: boolean;
}

interface UsedAgainRow {
  readonly token_id: string | null;
  readonly identity_id: string;
  readonly customer_id: string;
  /** Null: the first use has not been yet, or the verifier is malformed. */
  readonly replayed: boolean | null;
}

/**
 * The one-time codes that storefronts exchange for customer tokens (RFC 6749 section 4.1). Only their digests are kept. Every
 * time is the database's, as the uses of a code may come to different replicas.
 */
@Injectable()
export class AuthorizationCodes {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    private readonly database: Database,
    private readonly customerTokens: CustomerTokens,
  ) {}

  /** @throws SignInRefused `identity_gone`: removed, or given to another person, while its owner was signing in */
  async issue(authority: Authority, binding: CodeBinding): Promise<string> {
    const { storeId, identity, redirectUri, codeChallenge } = binding;
    const code = randomBytes(32).toString('base64url');
    const row: SingleWrite = {
      name: 'authorization-code-issue',
      text: `INSERT INTO public.authorization_codes (store_id, code_hash, identity_id, redirect_uri, code_challenge, created_at, expires_at)
             SELECT i.store_id, $2::bytea, i.id, $4::text, $5::text, statement_timestamp(), statement_timestamp() + interval '${LIFETIME_SECONDS} seconds'
             FROM public.identities i
             WHERE i.store_id = $1 AND i.id = $3
               AND ${/* check: sign-in: identity given to another person during a sign-in */ '(i.issuer, i.subject) = ($6, $7)'}
             ${shared('i')} RETURNING store_id`,
      values: [storeId, sha256(code), identity.id, redirectUri, codeChallenge, identity.issuer, identity.subject],
      event: {
        type: 'sign_in_succeeded',
        subjectId: binding.customerId,
        data: { realm_id: binding.realmId, profile_id: binding.profileId },
      },
    };
    const { rows } = await this.database.writeOne(authority, row);
    if (rows.length === 0) throw new SignInRefused('identity_gone');
    return code;
  }

  /**
   * Uses a code up, valid or not: a code that is named with a wrong redirect URI or verifier is in wrong hands. The first use wins
   * if it is valid. A valid use more than 2 s later ends the token of the first (RFC 6749 section 4.1.2); every other one is only
   * refused.
   */
  async redeem(authority: StoreAuthority, use: CodeUse): Promise<RedeemedCode> {
    const { storeId } = authority;
    const challenge = challengeOf(use.codeVerifier);
    const codeHash = sha256(use.code);
    const { rows } = await this.database.writeOne<UsedRow>(authority, {
      name: 'authorization-code-use',
      // The times are a row: a distributed database takes no call in CASE.
      text: `UPDATE public.authorization_codes a
             SET used_at = clock.now,
               token_id = CASE WHEN ${VALID} THEN $5::uuid END,
               expires_at = CASE WHEN ${VALID} THEN ${KEPT_UNTIL} ELSE a.expires_at END
             FROM public.identities i
               JOIN public.customers c ON c.store_id = i.store_id AND c.id = i.customer_id
               JOIN public.authentication_realms r ON r.store_id = i.store_id AND r.id = i.realm_id,
               (SELECT statement_timestamp() AS now, statement_timestamp() + make_interval(secs => $6) AS token_expires_at) clock
             WHERE a.store_id = $1 AND a.code_hash = $2 AND ${/* check: sign-in: a code works once */ 'a.used_at IS NULL'}
               AND i.store_id = a.store_id AND i.id = a.identity_id AND ${KEY_LIVES}
             RETURNING a.identity_id, i.issuer, i.subject, c.id AS customer_id, c.name, a.token_id, a.redirect_uri,
               a.expires_at <= a.used_at AS expired, a.redirect_uri = ANY (r.redirect_uris) AS registered`,
      values: [storeId, codeHash, use.redirectUri, challenge, newTokenId(), this.config.customerTokenLifetimeSeconds],
    });
    const [row] = rows;
    if (row === undefined) {
      await this.database.requireKey(authority);
      return this.useAgain(authority, codeHash, use.redirectUri, challenge);
    }
    const { identity_id: id, issuer, subject, customer_id: customerId, name, token_id: tokenId } = row;
    if (tokenId === null) return { refused: faultOf(row, use) };
    return { identity: { id, issuer, subject }, customerId, name, tokenId };
  }

  private async useAgain(
    authority: StoreAuthority,
    codeHash: Buffer,
    redirectUri: string,
    challenge: string | null,
  ): Promise<RedeemedCode> {
    const { rows } = await this.database.query<UsedAgainRow>({
      name: 'authorization-code-use-again',
      text: `SELECT a.token_id, a.identity_id, i.customer_id,
               ${REPLAYED} AS replayed
             FROM public.authorization_codes a JOIN public.identities i ON i.store_id = a.store_id AND i.id = a.identity_id
             WHERE a.store_id = $1 AND a.code_hash = $2`,
      values: [authority.storeId, codeHash, redirectUri, challenge],
    });
    const [row] = rows;
    if (row === undefined) return { refused: 'code_unknown' };
    if (row.token_id !== null && row.replayed === true) {
      const { token_id: tokenId, identity_id: identityId, customer_id: customerId } = row;
      // check: sign-in: a replayed code revokes the token
      await this.customerTokens.revokeReplayed(authority, { tokenId, identityId, customerId });
    }
    return { refused: 'code_used' };
  }
}

function faultOf(row: UsedRow, use: CodeUse): SignInRefusalReason {
  if (row.expired) return 'code_expired';
  return row.registered && row.redirect_uri === use.redirectUri ? 'code_verifier_mismatch' : 'redirect_uri_mismatch';
}

/** `S256` of a verifier (RFC 7636 section 4.6); null: it is malformed. */
function challengeOf(codeVerifier: string): string | null {
  // check: sign-in: a malformed verifier has no challenge
  if (!CODE_VERIFIER.test(codeVerifier)) return null;
  return sha256(codeVerifier).toString('base64url');
}
