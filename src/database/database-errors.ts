import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-catalog.js';
import { type ConstraintName, isConstraintName } from './constraints.js';

/**
 * Translates failures of the database layer. Unique violations are told by the constraint's name, which is why every
 * constraint in the schema has one. What is not known here stays a failure of ours.
 */
const CONSTRAINTS: Readonly<Partial<Record<ConstraintName, ErrorCode>>> = {
  customers_login_email_key: 'email_taken',
  customers_pkey: 'id_taken',
  addresses_pkey: 'id_taken',
  authentication_users_pkey: 'user_exists',
  identities_subject_key: 'identity_taken',
  identities_profile_fkey: 'oidc_profile_in_use',
  orders_pkey: 'id_taken',
  order_items_pkey: 'id_taken',
};

/** SQLSTATE (PostgreSQL, appendix A): conflicts of concurrent transactions. */
const CONFLICT_STATES = new Set(['40001', '40P01']);

/** SQLSTATE: cancelled by a timeout, lock not available, too many connections, the server starts or stops. */
const UNAVAILABLE_STATES = new Set(['57014', '55P03', '53300', '53400', '57P01', '57P02', '57P03', '25P03', '25P04']);

/** Prisma: cannot reach, timed out, pool exhausted, connection closed, transaction could not start or expired. */
const UNAVAILABLE_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);

const UNAVAILABLE_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** node-postgres gives these no code at all. */
const UNAVAILABLE_MESSAGES = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Query read timeout',
  'Client has encountered a connection error',
  'Cannot use a pool after calling end on the pool',
];

interface ErrorShape {
  code?: unknown;
  message?: unknown;
  constraint?: unknown;
  cause?: unknown;
  originalCode?: unknown;
  kind?: unknown;
  index?: unknown;
  meta?: { driverAdapterError?: unknown };
}

export function translateDatabaseError(error: unknown): AppError | null {
  const layers = layersOf(error);
  const constraint = findConstraint(layers);
  if (constraint !== undefined) {
    const code = isConstraintName(constraint) ? CONSTRAINTS[constraint] : undefined;
    return code === undefined ? null : new AppError(code, { cause: error });
  }
  if (layers.some(isConflict)) return new AppError('write_conflict', { cause: error });
  if (layers.some(isUnavailable)) {
    return new AppError('unavailable', { cause: error, headers: { 'retry-after': '1' } });
  }
  return null;
}

/** The name of the constraint that refused a write, if that is what happened and it is one that is told apart. */
export function violatedConstraint(error: unknown): ConstraintName | undefined {
  const name = findConstraint(layersOf(error));
  return isConstraintName(name) ? name : undefined;
}

/** The error, its causes and what Prisma carries in its meta data, outermost first. */
function layersOf(error: unknown): ErrorShape[] {
  const layers: ErrorShape[] = [];
  const pending: unknown[] = [error];
  while (pending.length > 0 && layers.length < 10) {
    const next = pending.shift();
    if (typeof next !== 'object' || next === null) continue;
    const layer = next as ErrorShape;
    layers.push(layer);
    pending.push(layer.cause, layer.meta?.driverAdapterError);
  }
  return layers;
}

function findConstraint(layers: readonly ErrorShape[]): string | undefined {
  for (const { constraint } of layers) {
    if (typeof constraint === 'string') return constraint;
    const index = (constraint as { index?: unknown } | undefined)?.index;
    if (typeof index === 'string') return index;
  }
  return undefined;
}

function isConflict({ code, originalCode, kind }: ErrorShape): boolean {
  return (
    code === 'P2034' ||
    kind === 'TransactionWriteConflict' ||
    isOneOf(CONFLICT_STATES, code) ||
    isOneOf(CONFLICT_STATES, originalCode)
  );
}

function isUnavailable({ code, originalCode, message }: ErrorShape): boolean {
  return (
    isOneOf(UNAVAILABLE_STATES, code) ||
    isOneOf(UNAVAILABLE_STATES, originalCode) ||
    isOneOf(UNAVAILABLE_PRISMA_CODES, code) ||
    isOneOf(UNAVAILABLE_SYSTEM_CODES, code) ||
    (typeof message === 'string' && UNAVAILABLE_MESSAGES.some((text) => message.startsWith(text)))
  );
}

function isOneOf(set: ReadonlySet<string>, code: unknown): boolean {
  return typeof code === 'string' && set.has(code);
}
