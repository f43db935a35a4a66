import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { IGNORES_CUSTOMER_TOKEN } from '../access/permissions.js';
import { parseUuid } from '../crypto/identifiers.js';
import { AppError } from '../errors/app-error.js';
import { OPEN_TO_ALL } from '../http/open-to-all.js';
import { annotate, originOf } from '../http/request-log.js';
import { TokenRefused } from '../keys/token-codec.js';
import { type CustomerSession, CustomerTokens } from '../sessions/customer-tokens.js';

const HEADER = 'x-moltin-customer-token';
/** What callers send that hold no token: an empty header, or a variable of theirs that was never set. */
const NO_TOKEN = new Set(['', 'undefined', 'null']);

/** Resolves `X-Moltin-Customer-Token` to the live customer of the store that the access token belongs to. */
@Injectable()
export class CustomerScopeGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly customerTokens: CustomerTokens,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<string>(OPEN_TO_ALL, places)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { access } = request;
    if (access === undefined) throw new AppError('access_token_invalid');
    const { storeId } = access.key;
    const grant = access.claims.grant_type === 'client_credentials' ? 'client_credentials' : 'implicit';
    const looksAtHeader = !this.reflector.getAllAndOverride<boolean>(IGNORES_CUSTOMER_TOKEN, places);
    const customer = looksAtHeader ? await this.resolve(request, storeId, grant) : null;
    const credential = customer === null ? grant : 'customer';
    request.scope = { storeId, keyId: access.key.keyId, credential, customer, origin: originOf(request) };
    if (customer !== null) {
      annotate(request, { customer_id: customer.customerId });
      refuseOtherCustomers(request, customer);
    }
    return true;
  }

  /**
   * Under client credentials "no token" means everything, so there an empty header is refused: a careless caller must not get
   * everybody's orders. Under an implicit token it means nothing personal, so there it counts as absent.
   */
  private async resolve(
    request: FastifyRequest,
    storeId: string,
    grant: 'implicit' | 'client_credentials',
  ): Promise<CustomerSession | null> {
    const header = request.headers[HEADER];
    if (header === undefined) return null;
    const token = [header].flat().join(',').trim();
    if (NO_TOKEN.has(token)) {
      if (grant === 'implicit') return null;
      // check: empty customer token under client credentials
      throw new AppError('customer_token_invalid', { reason: 'missing' });
    }
    try {
      return await this.customerTokens.check(storeId, token);
    } catch (cause) {
      if (cause instanceof TokenRefused) throw new AppError('customer_token_invalid', { reason: cause.reason });
      throw cause;
    }
  }
}

/**
 * A path below another customer is refused before anything is looked up or validated, so that an existing, an unknown and a
 * malformed id are the same. It holds for every route whose path has a `customerId`.
 */
function refuseOtherCustomers(request: FastifyRequest, customer: CustomerSession): void {
  const { customerId } = request.params as { customerId?: string };
  if (customerId === undefined || parseUuid(customerId) === customer.customerId) return;
  // check: path of another customer
  throw new AppError('customer_forbidden');
}
