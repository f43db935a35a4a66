import { randomBytes } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { LOOK_INTERVAL_MS, loopBusySinceMs } from '../clock/event-loop.js';
import { digestsAreEqual, sha256 } from '../crypto/digest.js';
import { violatedConstraint } from '../database/database-errors.js';
import { systemOf } from '../database/authority.js';
import { Database } from '../database/database.js';
import { type SignInRefusalReason, SignInRefused } from '../errors/sign-in-refusal.js';
import { CustomerTokens } from '../sessions/customer-tokens.js';

const LIFETIME_SECONDS = 60;
/** Of so many codes this process knows when it answered; of others, the database does. */
const REMEMBERED_ANSWERS = 10_000;
/** A question to the database that took longer says too little about the moment of its answer. */
const LOOK_WIDTH_MS = 1;
const LOOKS_MAX = 4;
/**
 * Uses that were sent together come one after another. What still lies in a queue of the operating system has begun and must not be
 * taken for a replay, so the answer waits this long: far longer than the gaps between such requests, and too short to be felt.
 */
const QUIET_MS = 25;
/** An event loop that never rests is waited for so many times as long. */
const QUIETS_MAX = 8;
/** Where one more use has come, others may be on their way, also to another replica. An honest login never waits for it. */
const QUIET_AFTER_LATE_USE_MS = 150;
/** Whoever goes on sending a code delays its answer by this and no more. */
const HELD_MAX_MS = 3_000;
/** RFC 7636 section 4.1. */
const CODE_VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** What a code is bound to. */
export interface CodeBinding {
  readonly storeId: string;
  readonly identityId: string;
  readonly redirectUri: string;
  /** `S256` (RFC 7636 section 4.2). */
  readonly codeChallenge: string;
}

export interface CodeUse {
  readonly code: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
  /** When the request was read, by `performance.now()`. */
  readonly arrivedAtMs: number;
  /** It had not come before this moment. */
  readonly arrivedAfterMs: number;
}

export type RedeemedCode =
  | { readonly identityId: string; readonly customerId: string; readonly name: string }
  | { readonly refused: SignInRefusalReason; readonly replayed: boolean };

/** What a code was exchanged for. Its row is kept as long, so that a replay still ends the token. */
interface GivenToken {
  readonly id: string;
  readonly expiresAt: Date;
}

interface CodeRow {
  readonly identity_id: string;
  readonly redirect_uri: string;
  readonly code_challenge: string;
  readonly expired: boolean;
  readonly customer_id: string;
  readonly name: string;
}

interface LateLook {
  readonly tokenId: string | null;
  /** By `performance.now()`; null: the winner has no answer yet. */
  readonly answeredAtMs: number | null;
}

/** When winners were answered by apps of this process, by `performance.now()` and the digest of the code. */
const answeredHere = new LRUCache<string, number>({ max: REMEMBERED_ANSWERS });

/**
 * The one-time codes that storefronts exchange for customer tokens (RFC 6749 section 4.1). Only their digests are kept. Uses are
 * told apart by the database's time alone, as they may come to different replicas at once.
 */
