import type { FastifyBaseLogger } from 'fastify';

/**
 * Logs a failure of the service: the names and codes of the error and its causes, and where it happened. Messages stay out:
 * those of the database layer quote the values of a statement, and values may be secrets.
 */
export function logFailure(log: FastifyBaseLogger, error: unknown): void {
  log.error({ failure: describe(error, 0) }, 'failure');
}

interface FailureDescription {
  name: string;
  code?: string;
  frames?: string[];
  cause?: FailureDescription;
}

function describe(error: unknown, depth: number): FailureDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: unknown } };
  const cause = error.cause ?? meta?.driverAdapterError;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    frames: frames.slice(0, 12).map((line) => line.trim()),
    ...(cause !== undefined && depth < 3 ? { cause: describe(cause, depth + 1) } : {}),
  };
}
