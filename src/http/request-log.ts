import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { loopBusySinceMs } from '../clock/event-loop.js';
import type { RefusalReason } from '../errors/app-error.js';

/** Security events of one request, named in its log line. */
export type SecurityEvent =
  | 'application_key_changed'
  | 'application_key_created'
  | 'application_key_deleted'
  | 'application_key_rotated'
  | 'authorization_code_replayed'
  | 'customer_created'
  | 'customer_deleted'
  | 'customer_email_changed'
  | 'customer_password_changed'
  | 'customer_tokens_revoked'
  | 'identity_linked'
  | 'identity_removed'
  | 'login_failed'
  | 'login_succeeded'
  | 'oidc_profile_created'
  | 'oidc_profile_changed'
  | 'oidc_profile_deleted'
  | 'realm_changed'
  | 'sign_in_refused'
  | 'sign_in_started'
  | 'sign_in_succeeded'
  | 'unproven_customer_reset'
  | 'store_settings_changed';

/** What guards, services and the error filter add to the one line of a request. */
export interface LogFields {
  key_id?: string;
  /** The application key that the request is about, where `key_id` is the one that calls. */
  managed_key_id?: string;
  store_id?: string;
  customer_id?: string;
  /** Error code of the answer. */
  code?: string;
  /** Why a login or a token was refused; the client is not told. */
  reason?: RefusalReason;
  realm_id?: string;
  profile_id?: string;
  /** The claim at fault in what an OpenID Provider said. */
  claim?: string;
  /** How far a provider's time is from ours, where a sign-in was refused for it. */
  skew_seconds?: number;
  /** Masked. */
  email?: string;
  events?: SecurityEvent[];
}

declare module 'fastify' {
  interface FastifyRequest {
    logFields: LogFields;
    /** When it was read, by `performance.now()`, in milliseconds. */
    arrivedAtMs: number;
    /** It had not come before this moment, by `performance.now()`, however long it has waited to be read. */
    arrivedAfterMs: number;
  }
}

export function annotate(request: FastifyRequest, fields: LogFields): void {
  const { events = [], ...rest } = fields;
  Object.assign(request.logFields, rest);
  if (events.length > 0) request.logFields.events = [...(request.logFields.events ?? []), ...events];
}

/** `ann@example.test` becomes `a***@example.test`: enough to follow a complaint, not enough to send mail. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 1) return '***';
  return `${String.fromCodePoint(email.codePointAt(0) ?? 0)}***${email.slice(at)}`.slice(0, 254);
}

/**
 * Writes one JSON line per request: the route's template and never its URL, since filters hold emails and callbacks hold codes;
 * no header and no body.
 */
export function logRequests(instance: FastifyInstance): void {
  instance.decorateRequest('logFields');
  instance.decorateRequest('arrivedAtMs', 0);
  instance.decorateRequest('arrivedAfterMs', 0);
  instance.addHook('onRequest', (request, reply, done) => {
    request.arrivedAtMs = performance.now();
    request.arrivedAfterMs = loopBusySinceMs();
    request.logFields = {};
    void reply.header('x-request-id', request.id);
    done();
  });
  instance.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply);
    done();
  });
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const line = {
    method: request.method,
    route: request.routeOptions?.url ?? null,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    address: request.ip,
    ...request.logFields,
  };
  if (reply.statusCode >= 500) request.log.error(line, 'request');
  else request.log.info(line, 'request');
}