@Injectable()
export class AuthorizationCodes implements OnModuleInit, OnModuleDestroy {
  private looking: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly customerTokens: CustomerTokens,
  ) {}

  onModuleInit(): void {
    this.looking = setInterval(loopBusySinceMs, LOOK_INTERVAL_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.looking);
  }

  /** @throws SignInRefused `identity_gone`: removed while its owner was signing in */
  async issue({ storeId, identityId, redirectUri, codeChallenge }: CodeBinding): Promise<string> {
    const code = randomBytes(32).toString('base64url');
    const row = {
      name: 'authorization-code-issue',
      text: `INSERT INTO authorization_codes (store_id, code_hash, identity_id, redirect_uri, code_challenge, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp() + interval '${LIFETIME_SECONDS} seconds')`,
      values: [storeId, sha256(code), identityId, redirectUri, codeChallenge],
    };
    try {
      await this.database.pool.query(row);
      return code;
    } catch (cause) {
      if (violatedConstraint(cause) === 'authorization_codes_identity_fkey') throw new SignInRefused('identity_gone');
      throw cause;
    }
  }

  /**
   * Uses a code up, whatever comes of it: a code that was named with a wrong redirect URI or verifier is in wrong hands. One use
   * wins. A use that begins when the winner has got its answer shows that the code was known to somebody else: the winner's
   * token is revoked (section 4.1.2). One that began before is only late.
   */
  async redeem(storeId: string, use: CodeUse): Promise<RedeemedCode> {
    const codeHash = sha256(use.code);
    const { rows } = await this.database.pool.query<CodeRow>({
      name: 'authorization-code-use',
      text: `UPDATE authorization_codes a SET used_at = clock_timestamp()
             FROM identities i JOIN customers c ON c.store_id = i.store_id AND c.id = i.customer_id
             WHERE a.store_id = $1 AND a.code_hash = $2 AND a.used_at IS NULL
               AND i.store_id = a.store_id AND i.id = a.identity_id
             RETURNING a.identity_id, a.redirect_uri, a.code_challenge, a.expires_at <= clock_timestamp() AS expired,
               c.id AS customer_id, c.name`,
      values: [storeId, codeHash],
    });
    const [row] = rows;
    if (row === undefined) return this.lateUse(storeId, codeHash, use);
    const fault = faultOf(row, use);
    if (fault !== null) return { refused: fault, replayed: false };
    return { identityId: row.identity_id, customerId: row.customer_id, name: row.name };
  }

  /**
   * Call it when the token is made, and let it leave when this settles: when no further use of the code has come to any replica for
   * a while. Between its looks it holds nothing but a timer, so it ends in time whether or not the client still waits.
   */
  async answered(storeId: string, code: string, token: GivenToken): Promise<void> {
    const codeHash = sha256(code);
    do await arrivals();
    while (!(await this.isQuiet(storeId, codeHash, token)));
    answeredHere.set(codeHash.toString('base64'), performance.now());
  }

  /** Looks for late uses and, where there are none, says in the same moment that the answer leaves: what begins later is a replay. */
  private async isQuiet(storeId: string, codeHash: Buffer, { id, expiresAt }: GivenToken): Promise<boolean> {
    const { rows } = await this.database.pool.query<{ answered: boolean }>({
      name: 'authorization-code-answered',
      text: `UPDATE authorization_codes SET token_id = $3, expires_at = $4, answered_at = CASE
               WHEN late_use_at IS NULL OR late_use_at <= clock_timestamp() - interval '${QUIET_AFTER_LATE_USE_MS} milliseconds'
                 OR used_at <= clock_timestamp() - interval '${HELD_MAX_MS} milliseconds' THEN clock_timestamp() END
             WHERE store_id = $1 AND code_hash = $2 RETURNING answered_at IS NOT NULL AS answered`,
      values: [storeId, codeHash, id, expiresAt],
    });
    // No row: its person was removed meanwhile, and the token with it.
    return rows[0]?.answered ?? true;
  }

  private async lateUse(storeId: string, codeHash: Buffer, use: CodeUse): Promise<RedeemedCode> {
    if (await this.isWaitedFor(storeId, codeHash)) return { refused: 'code_used', replayed: false };
    const found = await this.look(storeId, codeHash);
    if (found === null) return { refused: 'code_unknown', replayed: false };
    const isReplay = found.answeredAtMs !== null && beganAfter(use, found.answeredAtMs, codeHash);
    if (found.tokenId === null || !isReplay) return { refused: 'code_used', replayed: false };
    await this.customerTokens.revokeReplayed(systemOf(storeId), found.tokenId);
    return { refused: 'code_used', replayed: true };
  }

  /** Leaves a mark for the winner, whichever process that is in. False: it has its answer. */
  private async isWaitedFor(storeId: string, codeHash: Buffer): Promise<boolean> {
    const { rowCount } = await this.database.pool.query({
      name: 'authorization-code-late-mark',
      text: `UPDATE authorization_codes SET late_use_at = clock_timestamp()
             WHERE store_id = $1 AND code_hash = $2 AND answered_at IS NULL`,
      values: [storeId, codeHash],
    });
    return rowCount === 1;
  }

  /**
   * When the winner was answered, by the database's time, brought to `performance.now()` of this process: the database read its
   * clock between the question and its answer, and the closest of a few pairs tells when. The wait for a connection is not part of
   * it, or an early use would look late on a busy machine.
   */
  private async look(storeId: string, codeHash: Buffer): Promise<LateLook | null> {
    const client = await this.database.pool.connect();
    try {
      let closest: { readonly widthMs: number; readonly look: LateLook } | null = null;
      for (let tries = 0; tries < LOOKS_MAX && (closest === null || closest.widthMs > LOOK_WIDTH_MS); tries += 1) {
        const askedAtMs = performance.now();
        const { rows } = await client.query<{ token_id: string | null; answered_ms_ago: number | null }>({
          name: 'authorization-code-late-use',
          text: `SELECT token_id, (extract(epoch FROM clock_timestamp() - answered_at) * 1000)::double precision AS answered_ms_ago
                 FROM authorization_codes WHERE store_id = $1 AND code_hash = $2`,
          values: [storeId, codeHash],
        });
        const widthMs = performance.now() - askedAtMs;
        const [row] = rows;
        if (row === undefined) return null;
        if (closest !== null && closest.widthMs <= widthMs) continue;
        const answeredAtMs = row.answered_ms_ago === null ? null : askedAtMs + widthMs / 2 - row.answered_ms_ago;
        closest = { widthMs, look: { tokenId: row.token_id, answeredAtMs } };
      }
      return closest?.look ?? null;
    } finally {
      client.release();
    }
  }
}

/**
 * Whether a use began when the winner had its answer. Where that came from this process, all that had come before was read before:
 * the moment of reading tells. A process that did not know of the answer may have been busy with something else and have left the
 * use waiting, so of its time only what it was surely free in counts.
 */
function beganAfter(use: CodeUse, answeredAtMs: number, codeHash: Buffer): boolean {
  const answeredHereAtMs = answeredHere.get(codeHash.toString('base64'));
  return answeredHereAtMs === undefined ? use.arrivedAfterMs > answeredAtMs : use.arrivedAtMs > answeredHereAtMs;
}

/** Time for further uses to come, and to be read: until the event loop has had nothing else to do. */
async function arrivals(): Promise<void> {
  loopBusySinceMs();
  const beganAtMs = performance.now();
  for (let quiets = 0; quiets < QUIETS_MAX; quiets += 1) {
    await setTimeout(QUIET_MS);
    if (loopBusySinceMs() > beganAtMs) break;
  }
  await setImmediate();
  await setImmediate();
}

function faultOf(row: CodeRow, use: CodeUse): SignInRefusalReason | null {
  if (row.expired) return 'code_expired';
  if (row.redirect_uri !== use.redirectUri) return 'redirect_uri_mismatch';
  return verifies(use.codeVerifier, row.code_challenge) ? null : 'code_verifier_mismatch';
}

function verifies(codeVerifier: string, codeChallenge: string): boolean {
  if (!CODE_VERIFIER.test(codeVerifier)) return false;
  const computed = sha256(codeVerifier).toString('base64url');
  return digestsAreEqual(Buffer.from(computed), Buffer.from(codeChallenge));
}
