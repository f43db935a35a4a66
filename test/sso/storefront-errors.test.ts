import { describe, expect, it } from 'vitest';
import { SignInRefused, type SignInRefusalReason } from '../../src/errors/sign-in-refusal.js';
import { ProviderError } from '../../src/oidc/authorization-response.js';
import { storefrontError } from '../../src/sso/storefront-errors.js';

const EXPECTED: readonly (readonly [error: string, description: string, reasons: readonly SignInRefusalReason[]])[] = [
  [
    'temporarily_unavailable',
    'provider_unavailable',
    [
      'address_forbidden',
      'provider_unreachable',
      'provider_timeout',
      'provider_redirected',
      'provider_status',
      'provider_answer_too_large',
      'provider_answer_malformed',
      'provider_suspended',
      'provider_busy',
    ],
  ],
  ['temporarily_unavailable', 'too_many_sign_ins', ['starts_limited']],
  ['server_error', 'provider_refused', ['token_request_refused', 'token_response_invalid']],
  ['access_denied', 'email_missing', ['email_missing', 'email_invalid']],
  ['access_denied', 'account_exists', ['email_untrusted', 'email_unproven', 'email_shared']],
  [
    'access_denied',
    'sign_in_refused',
    [
      'response_invalid',
      'response_issuer_mismatch',
      'response_issuer_missing',
      'discovery_issuer_changed',
      'id_token_missing',
      'id_token_signature_invalid',
      'id_token_issuer_mismatch',
      'id_token_audience_mismatch',
      'id_token_nonce_mismatch',
      'id_token_expired',
      'userinfo_subject_mismatch',
      'userinfo_invalid',
    ],
  ],
];

describe('what a storefront is told of a refused sign-in', () => {
  it.each(EXPECTED)('is %s with %s, whatever the details', (error, description, reasons) => {
    for (const reason of reasons) {
      const refusal = new SignInRefused(reason, { claim: 'secret-claim', skewSeconds: 7, cause: new Error('details') });
      expect([reason, storefrontError(refusal)]).toEqual([reason, { error, description }]);
    }
  });

  it.each([
    ['login_required', 'login_required'],
    ['consent_required', 'consent_required'],
    ['interaction_required', 'interaction_required'],
    ['account_selection_required', 'account_selection_required'],
    ['access_denied', 'access_denied'],
    ['temporarily_unavailable', 'temporarily_unavailable'],
    ['invalid_scope', 'server_error'],
    ['unauthorized_client', 'server_error'],
    [null, 'server_error'],
  ])('is of what the provider said only what a storefront can act upon: %s', (said, told) => {
    expect(storefrontError(new ProviderError(said))).toEqual({ error: told, description: 'provider_refused' });
  });
});
