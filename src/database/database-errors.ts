import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-catalog.js';
import { type ConstraintName, isConstraintName } from './constraints.js';
import { SessionNotSettled } from './postgres-client.js';

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

/**
 * SQLSTATE: the connection failed (class 08) or was refused (28, no such database), too many connections or another limit, the
 * statement was cancelled or the server stops (57), it takes no writes since it is no primary (any more), gave up waiting for a
 * lock or for us. A full or broken disk is not among them: that is a failure, which the log has to tell.
 */
const UNAVAILABLE_STATES = /^(?:08[0-9A-Z]{3}|28[0-9A-Z]{3}|3D000|53[34]00|57[0-9A-Z]{3}|25006|25P0[34]|55P03)$/;

/**
 * Prisma: refused, cannot reach, timed out, no such database, no TLS, connection closed, pool exhausted, transaction could not
 * start or expired.
 */
const UNAVAILABLE_PRISMA_CODES = /^(?:P1000|P1001|P1002|P1003|P1008|P1010|P1011|P1017|P2024|P2028|P2037)$/;

/** Of the network, of a lack of descriptors, and of TLS. */
const UNAVAILABLE_SYSTEM_CODES =
  /^(?:E(?:CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|ADDRNOTAVAIL|MFILE|NFILE|NOTFOUND|AI_AGAIN|PROTO)|(?:ERR_(?:SSL|TLS)|CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)_[A-Z0-9_]+)$/;

/** node-postgres gives these no code at all. */
const UNAVAILABLE_MESSAGES = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Query read timeout',
  'Client has encountered a connection error',
  'Cannot use a pool after calling end on the pool',
  'The server does not support SSL connections',
  'There was an error establishing an SSL connection',
  'Client was closed and is not queryable',
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

function isUnavailable(layer: ErrorShape): boolean {
  const { code, originalCode, message } = layer;
  return (
    // A pooler came between that drops what a connection asks for.
    layer instanceof SessionNotSettled ||
    matches(UNAVAILABLE_STATES, code) ||
    matches(UNAVAILABLE_STATES, originalCode) ||
    matches(UNAVAILABLE_PRISMA_CODES, code) ||
    matches(UNAVAILABLE_SYSTEM_CODES, code) ||
    (typeof message === 'string' && UNAVAILABLE_MESSAGES.some((text) => message.startsWith(text)))
  );
}

function matches(pattern: RegExp, code: unknown): boolean {
  return typeof code === 'string' && pattern.test(code);
}

function isOneOf(set: ReadonlySet<string>, code: unknown): boolean {
  return typeof code === 'string' && set.has(code);
}
