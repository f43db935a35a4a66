import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error.js';
import { unsupportedCharacters } from '../jsonapi/filter.js';
import { OPERATION, type OperationNotes } from './operation.js';
import { unreadablePart } from './query-string.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What is wrong with a body that could not be read; `body` is undefined then. */
    bodyFault?: AppError;
  }
}

/**
 * Refuses what could not be read of a query or a body. The last of the guards: whoever may not call, or comes with a customer
 * token that has ended, is told that, whatever else is wrong with the request.
 */
@Injectable()
export class ReadableRequestGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { query, bodyFault } = context.switchToHttp().getRequest<FastifyRequest>();
    const part = unreadablePart(query);
    if (part === 'filter' && this.filters(context)) throw unsupportedCharacters();
    if (part !== null) throw new AppError('query_malformed');
    if (bodyFault !== undefined) throw bodyFault;
    return true;
  }

  private filters(context: ExecutionContext): boolean {
    return this.reflector.get<OperationNotes | undefined>(OPERATION, context.getHandler())?.list !== undefined;
  }
}
