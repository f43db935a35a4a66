import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { translateDatabaseError } from '../database/database-errors.js';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-catalog.js';
import type { RefusalType } from '../events/event-catalogue.js';
import { toErrorDocument } from '../jsonapi/error-document.js';
import { logFailure } from './failure-log.js';
import { annotate } from './request-log.js';
import { allowedMethods } from './route-table.js';

/** Errors that say somebody tried to be a person and could not. */
const REFUSALS: Readonly<Partial<Record<ErrorCode, RefusalType>>> = {
  credentials_invalid: 'login_failed',
  grant_invalid: 'login_failed',
  current_password_invalid: 'current_password_refused',
};

/** Answers every error of the service, the router and the parsers in the one envelope. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const error = toAppError(exception, request);
    if (error.code === 'internal_error') logFailure(request.log, exception);
    answerFailure(error, request, http.getResponse<FastifyReply>());
  }
}

/** For hooks: the route that answers preflights is made before the framework gets its error handler. */
export function answerFailure(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = REFUSALS[error.code];
  annotate(request, {
    code: error.code,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(refusal === undefined ? {} : { events: [refusal] }),
  });
  const oauth = (request.routeOptions.url ?? request.url).startsWith('/oauth/');
  void reply
    .status(error.catalogEntry.status)
    .headers({
      // Also where the answer that was asked for may lie in caches.
      'cache-control': 'no-store',
      ...error.headers,
      'content-type': 'application/json; charset=utf-8',
    })
    .send(toErrorDocument(error, request.id, oauth));
}

function toAppError(exception: unknown, request: FastifyRequest): AppError {
  if (exception instanceof AppError) return exception;
  if (exception instanceof NotFoundException) return missingRoute(request);
  const translated = translateDatabaseError(exception);
  if (translated !== null) return translated;
  return new AppError(STATUS_CODES[statusOf(exception)] ?? 'internal_error', { cause: exception });
}

/** Answers of the router and of Fastify's own checks, which carry a status only. */
const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'request_malformed',
  404: 'route_not_found',
  408: 'request_timeout',
  413: 'body_too_large',
  415: 'media_type_unsupported',
  431: 'headers_too_large',
  503: 'unavailable',
};

function statusOf(exception: unknown): number {
  if (exception instanceof HttpException) return exception.getStatus();
  const { statusCode, code } = (exception ?? {}) as { statusCode?: unknown; code?: unknown };
  return typeof statusCode === 'number' && typeof code === 'string' && code.startsWith('FST_') ? statusCode : 500;
}

/** Only the router throws Nest's own "not found". A known path with another method is told which methods it takes. */
function missingRoute(request: FastifyRequest): AppError {
  const methods = allowedMethods(request.server, request.url);
  if (methods.length === 0) return new AppError('route_not_found');
  return new AppError('method_not_allowed', { headers: { allow: methods.join(', ') } });
}
