import { SignInRefused } from '../errors/sign-in-refusal.js';
import type { ProviderMetadata } from './provider-metadata.js';

/** Some providers keep everything that they know in it. Three times as long in a URL, it fits into the head of a request. */
const CODE = /^[\x20-\x7e]{1,8192}$/;
const SINGLE_PARAMETERS = ['code', 'state', 'iss', 'error'];
/** OAuth and OpenID Connect name these; whatever else a provider sends is its own. */
const PROVIDER_ERRORS = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_request',
  'invalid_scope',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
]);

/** The provider answered with an error of its own. */
export class ProviderError extends SignInRefused {
  /** @param error its name where OAuth or OpenID Connect knows it, else null: the text could be anything */
  constructor(readonly error: string | null) {
    super('provider_error', { claim: error ?? 'error' });
  }
}

/**
 * What the browser brings back from the provider (RFC 6749 section 4.1.2). Whose answer it is comes first, also of an error, so
 * that one provider cannot speak in the name of another (RFC 9207 section 2.4).
 *
 * @throws SignInRefused
 */
export function checkAuthorizationResponse(
  query: URLSearchParams,
  { issuer, responseIssuerPromised }: ProviderMetadata,
): void {
  const repeated = SINGLE_PARAMETERS.find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined) throw new SignInRefused('response_invalid', { claim: repeated });
  const responseIssuer = query.get('iss');
  if (responseIssuer === null && responseIssuerPromised) {
    throw new SignInRefused('response_issuer_missing', { claim: 'iss' });
  }
  // check: sign-in: issuer of the redirect
  if (responseIssuer !== null && responseIssuer !== issuer) {
    throw new SignInRefused('response_issuer_mismatch', { claim: 'iss' });
  }
  const error = query.get('error');
  if (error !== null) throw new ProviderError(PROVIDER_ERRORS.has(error) ? error : null);
  // What no provider makes is not carried to it (RFC 6749 appendix A.11): such text could make it fail for everybody.
  if (!CODE.test(query.get('code') ?? '')) throw new SignInRefused('response_invalid', { claim: 'code' });
}
