import type { SignInRefusalReason, SignInRefused } from '../errors/sign-in-refusal.js';
import { ProviderError } from '../oidc/authorization-response.js';

/** What a storefront is told when a sign-in fails (RFC 6749 section 4.1.2.1). Fixed texts: nothing of the provider's goes through. */
export interface StorefrontError {
  readonly error: string;
  readonly description: string;
}

/** Answers to `prompt=none` and the like, which a storefront acts upon (OpenID Connect Core, section 3.1.2.6). */
const HANDED_ON = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'login_required',
  'temporarily_unavailable',
]);

const refused: StorefrontError = { error: 'access_denied', description: 'sign_in_refused' };
const unavailable: StorefrontError = { error: 'temporarily_unavailable', description: 'provider_unavailable' };
const misconfigured: StorefrontError = { error: 'server_error', description: 'provider_refused' };
const accountExists: StorefrontError = { error: 'access_denied', description: 'account_exists' };
const emailMissing: StorefrontError = { error: 'access_denied', description: 'email_missing' };

/** Whatever stands not here is `sign_in_refused`. */
const ERRORS: Readonly<Partial<Record<SignInRefusalReason, StorefrontError>>> = {
  starts_limited: { error: 'temporarily_unavailable', description: 'too_many_sign_ins' },
  address_forbidden: unavailable,
  provider_unreachable: unavailable,
  provider_timeout: unavailable,
  provider_redirected: unavailable,
  provider_status: unavailable,
  provider_answer_too_large: unavailable,
  provider_answer_malformed: unavailable,
  provider_suspended: unavailable,
  provider_busy: unavailable,
  token_request_refused: misconfigured,
  token_response_invalid: misconfigured,
  email_missing: emailMissing,
  email_invalid: emailMissing,
  email_untrusted: accountExists,
  email_unproven: accountExists,
  email_shared: accountExists,
};

export function storefrontError(refusal: SignInRefused): StorefrontError {
  if (refusal instanceof ProviderError) {
    const known = refusal.error !== null && HANDED_ON.has(refusal.error);
    return { error: known ? (refusal.error ?? '') : 'server_error', description: 'provider_refused' };
  }
  return ERRORS[refusal.reason] ?? refused;
}

/** For a failure of the service's own. */
export const serviceFailed: StorefrontError = { error: 'server_error', description: 'service_failed' };
export const serviceUnavailable: StorefrontError = {
  error: 'temporarily_unavailable',
  description: 'service_unavailable',
};
/** The browser came back a second time, as by its Back button. */
export const callbackReplayed: StorefrontError = { error: 'callback_replay', description: 'sign_in_already_used' };
