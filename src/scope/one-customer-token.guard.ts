import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { IGNORES_CUSTOMER_TOKEN } from '../access/permissions.js';
import { AppError } from '../errors/app-error.js';
import { OPEN_TO_ALL } from '../http/open-to-all.js';

/**
 * Refuses a second `X-Moltin-Customer-Token` on every route that looks at it: which of the two customers is meant nobody can tell. The
 * first of the guards, as a fault of the head is told before anybody is asked who they are.
 */
@Injectable()
export class OneCustomerTokenGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<string>(OPEN_TO_ALL, places)) return true;
    if (this.reflector.getAllAndOverride<boolean>(IGNORES_CUSTOMER_TOKEN, places)) return true;
    const { raw } = context.switchToHttp().getRequest<FastifyRequest>();
    const given = raw.rawHeaders.filter((name, index) => index % 2 === 0 && /^x-moltin-customer-token$/i.test(name));
    // check: customer token given twice
    if (given.length > 1) {
      throw new AppError('request_malformed', {
        detail: 'The header X-Moltin-Customer-Token is given more than once.',
      });
    }
    return true;
  }
}
