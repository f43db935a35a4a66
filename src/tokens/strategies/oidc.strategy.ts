import { Injectable } from '@nestjs/common';
import { Strategy } from 'passport';
import { AppError } from '../../errors/app-error.js';
import type { CustomerLogin } from '../../sessions/customer-tokens.js';
import { AuthorizationCodes } from '../../sso/authorization-codes.js';
import { type LoginAttempt, LoginStrategies } from '../login-strategies.js';
import type { OidcLogin } from '../tokens.contract.js';

/** Logs a customer in by the one-time code of a single sign-on (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
@Injectable()
export class OidcStrategy extends Strategy {
  constructor(
    strategies: LoginStrategies,
    private readonly codes: AuthorizationCodes,
  ) {
    super();
    strategies.use('oidc', this);
  }

  override authenticate(attempt: unknown): void {
    this.redeem(attempt as LoginAttempt).then(
      (login) => this.success(login),
      (cause: unknown) => this.error(cause),
    );
  }

  /**
   * What is wrong with the code, the redirect URI or the verifier is one answer: the difference would tell a thief how far he is.
   *
   * @throws AppError `grant_invalid`
   */
  private async redeem({ body, scope }: LoginAttempt): Promise<CustomerLogin> {
    const { oauth_authorization_code: code, oauth_redirect_uri, oauth_code_verifier } = body.data as OidcLogin;
    const redeemed = await this.codes.redeem(scope, {
      code,
      redirectUri: oauth_redirect_uri,
      codeVerifier: oauth_code_verifier,
    });
    if ('refused' in redeemed) throw new AppError('grant_invalid', { reason: redeemed.refused });
    return { storeId: scope.storeId, ...redeemed, mechanism: 'oidc', verifiedPasswordHash: null };
  }
}
