import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessTokens } from '../access/access-tokens.js';
import { ClientAuthentication } from '../access/client-authentication.js';
import { readForm } from '../access/oauth.controller.js';
import { AppError } from '../errors/app-error.js';
import { OpenToAll } from '../http/open-to-all.js';
import { Operation } from '../http/operation.js';
import { TokenCodec, type TokenClaims, TokenRefused } from '../keys/token-codec.js';
import { CustomerTokens } from '../sessions/customer-tokens.js';
import { type ActiveToken, Introspection, IntrospectionRequest } from './introspection.contract.js';

/** Tells what a token is worth now, revocations included (RFC 7662). Callers prove themselves with their client secret. */
@Controller('oauth')
@OpenToAll('clients authenticate themselves here')
export class IntrospectionController {
  constructor(
    private readonly authentication: ClientAuthentication,
    private readonly accessTokens: AccessTokens,
    private readonly customerTokens: CustomerTokens,
    private readonly codec: TokenCodec,
  ) {}

  /** A token that is not good, or not of the caller's store, is `{"active": false}` and nothing more (section 2.2). */
  @Operation({
    id: 'introspectToken',
    summary: 'Ask what a token is worth now',
    form: IntrospectionRequest,
    answer: Introspection,
    refusals: ['oauth_client_forbidden'],
  })
  @Post('introspect')
  @HttpCode(200)
  async introspect(@Req() request: FastifyRequest, @Body() body: unknown): Promise<Introspection> {
    const form = readForm(body);
    const { key, proven, refuse } = await this.authentication.identify(request, form);
    if (!proven) throw refuse('secret_missing');
    if (!key.grants.includes('client_credentials') || !key.permissions.includes('tokens:introspect')) {
      throw new AppError('oauth_client_forbidden', { reason: 'permission_missing' });
    }
    const { token } = form;
    if (typeof token !== 'string' || token === '') {
      throw new AppError('oauth_request_invalid', { detail: 'token is missing.' });
    }
    return (
      (await quietly(() => this.readCustomerToken(key.storeId, token))) ??
      (await quietly(() => this.readAccessToken(key.storeId, token))) ?? { active: false }
    );
  }

  private async readCustomerToken(storeId: string, token: string): Promise<ActiveToken> {
    const claims = await this.codec.readCustomerToken(token, storeId);
    await this.customerTokens.check(storeId, token);
    return { active: true, ...registered(claims) };
  }

  private async readAccessToken(storeId: string, token: string): Promise<ActiveToken> {
    const { key, claims } = await this.accessTokens.check(token);
    if (key.storeId !== storeId || !key.grants.includes(claims.grant_type)) throw new TokenRefused('audience_mismatch');
    return { active: true, token_type: 'Bearer', client_id: claims.client_id, ...registered(claims) };
  }
}

/** The claims of RFC 7662 section 2.2, and what kind of token it is. No personal data. */
function registered({ iss, aud, sub, jti, iat, exp, token_use }: TokenClaims): TokenClaims {
  return { iss, aud, sub, jti, iat, exp, token_use };
}

/** A refused token is no failure here; a failure of the service must not look like a refused token. */
async function quietly<Result>(read: () => Promise<Result>): Promise<Result | null> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof TokenRefused) return null;
    throw cause;
  }
}
