import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Credential } from '../access/permissions.js';
import { parseUuid } from '../crypto/identifiers.js';
import { type Origin, systemOf, type TokenlessAuthority } from '../database/authority.js';
import { AppError } from '../errors/app-error.js';
import type { CustomerSession } from '../sessions/customer-tokens.js';

/**
 * Whose data a request may touch: one store, and within it one customer where a customer token narrows the request. It is the
 * authority of what the request writes.
 */
export interface RequestScope {
  readonly storeId: string;
  /** The application key that calls. */
  readonly keyId: string;
  readonly credential: Credential;
  /** Null: no customer token came with the request, or the route does not look at it. */
  readonly customer: CustomerSession | null;
  readonly origin: Origin;
}

/** What decides which rows a query sees. */
export type DataScope = Pick<RequestScope, 'storeId' | 'customer'>;

/** The service by itself, in one store: no token came with what it does. */
export type ServiceScope = TokenlessAuthority & { readonly storeId: string; readonly customer: null };

export function serviceScope(storeId: string): ServiceScope {
  return { ...systemOf(storeId), customer: null };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the customer-scope guard on every route that is not open to all. */
    scope?: RequestScope;
  }
}

export const Scope = createParamDecorator((_: unknown, context: ExecutionContext): RequestScope => {
  const { scope } = context.switchToHttp().getRequest<FastifyRequest>();
  // Without a scope there would be no limit to what a query sees.
  if (scope === undefined) throw new Error('the route has no scope');
  return scope;
});

/** For a query on data of the store. A row outside of it does not exist. */
export function inStore(scope: Pick<DataScope, 'storeId'>): { storeId: string } {
  return { storeId: scope.storeId };
}

/** For a query on data that belongs to a customer: under a customer token the rows of others do not exist. */
export function ownedBy(scope: DataScope): { storeId: string; customerId?: string } {
  if (scope.customer === null) return inStore(scope);
  return { storeId: scope.storeId, customerId: scope.customer.customerId };
}

/** For a query on customers: under a customer token the others do not exist. */
export function ownCustomer(scope: DataScope): { storeId: string; AND: { id?: string } } {
  return {
    storeId: scope.storeId,
    // check: a customer is read with the customer of the token in the WHERE
    AND: scope.customer === null ? {} : { id: scope.customer.customerId },
  };
}

/**
 * The customer that a path names. Under a customer token that is its customer and nobody else, and any other text is the same.
 *
 * @throws AppError `customer_forbidden` for another customer than the token's; `customer_not_found` for text that is no id, which
 * never reaches a query
 */
export function customerInPath(scope: DataScope, text: string): string {
  const id = parseUuid(text);
  // check: the customer of a path is resolved with the scope
  if (scope.customer !== null && scope.customer.customerId !== id) throw new AppError('customer_forbidden');
  if (id === null) throw new AppError('customer_not_found');
  return id;
}
