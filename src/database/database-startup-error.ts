import { StartupError } from '../errors/startup-error.js';

/** What to do, by the code of the system call or the SQLSTATE (PostgreSQL, appendix A). */
const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no Postgres listens there: start it or correct the URL',
  ECONNRESET: 'it closed the connection: see its log',
  ENOTFOUND: 'no such host: correct the URL',
  EAI_AGAIN: 'the host name cannot be looked up now: correct the URL or mend DNS',
  ETIMEDOUT: 'no answer: correct the URL or open the network to it',
  EHOSTUNREACH: 'no route: correct the URL or open the network to it',
  ENETUNREACH: 'no route: correct the URL or open the network to it',
  '28P01': 'it refuses the user or the password: correct the URL',
  '28000': 'it refuses the user: correct the URL',
  '3D000': 'the database does not exist: create it or correct the URL',
  '42501': 'the user lacks a right: let it own the database',
  '53300': 'it has no connection left: raise its max_connections',
  '57P03': 'it is starting up or shutting down: try again',
};

const TIMEOUT_MESSAGES = ['timeout exceeded when trying to connect', 'Connection terminated due to connection timeout'];

/**
 * Why the database cannot be used at start, as one line that names host, port and database of `DATABASE_URL`, never its user or
 * password. An error of another kind comes back as it is.
 */
export function databaseStartupError(cause: unknown, databaseUrl: string): unknown {
  if (cause instanceof StartupError || !(cause instanceof Error)) return cause;
  const code = codeOf(cause);
  const remedy = code === undefined ? undefined : REMEDIES[code];
  if (code === undefined || remedy === undefined) return cause;
  const { hostname, port, pathname } = new URL(databaseUrl);
  return new StartupError(
    `DATABASE_URL: Postgres at ${hostname}:${port || '5432'}${pathname} cannot be used (${code}): ${remedy}`,
    { cause },
  );
}

/** An attempt at several addresses of one host fails with one error that holds the others. */
function codeOf(error: Error): string | undefined {
  if (TIMEOUT_MESSAGES.some((text) => error.message.startsWith(text))) return 'ETIMEDOUT';
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : undefined;
}
