import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError, type RefusalReason } from '../errors/app-error.js';
import { OPEN_TO_ALL } from '../http/open-to-all.js';
import { annotate } from '../http/request-log.js';
import { TokenRefused } from '../keys/token-codec.js';
import { type AccessContext, AccessTokens } from './access-tokens.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access-token guard on every route that is not open to all. */
    access?: AccessContext;
  }
}

/** `Bearer T`, `Bearer: T` (an older SDK), the scheme in any case, or the bare token. */
const WITH_SCHEME = /^bearer:? +(\S+)$/i;
const BARE_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Finds out which application key calls, and refuses everybody else with the one 401 of this interface. */
@Injectable()
export class AccessTokenGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly accessTokens: AccessTokens,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<string>(OPEN_TO_ALL, [context.getHandler(), context.getClass()])) return true;
    await this.authenticate(context.switchToHttp().getRequest<FastifyRequest>());
    return true;
  }

  /** Also called before the body of a request is read, where a route takes bodies that only known callers may send. */
  async authenticate(request: FastifyRequest): Promise<void> {
    if (request.access !== undefined) return;
    const token = readBearer(request.headers.authorization);
    if (token === null) throw refusal('missing');
    try {
      request.access = await this.accessTokens.check(token);
    } catch (cause) {
      if (cause instanceof TokenRefused) throw refusal(cause.reason);
      throw cause;
    }
    const { key } = request.access;
    annotate(request, { key_id: key.keyId, store_id: key.storeId });
  }
}

function readBearer(header: string | undefined): string | null {
  const text = header?.trim() ?? '';
  return WITH_SCHEME.exec(text)?.[1] ?? BARE_TOKEN.exec(text)?.[0] ?? null;
}

/** RFC 6750 section 3: the challenge; `error` only where a token was presented. */
function refusal(reason: RefusalReason): AppError {
  const error = reason === 'missing' ? '' : ', error="invalid_token"';
  return new AppError('access_token_invalid', {
    reason,
    headers: { 'www-authenticate': `Bearer realm="gatehouse"${error}` },
  });
}
