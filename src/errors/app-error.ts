import { type CatalogEntry, type ErrorCode, errorCatalog } from './error-catalog.js';
import type { SignInRefusalReason } from './sign-in-refusal.js';

/** One entry of `errors[]`, as far as it differs from the catalog. */
export interface ErrorEntry {
  readonly title?: string;
  readonly detail: string;
  /** The member at fault, where the resource's style names it. */
  readonly source?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Why a login or a token was refused. For the log; clients are never told. */
export type RefusalReason =
  | SignInRefusalReason
  | 'alg_mismatch'
  | 'audience_mismatch'
  | 'claims_invalid'
  | 'customer_gone'
  | 'email_unknown'
  | 'encoding_invalid'
  | 'expired'
  | 'grant_lost'
  | 'header_invalid'
  | 'issuer_mismatch'
  | 'key_gone'
  | 'key_unknown'
  | 'missing'
  | 'password_changed'
  | 'password_wrong'
  | 'password_not_set'
  | 'password_unusable'
  | 'permission_missing'
  | 'revoked'
  | 'secret_missing'
  | 'secret_wrong'
  | 'signature_invalid'
  | 'token_use_mismatch'
  | 'type_mismatch';

export interface AppErrorOptions {
  /** Replaces the catalog's detail. */
  readonly detail?: string;
  /** Several faults at once, each an entry of the answer. */
  readonly entries?: readonly ErrorEntry[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly reason?: RefusalReason;
  readonly cause?: unknown;
}

/** A failure that the client is told about, named by its catalog code. */
export class AppError extends Error {
  readonly entries: readonly ErrorEntry[];
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: RefusalReason | undefined;

  constructor(
    readonly code: ErrorCode,
    options: AppErrorOptions = {},
  ) {
    super(code, { cause: options.cause });
    this.name = 'AppError';
    const { detail } = errorCatalog[code];
    this.entries = options.entries ?? [{ detail: options.detail ?? detail }];
    this.headers = options.headers ?? {};
    this.reason = options.reason;
  }

  get catalogEntry(): CatalogEntry {
    return errorCatalog[this.code];
  }
}
