import { readDatabaseUrl } from '../config/database-url.js';
import { StartupError } from '../errors/startup-error.js';
import { PASSWORD_MISSING } from './postgres-client.js';

const UNKNOWN_AUTHORITY =
  'the authority of its certificate is not trusted: name the file of that authority as sslrootcert';

/** What to do, by the code of the system call, of TLS (OpenSSL's and Node's) or the SQLSTATE (PostgreSQL, appendix A). */
const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no Postgres listens there: start it or correct the URL',
  ECONNRESET: 'it closed the connection: see its log',
  EPIPE: 'it closed the connection: see its log',
  ENOTFOUND: 'no such host: correct the URL',
  EAI_AGAIN: 'the host name cannot be looked up now: correct the URL or mend DNS',
  ETIMEDOUT: 'no answer: correct the URL or open the network to it',
  EHOSTUNREACH: 'no route: correct the URL or open the network to it',
  ENETUNREACH: 'no route: correct the URL or open the network to it',
  ENOENT: 'no such socket: start Postgres or correct the URL',
  EACCES: 'this user may not use the socket: correct its rights or the URL',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: name that certificate as sslrootcert',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate names another host: use the name in the certificate',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: correct a clock',
  NO_TLS: 'it does not speak TLS: switch TLS on there, or correct sslmode',
  [PASSWORD_MISSING]: 'it asks for a password: write one into the URL',
  '08P01': `it, or a pooler before it, refuses how it is spoken to: behind PgBouncer list statement_timeout,lock_timeout,idle_in_transaction_session_timeout in ignore_startup_parameters`,
  '25006': 'it is read-only: give the URL of the primary',
  '28P01': 'it refuses the user or the password: correct the URL',
  '28000': 'it refuses the user from here: correct the URL (with sslmode, where it wants TLS) or its pg_hba.conf',
  '3D000': 'the database does not exist: create it or correct the URL',
  '3F000': 'the schema public does not exist: create it',
  '42501': 'the user lacks a right: let it own the database',
  '53300': 'it has no connection left: raise its max_connections',
  '57P03': 'it is starting up or shutting down: try again',
};

/** What node-postgres reports without a code. */
const CODES_BY_MESSAGE: readonly (readonly [beginning: string, code: string])[] = [
  ['timeout exceeded when trying to connect', 'ETIMEDOUT'],
  ['Connection terminated due to connection timeout', 'ETIMEDOUT'],
  ['Connection terminated unexpectedly', 'ECONNRESET'],
  ['The server does not support SSL connections', 'NO_TLS'],
  ['There was an error establishing an SSL connection', 'EPROTO'],
];

const CALLS_OF_CONNECTIONS = new Set(['getaddrinfo', 'connect', 'read', 'write']);

/** Another failure of TLS, of the network or of the server than those above. */
const OTHER_CODE =
  /^(?:E[A-Z]{2,}|ERR_(?:SSL|TLS)_[A-Z0-9_]+|[A-Z]+_[A-Z_]*CERT[A-Z_]*|CERT_[A-Z_]+|(?:08|28|53|57|58)[0-9A-Z]{3})$/;

/**
 * Why the database cannot be used at start, as one line that names host, port and database of `DATABASE_URL`, never its user or
 * password. An error of another kind comes back as it is.
 */
export function databaseStartupError(cause: unknown, databaseUrl: string): unknown {
  if (cause instanceof StartupError || !(cause instanceof Error)) return cause;
  const code = codeOf(cause);
  if (code === undefined) return cause;
  const remedy = REMEDIES[code] ?? (OTHER_CODE.test(code) ? 'see the log of that Postgres' : undefined);
  if (remedy === undefined) return cause;
  return new StartupError(`DATABASE_URL: Postgres at ${placeOf(databaseUrl)} cannot be used (${code}): ${remedy}`, {
    cause,
  });
}

/** Whether no connection was made within the time that the pool gives it. */
export function isConnectionTimeout(cause: unknown): boolean {
  return cause instanceof Error && codeOf(cause) === 'ETIMEDOUT';
}

function placeOf(databaseUrl: string): string {
  const { host, port, database } = readDatabaseUrl(databaseUrl);
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}

/** An attempt at several addresses of one host fails with one error that holds the others. */
function codeOf(error: Error): string | undefined {
  const known = CODES_BY_MESSAGE.find(([beginning]) => error.message.startsWith(beginning));
  if (known !== undefined) return known[1];
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return undefined;
  const { code, syscall } = first as { code?: unknown; syscall?: unknown };
  // A file of ours that is missing has such a code, too.
  if (typeof syscall === 'string' && !CALLS_OF_CONNECTIONS.has(syscall)) return undefined;
  return typeof code === 'string' ? code : undefined;
}
