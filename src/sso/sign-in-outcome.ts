import type { FastifyRequest } from 'fastify';
import { translateDatabaseError } from '../database/database-errors.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import { logFailure } from '../http/failure-log.js';
import { annotate } from '../http/request-log.js';
import { serviceFailed, serviceUnavailable, type StorefrontError, storefrontError } from './storefront-errors.js';

/** Puts the check that failed into the line of the request. */
export function logRefusal(request: FastifyRequest, { reason, claim, skewSeconds }: SignInRefused): void {
  annotate(request, {
    reason,
    ...(claim === undefined ? {} : { claim }),
    ...(skewSeconds === undefined ? {} : { skew_seconds: skewSeconds }),
    events: ['sign_in_refused'],
  });
}

/** The storefront waits for an answer: a failure of ours is told to it as well, and to the log in full. */
export function explainToStorefront(request: FastifyRequest, cause: unknown): StorefrontError {
  if (cause instanceof SignInRefused) {
    logRefusal(request, cause);
    return storefrontError(cause);
  }
  if (translateDatabaseError(cause)?.code === 'unavailable') {
    annotate(request, { code: 'unavailable', events: ['sign_in_refused'] });
    return serviceUnavailable;
  }
  logFailure(request.log, cause);
  annotate(request, { code: 'internal_error', events: ['sign_in_refused'] });
  return serviceFailed;
}
