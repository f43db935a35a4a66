import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error.js';
import { OpenToAll } from '../http/open-to-all.js';
import { Operation } from '../http/operation.js';
import { AccessTokens } from './access-tokens.js';
import { ClientAuthentication } from './client-authentication.js';
import { AccessTokenRequest, AccessTokenResponse } from './oauth.contract.js';
import { type Grant, grants } from './permissions.js';

/** The token endpoint: RFC 6749 section 4.4, and the interface's own `implicit` grant, which needs no secret. */
@Controller('oauth')
@OpenToAll('clients authenticate themselves here')
export class OauthController {
  constructor(
    private readonly authentication: ClientAuthentication,
    private readonly accessTokens: AccessTokens,
  ) {}

  @Operation({
    id: 'createAccessToken',
    summary: 'Get an access token',
    form: AccessTokenRequest,
    answer: AccessTokenResponse,
    refusals: ['oauth_grant_unsupported', 'oauth_client_unauthorized'],
  })
  @Post('access_token')
  @HttpCode(200)
  async issue(@Req() request: FastifyRequest, @Body() body: unknown): Promise<AccessTokenResponse> {
    const form = readForm(body);
    const grant = readGrant(form['grant_type']);
    const { key, proven, refuse } = await this.authentication.identify(request, form);
    // check: client secret needed for client credentials
    if (grant === 'client_credentials' && !proven) throw refuse('secret_missing');
    if (!key.grants.includes(grant)) throw new AppError('oauth_client_unauthorized', { reason: 'grant_lost' });
    return this.accessTokens.issue(key, grant);
  }
}

/** @throws AppError `oauth_request_invalid` */
export function readForm(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError('oauth_request_invalid', { detail: 'The body must be a form.' });
  }
  return body as Readonly<Record<string, unknown>>;
}

function readGrant(text: unknown): Grant {
  const grant = grants.find((name) => name === text);
  if (grant !== undefined) return grant;
  const missing = text === undefined || text === '';
  throw missing
    ? new AppError('oauth_request_invalid', { detail: 'grant_type is missing.' })
    : new AppError('oauth_grant_unsupported');
}
