import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Origin } from '../database/authority.js';
import type { RefusalReason } from '../errors/app-error.js';
import {
  type DomainEvent,
  eventCatalogue,
  type EventType,
  type RefusalType,
  type SubjectType,
} from '../events/event-catalogue.js';

/** What guards, services and the error filter add to the one line of a request. */
export interface LogFields {
  key_id?: string;
  /** The application key that the request is about, where `key_id` is the one that calls. */
  managed_key_id?: string;
  store_id?: string;
  customer_id?: string;
  /** How many customers the request has changed, where they are several. */
  customers?: number;
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
  /** Why a sign-in had to do without what the userinfo endpoint would have told. */
  userinfo_failure?: RefusalReason;
  /** Masked. */
  email?: string;
  events?: (EventType | RefusalType | 'sign_in_started')[];
}

declare module 'fastify' {
  interface FastifyRequest {
    logFields: LogFields;
    /** Of the client; empty where it was gone before anything was read of it. */
    clientAddress: string;
  }
}

export function annotate(request: FastifyRequest, fields: LogFields): void {
  const { events = [], ...rest } = fields;
  Object.assign(request.logFields, rest);
  if (events.length > 0) request.logFields.events = [...new Set([...(request.logFields.events ?? []), ...events])];
}

/** What a proxy names as the client's address may be any text. */
const CLIENT_ADDRESS_LENGTH_MAX = 64;

/** Under which name a line tells of the subject of an event. */
const SUBJECT_FIELDS: Readonly<Partial<Record<SubjectType, keyof LogFields>>> = {
  customer: 'customer_id',
  application_key: 'managed_key_id',
  authentication_realm: 'realm_id',
  oidc_profile: 'profile_id',
};

/** Members of events that lines tell, too. */
const TOLD_MEMBERS = ['realm_id', 'profile_id', 'customer_id'] as const;

/** Where the writes of a request come from. Their events become part of its line. */
export function originOf(request: FastifyRequest): Origin {
  const customers = new Set<string>();
  return {
    requestId: request.id,
    clientAddress: request.clientAddress.slice(0, CLIENT_ADDRESS_LENGTH_MAX),
    recorded: (event) => {
      const events = eventCatalogue[event.type].security ? [event.type] : [];
      const fields = fieldsOf(event);
      annotate(request, { ...fields, events });
      if (fields.customer_id !== undefined) customers.add(fields.customer_id);
      if (customers.size < 2) return;
      // None of them stands for the others.
      delete request.logFields.customer_id;
      request.logFields.customers = customers.size;
    },
  };
}

function fieldsOf({ type, subjectId, data, personal }: DomainEvent): LogFields {
  const members: Readonly<Record<string, unknown>> = data ?? {};
  const told = TOLD_MEMBERS.filter((name) => typeof members[name] === 'string').map((name) => [name, members[name]]);
  const field = SUBJECT_FIELDS[eventCatalogue[type].subject];
  return {
    ...(Object.fromEntries(told) as LogFields),
    ...(field === undefined ? {} : { [field]: subjectId }),
    ...(personal === undefined ? {} : { email: maskEmail(personal.email) }),
  };
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
  instance.decorateRequest('clientAddress', '');
  // Node asks the system once and keeps the answer, which there is none of behind the end of the connection.
  instance.server.on('connection', (socket) => void socket.remoteAddress);
  instance.addHook('onRequest', (request, reply, done) => {
    request.logFields = {};
    request.clientAddress = addressOf(request);
    void reply.header('x-request-id', request.id);
    done();
  });
  instance.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply);
    done();
  });
}

/** A connection that had ended before it was looked at has no address, whatever the types say. */
function addressOf({ ip }: { readonly ip: string | undefined }): string {
  return ip ?? '';
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const line = {
    method: request.method,
    route: request.routeOptions?.url ?? null,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    address: request.clientAddress,
    ...request.logFields,
  };
  if (reply.statusCode >= 500) request.log.error(line, 'request');
  else request.log.info(line, 'request');
}
