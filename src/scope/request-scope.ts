import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Credential } from '../access/permissions.js';
import { parseUuid } from '../crypto/identifiers.js';
import { AppError } from '../errors/app-error.js';
import type { CustomerSession } from '../sessions/customer-tokens.js';

/** Whose data a request may touch: one store, and within it one customer where a customer token narrows the request. */
export interface RequestScope {
  readonly storeId: string;
  readonly credential: Credential;
  /** Null: no customer token came with the request, or the route does not look at it. */
  readonly customer: CustomerSession | null;
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
export function inStore(scope: RequestScope): { storeId: string } {
  return { storeId: scope.storeId };
}

/** For a query on data that belongs to a customer: under a customer token the rows of others do not exist. */
export function ownedBy(scope: RequestScope): { storeId: string; customerId?: string } {
  if (scope.customer === null) return inStore(scope);
  return { storeId: scope.storeId, customerId: scope.customer.customerId };
}

/**
 * The customer that a path names, by the parameter `customerId`. That it is the customer of the customer token, if there is one,
 * the customer-scope guard has seen to.
 *
 * @throws AppError `customer_not_found` for text that is no id: it never reaches a query
 */
export function customerInPath(text: string): string {
  const id = parseUuid(text);
  if (id === null) throw new AppError('customer_not_found');
  return id;
}
