import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { ServiceConfig } from '../config/config.js';

/** Injection token of the pino `Logger`. */
export const LOGGER = Symbol('Logger');

/** One JSON line per entry, on standard output unless that is reserved for the one line of the throwaway mode. */
export function createLogger(config: ServiceConfig, stream?: DestinationStream): Logger {
  const destination = stream ?? pino.destination({ dest: config.logDestination === 'stderr' ? 2 : 1, sync: true });
  return pino(
    { level: config.logLevel, base: { service: 'gatehouse' }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
}

/** Sends the framework's own messages to the same log. */
export class FrameworkLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ context: rest.at(-1) }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }

  debug(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
}
